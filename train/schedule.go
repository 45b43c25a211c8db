package train

import (
	"math"
	"slices"

	"ftft/train/metric"
	"ftft/train/rundir"
)

// schedule is when a run evaluates and when it ends: what its config plans, and what requests have changed.
type schedule struct {
	maxSteps      int // the budget
	stepsPerEpoch int
	warmup        int   // steps in which the learning rate rises
	evaluations   []int // an evaluation follows each of these steps, ascending
	patience      int   // the config's; 0 = the run never stops early
	lowerIsBetter bool  // of early stopping's metric
	settings      rundir.Settings
}

// newSchedule plans a run on some of the examples. The budget is that of all examples, whatever the run trains on.
func newSchedule(p *plan, examples, trained int) *schedule {
	train := p.model.Train
	s := &schedule{
		maxSteps:      p.config.FullSteps(train, examples),
		stepsPerEpoch: (trained + train.BatchSize - 1) / train.BatchSize,
		lowerIsBetter: p.config.Stop.Metric == "loss",
	}
	s.warmup = int(math.Ceil(train.Warmup * float64(s.maxSteps)))
	s.evaluations = metric.EvaluationSteps(s.maxSteps, train.Evaluations)
	if p.manifest.Role == rundir.Main && p.manifest.Arm.StopsEarly() {
		s.patience = p.config.Stop.Patience
	}
	s.apply(p.settings)
	return s
}

// apply takes over what requests have changed.
func (s *schedule) apply(settings rundir.Settings) {
	s.settings = settings
	if settings.EvaluationSteps != nil {
		s.evaluations = settings.EvaluationSteps
	}
}

// epochs returns the number of epochs in the budget, the last perhaps incomplete.
func (s *schedule) epochs() int { return (s.maxSteps + s.stepsPerEpoch - 1) / s.stepsPerEpoch }

// evaluates reports whether an evaluation follows a step.
func (s *schedule) evaluates(step int) bool {
	_, found := slices.BinarySearch(s.evaluations, step)
	return found
}

// evaluated returns the number of evaluations up to a step, the one that follows the step included.
func (s *schedule) evaluated(step int) int {
	i, found := slices.BinarySearch(s.evaluations, step)
	if found {
		return i + 1
	}
	return i
}

// spread returns the steps of n evaluations over the budget. Those up to step stay as they are.
func (s *schedule) spread(n, step int) []int {
	steps := slices.Clone(s.evaluations[:s.evaluated(step)])
	for _, next := range metric.EvaluationSteps(s.maxSteps, n) {
		if next > step {
			steps = append(steps, next)
		}
	}
	return steps
}

// stopping returns what early stopping knows after these evaluations, without deciding anything.
func (s *schedule) stopping(validations []metric.Validation) metric.Stopping {
	return metric.Stop(validations, 0, s.lowerIsBetter)
}

// stops reports whether early stopping ends the run at the last of these evaluations, none of the others having ended it. A
// changed patience holds for the evaluations after the request only.
func (s *schedule) stops(validations []metric.Validation) bool {
	if len(validations) == 0 {
		return false
	}
	patience := s.patience
	if last := validations[len(validations)-1]; s.settings.Patience != nil && last.Step > s.settings.PatienceAfter {
		patience = *s.settings.Patience
	}
	return patience > 0 && s.stopping(validations).Since >= patience
}
