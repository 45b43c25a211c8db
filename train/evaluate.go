package train

import (
	"fmt"
	"math"
	"time"

	"ftft/datamap/dynamics"
	"ftft/train/cost"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// evaluate scores every evaluation set, keeps the logits, and saves the model where it is the best so far. It says
// whether early stopping ends the run here.
func (r *run) evaluate(index int) (stop bool, err error) {
	validation, sets := 0.0, 0
	for i, set := range r.data.Evals {
		began := time.Now()
		logits, tokens, square, err := Predict(r.net, r.evals[i], r.train.BatchSize, nil)
		if err != nil {
			return false, err
		}
		classes := len(r.config.Labels)
		scores := metric.Score(logits, r.evals[i].gold, classes)
		if math.IsNaN(scores.Loss) || math.IsInf(scores.Loss, 0) {
			return false, fmt.Errorf("evaluation after step %d: the loss on %s is %g; try a lower learning_rate, and look for such values in the model's weights", r.step, set.Name, scores.Loss)
		}
		err = r.patiently(func() error {
			return dynamics.WriteNPY(r.dir.EvalLogits(set.Name, r.step), logits, len(set.Examples), classes)
		})
		if err != nil {
			return false, err
		}
		flops := cost.Forward(r.net.Spec, int64(len(set.Examples)), tokens, square)
		r.evaluationFLOPs += flops
		event := &rundir.Evaluation{
			Set: set.Name, SetKind: set.Kind, Use: set.Use, Index: index, Examples: len(set.Examples),
			Accuracy: scores.Accuracy, MacroF1: scores.MacroF1, Loss: scores.Loss,
			Tokens: tokens, FLOPs: flops, Seconds: time.Since(began).Seconds(),
		}
		err = r.patiently(func() error { return r.pace.Append(r.step, event) })
		if err != nil {
			return false, err
		}
		if metric.Validates(set.Kind, set.Use) {
			validation += scores.Value(r.config.Stop.Metric)
			sets++
		}
	}
	if sets == 0 {
		return false, nil
	}
	r.validations = append(r.validations, metric.Validation{Step: r.step, Score: validation / float64(sets)})
	if best := r.stopping().Best; r.validations[best].Step == r.step {
		if err := r.save(true, false); err != nil {
			return false, err
		}
	}
	return r.stops(), nil
}

// stopping is what there is to say of the evaluations so far, whenever the run should stop.
func (r *run) stopping() metric.Stopping {
	return metric.Stop(r.validations, 0, r.config.Stop.Metric == "loss")
}

// stops says whether early stopping ends the run at the last evaluation, by the patience that held there: none of those before
// has ended it.
func (r *run) stops() bool {
	if len(r.validations) == 0 {
		return false
	}
	patience := r.patience
	if last := r.validations[len(r.validations)-1]; r.settings.Patience != nil && last.Step > r.settings.PatienceAfter {
		patience = *r.settings.Patience
	}
	return patience > 0 && r.stopping().Since >= patience
}
