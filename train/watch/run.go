// Package watch follows run directories for the screens: it polls what the writers write and gives it out as values
// that nobody changes afterwards. It alone reads files; a screen calls it in a command, never while it updates.
package watch

import (
	"errors"
	"io/fs"
	"slices"
	"time"

	"ftft/configs"
	"ftft/train/cost"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// Run is how one run stood at a poll.
type Run struct {
	Dir         rundir.Dir
	Manifest    rundir.Manifest // of a run that a study has only planned, what the plan says of it
	Status      rundir.Status
	Start       *rundir.Start // nil before the run has started
	Losses      []float32     // by step; the first is step 1's
	Steps       rundir.Steps  // the latest totals; without losses
	Totals      []Totals      // by step event, the step ascending
	Stop        configs.Stop  // its early stopping, as its config and requests have it; no metric where it has no config
	Schedule    []int         // an evaluation follows each of these steps; those of Start, unless a request has changed them
	Evaluations []Evaluation
	Epochs      int // complete ones
	Selection   *rundir.Selection
	Warnings    []string
	Problem     error     // why the run directory could not be read in full
	Ahead       int       // of a run that waits for its turn: how many stand before it; else 0
	Replay      *Replayed // how far a replay is; nil = the run is shown as it stands
	Given       bool      // somebody else's dynamics: there is a map, and no training to follow
}

// Evaluation is one set's scores after a step.
type Evaluation struct {
	Step int
	rundir.Evaluation
}

// Totals is what a step event says of the run up to a step, without losses.
type Totals struct {
	Step int
	rundir.Steps
}

// Validations are what early stopping looks at: by evaluation, the mean over the OOD validation sets of the score that the
// run stops by.
func (r *Run) Validations() []metric.Validation {
	var sets []metric.Validation
	for _, e := range r.Evaluations {
		if metric.Validates(e.SetKind, e.Use) {
			scores := metric.Scores{Accuracy: e.Accuracy, MacroF1: e.MacroF1, Loss: e.Evaluation.Loss}
			sets = append(sets, metric.Validation{Step: e.Step, Score: scores.Value(r.Stop.Metric)})
		}
	}
	return metric.Means(sets)
}

// Examples is how many examples the run has trained on after a step, those of every epoch counted; 0 before it has started.
func (r *Run) Examples(step int) int {
	if r.Start == nil || r.Start.StepsPerEpoch == 0 {
		return 0
	}
	epoch, rest := step/r.Start.StepsPerEpoch, step%r.Start.StepsPerEpoch
	return epoch*r.Start.Examples + min(rest*r.Start.BatchSize, r.Start.Examples)
}

// ID is the run directory's name.
func (r *Run) ID() string { return r.Dir.ID() }

// Name says what the run is in a word: its arm, or "reference".
func (r *Run) Name() string {
	if r.Manifest.Arm != "" {
		return string(r.Manifest.Arm)
	}
	return r.Manifest.Role
}

// Active says that a writer is at work on it.
func (r *Run) Active() bool { return r.Status.State == rundir.Running }

// The states of a run that tell more than those of rundir.
const (
	Queued  = "queued"  // it waits for its turn
	Paused  = "paused"  // by a request
	Waiting = "waiting" // for something that it cannot do without, as space on the disk
)

// State is how a run stands, in a word.
func (r *Run) State() string {
	switch {
	case r.Active() && r.Status.Waits != "":
		return Waiting
	case r.Active() && r.Status.Paused:
		return Paused
	case !r.Active() && r.Ahead > 0:
		return Queued
	}
	return r.Status.State
}

// Left estimates the training time left, from the mean time of a step and of an evaluation so far; ok is false before
// there is anything to go by, and for a run that does not run. Early stopping may end the run sooner.
func (r *Run) Left() (left time.Duration, ok bool) {
	if !r.Active() || r.Start == nil || r.Status.Step == 0 || r.Steps.Seconds == 0 {
		return 0, false
	}
	left, ok = cost.Left(r.Status.Step, r.Start.MaxSteps, span(r.Steps.Seconds))
	spent, last, done := 0.0, -1, 0
	for _, evaluation := range r.Evaluations {
		spent += evaluation.Seconds
		if evaluation.Index != last {
			last, done = evaluation.Index, done+1
		}
	}
	evaluating, _ := cost.Left(done, max(len(r.Schedule), done), span(spent))
	return left + evaluating, ok
}

func span(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// follower reads one run's files as they grow.
type follower struct {
	dir      rundir.Dir
	tail     *rundir.Tail
	restarts int
	events   []rundir.Event // superseded ones included
	current  []rundir.Event
	known    bool  // the manifest has been read
	plan     error // why it or the selection could not be
	corrupt  error // of a line of the log
	last     *Run

	times []time.Duration // of the current events, for replays
	cut   *Run            // as a replay showed it last: by so many events
	cutAt int
}

func follow(dir rundir.Dir) *follower {
	return &follower{dir: dir, tail: rundir.OpenTail(dir), last: &Run{Dir: dir, Status: rundir.Status{State: rundir.Pending}}}
}

// pollsAtOnce bounds what one poll reads of a long log, about 256 KiB each.
const pollsAtOnce = 256

// poll reads what is new and says whether the run stands otherwise than before.
func (f *follower) poll() (changed bool) {
	next := *f.last
	if !f.known {
		f.readPlan(&next)
	}
	locked := rundir.Locked(f.dir) // before the log: a writer that ends between the two has logged its finish
	grown, err := f.read()
	next.Problem = errors.Join(f.plan, f.corrupt, err)
	if grown {
		f.current = rundir.Current(f.events)
		next.fold(f.current)
		f.steer(&next)
	}
	next.Status = rundir.StatusOf(f.current, locked)
	changed = grown || f.known && f.last.Manifest.ID == "" || next.Status.State != f.last.Status.State || problem(next.Problem) != problem(f.last.Problem)
	f.last = &next
	return changed
}

// wait notes a run's place in the queue, and says whether that is another one than before.
func (f *follower) wait(ticket rundir.Ticket, place int) (changed bool) {
	if ticket.Trains {
		place = 0
	}
	if changed = f.last.Ahead != place; changed {
		next := *f.last
		next.Ahead = place
		f.last = &next
	}
	return changed
}

func problem(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// readPlan reads what stands before the run starts: the manifest, and the selection if there is one.
func (f *follower) readPlan(run *Run) {
	manifest, err := f.dir.ReadManifest()
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if f.plan = err; err != nil {
		return
	}
	run.Manifest, f.known = manifest, true
	if config, err := configs.Load(f.dir.Config()); err == nil { // what cannot be read, says so where it is needed
		run.Stop = config.Stop
	}
	selection, err := f.dir.ReadSelection()
	switch {
	case err == nil:
		run.Selection = &selection
	case !errors.Is(err, fs.ErrNotExist):
		f.plan = err
	}
}

// steer takes over what requests have changed of a run's plan.
func (f *follower) steer(run *Run) {
	if run.Start == nil {
		return
	}
	run.Schedule = run.Start.EvaluationSteps
	if !slices.ContainsFunc(f.current, func(e rundir.Event) bool { _, is := e.Body.(*rundir.Control); return is }) {
		return
	}
	settings, err := f.dir.ReadSettings()
	if err != nil {
		return // the run itself says so when it is resumed, and fsck does
	}
	if settings.EvaluationSteps != nil {
		run.Schedule = settings.EvaluationSteps
	}
	if settings.Patience != nil {
		run.Stop.Patience = *settings.Patience
	}
}

// read appends the events that have come, and says whether there are any. Lines that are not events are noted.
func (f *follower) read() (grown bool, err error) {
	for range pollsAtOnce {
		events, err := f.tail.Poll()
		if restarts := f.tail.Restarts(); restarts != f.restarts {
			f.restarts, f.events, f.corrupt, grown = restarts, nil, nil, true
		}
		if corrupt := (*rundir.Corrupt)(nil); errors.As(err, &corrupt) {
			f.corrupt, err = corrupt, nil
		}
		if len(events) == 0 || err != nil {
			return grown, err
		}
		f.events, grown = append(f.events, events...), true
	}
	return grown, nil
}

// fold takes the run's figures from its current events.
func (r *Run) fold(events []rundir.Event) {
	r.Start, r.Losses, r.Steps, r.Evaluations, r.Epochs, r.Warnings = nil, nil, rundir.Steps{}, nil, 0, nil
	r.Totals = nil
	for _, event := range events {
		switch body := event.Body.(type) {
		case *rundir.Start:
			r.Start = body
		case *rundir.Steps:
			// A resume replays steps: a later event has the last word from its first step on.
			first := min(max(event.Step-len(body.Losses), 0), len(r.Losses))
			r.Losses = append(r.Losses[:first], body.Losses...)
			r.Steps = *body
			r.Steps.Losses = nil
			for n := len(r.Totals); n > 0 && r.Totals[n-1].Step >= event.Step; n-- {
				r.Totals = r.Totals[:n-1]
			}
			r.Totals = append(r.Totals, Totals{event.Step, r.Steps})
		case *rundir.Evaluation:
			r.Evaluations = append(r.Evaluations, Evaluation{event.Step, *body})
		case *rundir.Epoch:
			r.Epochs = max(r.Epochs, body.Epoch+1)
		case *rundir.Warning:
			r.Warnings = append(r.Warnings, body.Message)
		}
	}
}
