package rundir

import (
	"slices"
	"time"

	"ftft/train/metric"
)

// Record is the state of a run according to its log: the current events (see Current), folded. It is a value: a copy keeps its
// content while the Fold that it came from grows. The elements of its slices must not be changed.
type Record struct {
	Start       *Start     // nil before the run has started
	Attempts    []Attempt  // the first one started the run, each later one resumed it
	Losses      []float32  // mean cross-entropy of each step's batch, nats; the first is step 1's
	Steps       Steps      // the latest totals, without losses
	Totals      []Totals   // one per step event, ascending by step
	Evaluations []Scored   // one per set and evaluation, in the order of the log
	Epochs      int        // complete ones
	EpochEnds   []EpochEnd // one per complete epoch, in the order of the log
	Checkpoints []Saved    // in the order of the log; some may have been removed since
	Answers     []*Control // to requests, in the order of the log
	Warnings    []*Warning // in the order of the log
	status      Status     // State is left to Status
}

// Attempt is the beginning of one process's work on a run.
type Attempt struct {
	Number     int
	Step       int // from which it trains: 0 for one that started the run
	Time       time.Time
	PID        int
	Host       string
	Threads    int
	Checkpoint string // that it resumed from, relative to the run directory; empty for one that started the run
}

// Totals holds the totals of the run up to a step, from a step event.
type Totals struct {
	Step int
	Steps
}

// Scored is the evaluation of one set after a step.
type Scored struct {
	Step int
	Evaluation
}

// EpochEnd is the completion of an epoch.
type EpochEnd struct {
	Step   int
	Number int    // from 0
	Hash   string // SHA-256 of the file Dir.Epoch(Number), hexadecimal; empty in old logs
}

// Saved is a checkpoint that was written after a step.
type Saved struct {
	Step int
	Checkpoint
}

// ReadRecord reads a run's log. A run without a log has an empty Record. Beside a *Corrupt error the Record holds the events
// that could be read.
func ReadRecord(dir Dir) (Record, error) {
	events, err := ReadLog(dir)
	var fold Fold
	fold.Add(events)
	return fold.Record, err
}

// Status returns the run's status. locked is the state of its lock, which must have been tested before the log was read.
func (r *Record) Status(locked bool) Status {
	s := r.status
	s.decide(locked)
	return s
}

// Restore sets the status of a record that was kept without it: the status that it had.
func (r *Record) Restore(status Status) { r.status = status }

// Validations returns the input of early stopping: for each evaluation, the mean over the OOD validation sets of the score that
// metricName (see metric.Scores.Value) names.
func (r *Record) Validations(metricName string) []metric.Validation {
	return r.Means(metricName, func(s metric.Set) bool { return metric.Validates(s.Kind, s.Use) })
}

// Means returns, for each evaluation, the mean over the chosen sets of the score that metricName (see metric.Scores.Value) names.
// metric.NameSets of the same sets names the mean.
func (r *Record) Means(metricName string, chosen func(metric.Set) bool) []metric.Validation {
	var sets []metric.Validation
	for _, e := range r.Evaluations {
		if chosen(e.EvalSet()) {
			sets = append(sets, metric.Validation{Step: e.Step, Score: e.Scores().Value(metricName)})
		}
	}
	return metric.Means(sets)
}

// Sets returns the sets of the evaluations, in the order in which they are evaluated.
func (r *Record) Sets() (sets []metric.Set) {
	for _, e := range r.Evaluations {
		if s := e.EvalSet(); !slices.Contains(sets, s) {
			sets = append(sets, s)
		}
	}
	return sets
}

// EvalSet returns the set that was evaluated.
func (e *Evaluation) EvalSet() metric.Set {
	return metric.Set{Name: e.Set, Kind: e.SetKind, Use: e.Use}
}

// Scores returns the evaluation's scores.
func (e *Evaluation) Scores() metric.Scores {
	return metric.Scores{Accuracy: e.Accuracy, MacroF1: e.MacroF1, Loss: e.Loss}
}

// Fold folds the events of a growing log into a Record. The zero value is ready for use.
type Fold struct {
	Record Record  // of the events added so far
	Events []Event // the current ones of those added so far
}

// Add folds the events that have been appended to the log, superseded ones included. Its time grows with the number of new events,
// unless one of them starts or resumes the run: then it folds all current events again.
func (f *Fold) Add(events []Event) {
	again := func(e Event) bool { return e.Kind == "start" || e.Kind == "resume" }
	fresh := events
	f.Events = append(f.Events, events...)
	if len(f.Events) > 1 && slices.ContainsFunc(events, again) {
		f.Events = Current(f.Events)
		f.Record, fresh = Record{}, f.Events // in new slices: copies of the old Record keep theirs
	}
	for _, event := range fresh {
		f.Record.add(event)
	}
}

// add folds one event. It writes only beyond the ends of slices, so it does not change what a copy of r reads.
func (r *Record) add(event Event) {
	r.status.add(event)
	switch body := event.Body.(type) {
	case *Start:
		r.Start = body
		r.Attempts = append(r.Attempts, Attempt{event.Attempt, event.Step, event.Time, body.PID, body.Host, body.Threads, ""})
	case *Resume:
		r.Attempts = append(r.Attempts, Attempt{event.Attempt, event.Step, event.Time, body.PID, body.Host, body.Threads, body.Checkpoint})
	case *Steps:
		r.addSteps(event.Step, body)
	case *Evaluation:
		r.Evaluations = append(r.Evaluations, Scored{event.Step, *body})
	case *Epoch:
		r.Epochs = max(r.Epochs, body.Epoch+1)
		r.EpochEnds = append(r.EpochEnds, EpochEnd{event.Step, body.Epoch, body.Hash})
	case *Checkpoint:
		r.Checkpoints = append(r.Checkpoints, Saved{event.Step, *body})
	case *Control:
		r.Answers = append(r.Answers, body)
	case *Warning:
		r.Warnings = append(r.Warnings, body)
	}
}

// addSteps adds a step event. If two events hold the same step, the later one counts.
func (r *Record) addSteps(step int, body *Steps) {
	if first := max(step-len(body.Losses), 0); first < len(r.Losses) {
		r.Losses = slices.Clip(r.Losses[:first])
	}
	r.Losses = append(r.Losses, body.Losses...)
	r.Steps = *body
	r.Steps.Losses = nil
	n := len(r.Totals)
	for n > 0 && r.Totals[n-1].Step >= step {
		n--
	}
	if n < len(r.Totals) {
		r.Totals = slices.Clip(r.Totals[:n])
	}
	r.Totals = append(r.Totals, Totals{step, r.Steps})
}
