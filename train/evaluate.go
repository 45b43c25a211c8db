package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ftft/train/cost"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// errEnding interrupts an evaluation; control.ending says why.
var errEnding = errors.New("the attempt ends")

// evaluate scores every evaluation set after the current step, and saves the model if it is the best so far. A signal or a
// request may interrupt it: the sets that are complete then stay so for the attempt that resumes the run.
func (r *run) evaluate(ctx context.Context) error {
	validation, sets, flops := 0.0, 0, r.EvaluationFLOPs
	for i, set := range r.data.Evals {
		scored := r.scored[set.Name]
		if scored == nil {
			var err error
			if scored, err = r.score(ctx, i); errors.Is(err, errEnding) {
				return nil
			} else if err != nil {
				return err
			}
		}
		flops += scored.FLOPs
		if metric.Validates(set.Kind, set.Use) {
			validation += scored.Scores().Value(r.plan.config.Stop.Metric)
			sets++
		}
	}
	r.Evaluating, r.scored, r.EvaluationFLOPs = false, nil, flops
	if sets == 0 {
		return nil
	}
	r.Validations = append(slices.Clip(r.Validations), metric.Validation{Step: r.Step, Score: validation / float64(sets)})
	if best := r.schedule.stopping(r.Validations).Best; r.Validations[best].Step != r.Step {
		return nil
	}
	if err := r.checkpoints.wait(); err != nil {
		return err
	}
	r.Best = r.Step
	return r.beginCheckpoint(false)
}

// score evaluates the i-th set, writes its logits and logs its scores. It returns errEnding if the attempt is to end.
func (r *run) score(ctx context.Context, i int) (*rundir.Evaluation, error) {
	set := r.data.Evals[i]
	began := time.Now()
	logits, tokens, square, err := Predict(r.net, r.evals[i], r.train.BatchSize, func(int) error {
		if err := r.control.poll(ctx, r); err != nil {
			return err
		}
		if r.control.ending != nil {
			return errEnding
		}
		return nil
	})
	if notFinite := (*NotFinite)(nil); errors.As(err, &notFinite) {
		return nil, fmt.Errorf("evaluation after step %d: %s of the example with guid %s of %s is %g; try a lower learning_rate",
			r.Step, notFinite.What, set.Examples[notFinite.Row].GUID, set.Name, notFinite.Value)
	}
	if err != nil {
		return nil, err
	}
	scores := metric.Score(logits, r.evals[i].gold, r.classes)
	n := len(set.Examples)
	hash, err := r.out.evaluation(set.Name, logits, n, r.classes)
	if err != nil {
		return nil, err
	}
	event := &rundir.Evaluation{
		Set: set.Name, SetKind: set.Kind, Use: set.Use, Index: r.schedule.evaluated(r.Step), Examples: n,
		Accuracy: scores.Accuracy, MacroF1: scores.MacroF1, Loss: scores.Loss, Hash: hash,
		Tokens: tokens, FLOPs: cost.Forward(r.net.Spec, int64(n), tokens, square), Seconds: time.Since(began).Seconds(),
	}
	return event, r.out.event(event)
}
