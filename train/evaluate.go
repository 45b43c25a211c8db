package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"ftft/train/cost"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// errLeft is an evaluation that somebody has broken off; see run.leaving.
var errLeft = errors.New("broken off")

// evaluate scores every evaluation set after the current step, keeps the logits, and saves the model where it is the best
// so far. Where a signal or a request breaks it off, r.leaving says how the run is to end, and the sets that are through
// stay so for the attempt that goes on.
func (r *run) evaluate(ctx context.Context) error {
	validation, sets, flops := 0.0, 0, r.EvaluationFLOPs
	for i, set := range r.data.Evals {
		scored := r.scored[set.Name]
		if scored == nil {
			var err error
			if scored, err = r.score(ctx, i); errors.Is(err, errLeft) {
				return nil
			} else if err != nil {
				return err
			}
		}
		flops += scored.FLOPs
		if metric.Validates(set.Kind, set.Use) {
			validation += metric.Scores{Accuracy: scored.Accuracy, MacroF1: scored.MacroF1, Loss: scored.Loss}.Value(r.config.Stop.Metric)
			sets++
		}
	}
	r.Evaluating, r.scored, r.EvaluationFLOPs = false, nil, flops
	if sets == 0 {
		return nil
	}
	r.Validations = append(slices.Clip(r.Validations), metric.Validation{Step: r.Step, Score: validation / float64(sets)})
	if best := r.stopping().Best; r.Validations[best].Step == r.Step {
		if err := r.checkpoints.wait(); err != nil {
			return err
		}
		r.Best = r.Step
		return r.beginCheckpoint(false)
	}
	return nil
}

// score evaluates the i-th set, keeps its logits and logs its scores.
func (r *run) score(ctx context.Context, i int) (*rundir.Evaluation, error) {
	set := r.data.Evals[i]
	began := time.Now()
	logits, tokens, square, err := Predict(r.net, r.evals[i], r.train.BatchSize, func(int) error {
		if err := r.look(ctx); err != nil {
			return err
		}
		if r.leaving != nil {
			return errLeft
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	classes := len(r.config.Labels)
	scores := metric.Score(logits, r.evals[i].gold, classes)
	if math.IsNaN(scores.Loss) || math.IsInf(scores.Loss, 0) {
		return nil, fmt.Errorf("evaluation after step %d: the loss on %s is %g; try a lower learning_rate, and look for such values in the model's weights", r.Step, set.Name, scores.Loss)
	}
	hash, err := r.out.evaluation(set.Name, logits, len(set.Examples), classes)
	if err != nil {
		return nil, err
	}
	event := &rundir.Evaluation{
		Set: set.Name, SetKind: set.Kind, Use: set.Use, Index: r.evaluated(), Examples: len(set.Examples),
		Accuracy: scores.Accuracy, MacroF1: scores.MacroF1, Loss: scores.Loss,
		Tokens: tokens, FLOPs: cost.Forward(r.net.Spec, int64(len(set.Examples)), tokens, square), Seconds: time.Since(began).Seconds(), Hash: hash,
	}
	return event, r.out.event(event)
}

// stopping is what there is to say of the evaluations so far, whenever the run should stop.
func (r *run) stopping() metric.Stopping {
	return metric.Stop(r.Validations, 0, r.config.Stop.Metric == "loss")
}

// stops says whether early stopping ends the run at the last evaluation, by the patience that held there: none of those before
// has ended it.
func (r *run) stops() bool {
	if len(r.Validations) == 0 {
		return false
	}
	patience := r.patience
	if last := r.Validations[len(r.Validations)-1]; r.settings.Patience != nil && last.Step > r.settings.PatienceAfter {
		patience = *r.settings.Patience
	}
	return patience > 0 && r.stopping().Since >= patience
}
