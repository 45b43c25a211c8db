package study

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"ftft/internal/crash"
	"ftft/internal/safe"
	"ftft/train/launch"
	"ftft/train/rundir"
)

// Runs of the plan train at the same time, each in a child process. One goroutine, that of carryOut, owns the worker and its plan; for
// each child another one waits for its end and reports it over a channel.

// pollEvery is how often launches are read while children train.
const pollEvery = time.Second

// carryOut carries out the runs of the plan, which launches may add to: in its order, as many at a time as there are slots, each as
// soon as the runs that it depends on have ended. A stopped or failed run stays so until the plan is reset. A failed arm does not
// prevent the others; a failed reference prevents the arms of its seed. carryOut returns when the children have ended.
func (w *worker) carryOut(ctx context.Context) error {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	var failures []error
	broken := false // the plan cannot be written: no other run starts
	for {
		err := w.acceptLaunches()
		if err != nil && len(w.active) == 0 {
			return errors.Join(append(failures, err)...)
		}
		entry, found := w.next()
		if err == nil && found && !broken && ctx.Err() == nil {
			if err := w.begin(ctx, entry); err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", w.plan.Runs[entry].ID, err))
			}
		} else if len(w.active) == 0 {
			return errors.Join(failures...)
		} else {
			select {
			case <-poll.C:
				continue
			case child := <-w.ended:
				if err := w.conclude(ctx, child); err != nil {
					failures = append(failures, fmt.Errorf("%s: %w", w.plan.Runs[child.entry].ID, err))
				}
				entry = child.entry
			}
		}
		if run := w.plan.Runs[entry]; w.done[entry] && run.State != rundir.Complete && ctx.Err() == nil {
			if err := w.skipDependents(run); err != nil {
				failures, broken = append(failures, err), true
			}
		}
	}
}

// next returns the first entry of the plan that can be carried out now; found is false if there is none.
func (w *worker) next() (entry int, found bool) {
	for i := range w.plan.Runs {
		if w.due(i) && w.met(i) && w.free(w.plan.Runs[i]) {
			return i, true
		}
	}
	if len(w.active) > 0 {
		return 0, false
	}
	for i := range w.plan.Runs { // entries that depend on each other, in a plan that was edited by hand
		if w.due(i) {
			return i, true
		}
	}
	return 0, false
}

// due reports whether an entry of the plan is neither carried out nor active. One that may be the run of an active entry waits for it.
func (w *worker) due(entry int) bool {
	if first, waits := w.behind[entry]; waits {
		if _, active := w.active[first]; active {
			return false
		}
		delete(w.behind, entry)
	}
	_, active := w.active[entry]
	return !over(w.plan.Runs[entry]) && !w.done[entry] && !active
}

// over reports whether a run of the plan has ended and stays so until the plan is reset.
func over(run rundir.StudyRun) bool {
	return run.State == rundir.Complete || run.State == rundir.Stopped || run.State == rundir.Failed
}

// met reports whether the runs that an entry of the plan depends on have ended, in whatever state: skipDependents has ended the entry
// where that matters.
func (w *worker) met(entry int) bool {
	for i, other := range w.plan.Runs {
		if i != entry && !over(other) && !w.done[i] && w.plan.Runs[entry].Needs(other) {
			return false
		}
	}
	return true
}

// free reports whether a slot is free for a run of the plan: on this machine, or among those of its scheduler.
func (w *worker) free(run rundir.StudyRun) bool {
	engine, used := w.config.EngineFor(run.Role), 0
	for entry := range w.active {
		if w.config.EngineFor(w.plan.Runs[entry].Role).Pool() == engine.Pool() {
			used++
		}
	}
	return used < max(engine.Slots, 1)
}

// skipDependents marks pending arms as failed or stopped when the run that they depend on did not complete: a seed's reference, or
// the ERM run that DM selects by. Later launches are not affected: their makers can see how far the reference got.
func (w *worker) skipDependents(reference rundir.StudyRun) error {
	state := rundir.Failed
	if reference.State == rundir.Stopped {
		state = rundir.Stopped
	}
	for i, run := range w.plan.Runs {
		if run.Needs(reference) && run.State == rundir.Pending {
			w.plan.Runs[i].State = state
		}
	}
	return w.write()
}

// begin reuses a complete run with the same result for an entry of the plan, or starts to train it. The entry is then done or active,
// unless it has to wait for an active one that may be the same run.
func (w *worker) begin(ctx context.Context, entry int) error {
	run := &w.plan.Runs[entry]
	w.done[entry] = true // active entries are not
	prepared, err := w.prepare(*run)
	if err != nil {
		run.State = rundir.Failed
		return errors.Join(err, w.write())
	}
	if same, ok := w.same(prepared); ok {
		w.rename(run, same)
		run.State, run.Reused = rundir.Complete, true
		return w.write()
	}
	for first, other := range w.active {
		if w.plan.Runs[first].ID == run.ID || prepared.matches(other) {
			w.behind[entry] = first
			delete(w.done, entry)
			return nil
		}
	}
	dir := w.dir.Run(run.ID)
	resume, err := w.resumable(dir, prepared)
	if err != nil {
		fmt.Fprintf(safe.NewWriter(os.Stderr), "%s is trained anew: %v\n", run.ID, err)
	}
	if !resume {
		unprepared, err := dir.Unprepared()
		if err != nil {
			return err
		}
		if _, err := os.Lstat(string(dir)); err == nil && !unprepared {
			w.rename(run, w.unused(run.ID)) // the existing run cannot be resumed, and is kept
			dir = w.dir.Run(run.ID)
		}
		prepared.manifest.ID = run.ID
		if err := w.retry(func() error { return prepared.write(dir) }); err != nil {
			if ctx.Err() == nil {
				run.State = rundir.Failed
			}
			return errors.Join(err, w.write())
		}
	}
	run.State = rundir.Running
	if err := w.write(); err != nil {
		return err
	}
	delete(w.done, entry)
	w.active[entry] = prepared.manifest
	go func() {
		child := ended{entry: entry}
		defer func() { w.ended <- child }()
		defer crash.Catch(&child.err)
		child.err = trainRun(ctx, dir, w.force)
	}()
	return nil
}

// conclude writes into the plan how a child's run has ended. The error is that of the run.
func (w *worker) conclude(ctx context.Context, child ended) error {
	delete(w.active, child.entry)
	w.done[child.entry] = true
	run := &w.plan.Runs[child.entry]
	status, err := w.dir.Run(run.ID).Status()
	if err != nil {
		return errors.Join(child.err, err)
	}
	if run.State = status.State; status.State == rundir.Pending {
		run.State = rundir.Failed // it ended before it could log anything
	}
	if err := w.write(); err != nil {
		return err
	}
	if child.err != nil && ctx.Err() == nil && status.State != rundir.Stopped {
		return fmt.Errorf("%s: %w", status.State, child.err)
	}
	return nil
}

// trainRun trains a run in a child process. If another process does, such as a child that has outlived its experiment's process,
// trainRun waits for its end. The trainer of an outside run may be alive: the child then follows its job.
func trainRun(ctx context.Context, dir rundir.Dir, force bool) error {
	if dir.Attended() {
		fmt.Fprintf(safe.NewWriter(os.Stderr), "%s is being trained by another process: waiting for its end\n", dir.ID())
	}
	for dir.Attended() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
	if status, err := dir.Status(); err != nil || status.State == rundir.Complete {
		return err
	}
	arguments := []string{"train", string(dir), "--resume"}
	if force {
		arguments = append(arguments, "--force")
	}
	for again := 0; ; again++ {
		err := child(ctx, os.Stderr, arguments...)
		if err == nil || ctx.Err() != nil || again == followers || !unattendedJob(dir) {
			return err
		}
		fmt.Fprintf(safe.NewWriter(os.Stderr), "%s: the process that followed its job ended (%v); another one follows it\n", dir.ID(), err)
		select {
		case <-ctx.Done():
		case <-time.After(pollEvery):
		}
	}
}

// followers is how often a job whose supervisor was killed gets another one.
const followers = 5

// child is launch.Child; tests replace it.
var child = launch.Child

// unattendedJob reports whether a run has a job that has not ended and that no process follows.
func unattendedJob(dir rundir.Dir) bool {
	state, err := dir.ReadJobState()
	return err == nil && state.Live() && !dir.Attended()
}
