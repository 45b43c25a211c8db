package watch

import (
	"errors"
	"io/fs"
	"time"

	"ftft/configs"
	"ftft/train/rundir"
)

// reader reads one run's files as they grow.
type reader struct {
	dir      rundir.Dir
	tail     *rundir.Tail
	restarts int // of tail, at the last poll
	fold     rundir.Fold
	known    bool  // the manifest has been read
	plan     error // why the manifest or the selection could not be read
	corrupt  error // the last line of the log that is not an event
	last     *Run

	times    []time.Duration // of the current events, for replays
	replayed *Run            // the run as the last replay showed it, after the first shown events
	shown    int
}

func newReader(dir rundir.Dir) *reader {
	return &reader{dir: dir, tail: rundir.OpenTail(dir), last: &Run{Dir: dir, Status: rundir.Status{State: rundir.Pending}}}
}

// pollsAtOnce bounds what one poll reads of a long log, about 256 KiB each.
const pollsAtOnce = 256

// poll reads what is new and reports whether the run differs from the last poll's.
func (r *reader) poll() (changed bool) {
	next := *r.last
	if !r.known {
		r.readPlan(&next)
	}
	locked := rundir.Locked(r.dir) // before the log: a process that ends between the two has logged its finish
	grown, err := r.readLog()
	next.Problem = errors.Join(r.plan, r.corrupt, err)
	if grown {
		next.Record, r.times = r.fold.Record, nil
		r.applySettings(&next)
	}
	next.Status = next.Record.Status(locked)
	changed = grown || r.known && r.last.Manifest.ID == "" || next.Status.State != r.last.Status.State ||
		message(next.Problem) != message(r.last.Problem)
	r.last = &next
	return changed
}

// setPlace sets a run's place in the queue and reports whether it has changed.
func (r *reader) setPlace(ticket rundir.Ticket, place int) (changed bool) {
	if ticket.Trains {
		place = 0
	}
	if changed = r.last.Ahead != place; changed {
		next := *r.last
		next.Ahead = place
		r.last = &next
	}
	return changed
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// readPlan reads what is written before the run starts: the manifest, and the selection if there is one.
func (r *reader) readPlan(run *Run) {
	manifest, err := r.dir.ReadManifest()
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if r.plan = err; err != nil {
		return
	}
	run.Manifest, r.known = manifest, true
	if config, err := configs.Load(r.dir.Config()); err == nil { // an unreadable config is reported where it is needed
		run.Stop = config.Stop
	}
	selection, err := r.dir.ReadSelection()
	switch {
	case err == nil:
		run.Selection = &selection
	case !errors.Is(err, fs.ErrNotExist):
		r.plan = err
	}
}

// applySettings sets the schedule and the patience that requests may have changed.
func (r *reader) applySettings(run *Run) {
	if run.Start == nil {
		return
	}
	run.Schedule = run.Start.EvaluationSteps
	if len(run.Answers) == 0 {
		return
	}
	settings, err := r.dir.ReadSettings()
	if err != nil {
		return // fsck reports it, and so does the run when it is resumed
	}
	if settings.EvaluationSteps != nil {
		run.Schedule = settings.EvaluationSteps
	}
	if settings.Patience != nil {
		run.Stop.Patience = *settings.Patience
	}
}

// readLog folds the events that have been logged since the last poll and reports whether there are any.
func (r *reader) readLog() (grown bool, err error) {
	for range pollsAtOnce {
		events, err := r.tail.Poll()
		if restarts := r.tail.Restarts(); restarts != r.restarts {
			r.restarts, r.fold, r.corrupt, grown = restarts, rundir.Fold{}, nil, true
		}
		if corrupt := (*rundir.Corrupt)(nil); errors.As(err, &corrupt) {
			r.corrupt, err = corrupt, nil
		}
		if len(events) == 0 || err != nil {
			return grown, err
		}
		r.fold.Add(events)
		grown = true
	}
	return grown, nil
}
