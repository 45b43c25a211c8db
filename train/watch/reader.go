package watch

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"ftft/configs"
	"ftft/train/report"
	"ftft/train/rundir"
)

// reader reads one run's files as they grow: the whole log, or only its beginning and its end.
type reader struct {
	dir     rundir.Dir
	polls   int
	listed  bool  // the feed's list has the run
	wanted  bool  // the log is to be read whole,
	near    bool  // and the lock is to be tested even after the run has ended
	whole   bool  // the log is read whole
	known   bool  // the manifest has been read
	planned bool  // the config and the whole selection have been read
	plan    error // why the manifest, the selection or the config could not be read
	broken  bool  // the manifest could not be read
	unread  error // why the log could not be read
	corrupt error // the last line of the log that is not an event
	last    *Run

	job        os.FileInfo // of the job's state when it was last read; nil = none
	jobProblem error       // why the job's state could not be read

	manifest os.FileInfo  // when the manifest was last read
	file     os.FileInfo  // of a log that is not read whole: when it was last read
	tail     *rundir.Tail // of one that is
	restarts int          // of tail, at the last poll
	fold     rundir.Fold

	reckoner *report.Reckoner // of an outside run; nil before its log is read whole
	models   int              // checkpoints in the log when the reckoner was made

	times    []time.Duration // of the current events, for replays
	replayed *Run            // the run as the last replay showed it, after the first shown events
	shown    int
}

func newReader(dir rundir.Dir) *reader {
	return &reader{dir: dir, last: &Run{Dir: dir, Status: rundir.Status{State: rundir.Pending}}}
}

// pollsAtOnce bounds what one poll reads of a long log, about 256 KiB each.
const pollsAtOnce = 256

// restless reports whether every poll must look at the run: it has not been read, has not ended, or is to be read in brief once it is
// no longer wanted whole.
func (r *reader) restless() bool {
	return r.polls == 0 || r.whole || r.last.Status.Finish == nil && (!r.last.Broken || r.last.Held)
}

// poll reads what is new, of the whole log if that is wanted or the run is active, and reports whether the run differs from the last
// poll's. Of a run that has ended it looks only at the size and time of the log, and of its job's files, unless thorough is set or
// these have changed.
func (r *reader) poll(whole, thorough bool) (changed bool) {
	r.polls++
	if r.last.Status.Finish != nil && whole == r.whole && (!whole && r.unchanged() || whole && !thorough && r.complete()) &&
		!r.jobChanged() {
		return false
	}
	next := *r.last
	locked := rundir.Locked(r.dir) // before the log: a process that ends between the two has logged its finish
	next.Held = locked || r.last.Outside() && rundir.Locked(rundir.Supervision(r.dir))
	whole = whole || next.Held || r.last.Active()
	if !r.known || whole && !r.planned {
		r.readPlan(&next, whole)
	}
	var grown bool
	var err error
	if whole {
		grown, err = r.readLog(&next)
	} else {
		grown, err = r.readBrief(&next)
	}
	r.unread = err
	jobChanged, jobProblem := r.readJob(&next)
	next.Problem, next.Broken = errors.Join(r.plan, r.corrupt, err, jobProblem), r.broken || err != nil
	next.Status = cleanStatus(next.Record.Status(locked))
	next.Preparing = rundir.Preparing{}
	if locked && !next.Active() {
		if p, ok := r.dir.ReadPreparing(); ok {
			next.Preparing = cleanPreparing(p)
		}
	}
	changed = grown || jobChanged || next.Preparing != r.last.Preparing ||
		r.known && r.last.Manifest.ID == "" || next.Status.State != r.last.Status.State ||
		next.Held != r.last.Held || message(next.Problem) != message(r.last.Problem)
	r.last = &next
	return changed
}

// recall takes the run from the index, if that has it as its files are.
func (r *reader) recall(x *index) bool {
	e, log, ok := x.find(r.dir)
	if !ok {
		return false
	}
	e.Record.Restore(e.Status)
	r.known, r.file, r.polls = true, log, 1
	r.last = &Run{Dir: r.dir, Manifest: e.Run, Record: e.Record, Status: e.Status, Selection: e.Selection, Brief: true}
	if r.last.Start != nil {
		r.last.Schedule = r.last.Start.EvaluationSteps
	}
	_, r.last.Problem = r.readJob(r.last)
	return true
}

// unchanged reports whether the log is the same as at the last reading of its ends.
func (r *reader) unchanged() bool {
	file, err := os.Stat(r.dir.Events())
	return err == nil && sameFile(file, r.file)
}

// complete reports whether the run that has ended has been read whole: no process held its lock, and the log has nothing new.
func (r *reader) complete() bool {
	return r.planned && !r.last.Held && !r.last.Broken && r.tail.AtEnd()
}

// setPlace sets a run's place in the queue and reports whether it has changed.
func (r *reader) setPlace(place int) (changed bool) {
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

// readPlan reads what is written before the run starts: the manifest and, if there is one, the selection; with the config and the
// selection's rows if whole.
func (r *reader) readPlan(run *Run, whole bool) {
	file, _ := os.Lstat(r.dir.Manifest()) // reading it tells why this fails
	if r.broken && sameFile(file, r.manifest) && time.Since(file.ModTime()) > settled {
		return
	}
	r.manifest = file
	manifest, err := r.dir.ReadManifest()
	if errors.Is(err, fs.ErrNotExist) {
		err = r.lost()
	}
	if r.plan, r.broken = err, err != nil; err != nil || manifest.Role == "" {
		return // broken, or only planned
	}
	manifest.ID = cmp.Or(manifest.ID, r.dir.ID())
	run.Manifest, r.known, r.planned = cleanManifest(manifest), true, whole
	read := r.dir.ReadSelectionHead
	if whole {
		read = r.dir.ReadSelection
		if exists(r.dir.Config()) { // a run of another program may have none
			config, err := configs.OfRun(r.dir)
			run.Stop, r.plan = config.Stop, err
		}
	}
	selection, err := read()
	switch {
	case err == nil:
		cleanSelection(&selection)
		run.Selection = &selection
	case !errors.Is(err, fs.ErrNotExist):
		r.plan = errors.Join(r.plan, err)
	}
}

// lost returns why a run directory has no manifest that can be read, or nil if there is no run yet.
func (r *reader) lost() error {
	for _, left := range []string{r.dir.Manifest(), r.dir.Events(), r.dir.Gold()} { // a link that leads nowhere exists
		if exists(left) {
			return fmt.Errorf("%s is missing: restore it from a copy, or remove the folder", r.dir.Manifest())
		}
	}
	return nil
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

// readBrief reads the beginning and the end of the log, if that has changed, and reports whether it has. What has been read of the
// rest is dropped.
func (r *reader) readBrief(run *Run) (changed bool, err error) {
	file, err := os.Stat(r.dir.Events())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read the log: %w", err)
	case !r.whole && sameFile(file, r.file) && time.Since(file.ModTime()) > settled:
		return false, r.unread
	}
	record, ok, err := rundir.ReadBrief(r.dir)
	r.corrupt = nil
	if err == nil && !ok {
		record, err = rundir.ReadSparse(r.dir)
		if corrupt := (*rundir.Corrupt)(nil); errors.As(err, &corrupt) {
			r.corrupt, err = corrupt, nil
		}
	}
	cleanRecord(&record)
	changed = r.whole || !sameFile(file, r.file)
	r.whole, r.file, r.tail, r.fold, r.times, r.replayed, r.reckoner = false, file, nil, rundir.Fold{}, nil, nil, nil
	run.Record, run.Brief, run.Schedule = record, true, nil
	if run.Start != nil {
		run.Schedule = run.Start.EvaluationSteps
	}
	return changed, err
}

// readLog folds the events that have been logged since the last poll, or all if the log has not been read whole, and sets what
// follows from them. It reports whether the run has changed.
func (r *reader) readLog(run *Run) (changed bool, err error) {
	if !r.whole {
		r.whole, r.tail, r.restarts, r.fold, r.corrupt, changed = true, rundir.OpenTail(r.dir), 0, rundir.Fold{}, nil, run.Brief
	}
	if r.reckoner == nil && run.Outside() {
		r.reckoner, r.models = report.NewReckoner(r.dir, &run.Manifest), 0
	}
	grown, err := r.readEvents()
	if saved := len(r.fold.Record.Checkpoints); r.reckoner != nil && !r.reckoner.Known() && saved != r.models {
		if r.models = saved; r.recount(&run.Manifest) {
			grown, err = r.readEvents()
		}
	}
	if changed = changed || grown; changed {
		if r.reckoner != nil && len(r.fold.Record.Totals) > 0 {
			run.Uncounted = r.reckoner.Reason
		}
		run.Record, run.Brief, r.times = r.fold.Record, false, nil
		r.applySettings(run)
	}
	return changed, err
}

// recount makes the reckoner again after a checkpoint, which may tell the sizes of the model, and the fold empty if it does.
func (r *reader) recount(m *rundir.Manifest) (known bool) {
	next := report.NewReckoner(r.dir, m)
	if known = next.Known(); known {
		r.reckoner, r.tail, r.restarts, r.fold, r.corrupt = next, rundir.OpenTail(r.dir), 0, rundir.Fold{}, nil
	} else {
		r.reckoner.Reason = next.Reason
	}
	return known
}

// readEvents folds the events that have been logged since the last poll and reports whether there are any.
func (r *reader) readEvents() (grown bool, err error) {
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
		cleanEvents(events)
		if r.reckoner != nil {
			r.reckoner.Events(events)
		}
		r.fold.Add(events)
		grown = true
	}
	return grown, nil
}
