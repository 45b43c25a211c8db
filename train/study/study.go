// Package study carries out an experiment: for each seed the reference, its data map and selections, then the arms, each
// in a child process with a run directory of its own.
//
// It alone may import both train and datamap. Begin reading at Create, which writes the plan, and Run, which carries it out.
package study

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/internal/safe"
	"ftft/train"
	"ftft/train/corpus"
	"ftft/train/launch"
	"ftft/train/rundir"
)

// worker carries out one study.
type worker struct {
	dir    rundir.StudyDir
	lock   *rundir.Held
	force  bool // resume runs of other versions of the program
	config configs.Config
	plan   rundir.Study
	data   map[int64]*corpus.Corpus // by seed
	maps   map[string]*datamap.Map  // by run

	cancelled <-chan struct{} // ends the wait for a full disk
}

// Run carries out the plan of a study and the launches that come in meanwhile, and returns when nothing is left to do. When ctx
// ends, the current run saves its model and the study is interrupted; another call of Run resumes it. With force, Run resumes runs
// that another version of the program started; otherwise it trains them from the beginning.
func Run(ctx context.Context, dir rundir.StudyDir, force bool) (err error) {
	lock, err := rundir.Lock(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	w := &worker{
		dir: dir, lock: lock, force: force, data: map[int64]*corpus.Corpus{}, maps: map[string]*datamap.Map{}, cancelled: ctx.Done(),
	}
	if w.plan, err = dir.ReadStudy(); err != nil {
		return err
	}
	if err := w.sweep(); err != nil {
		return err
	}
	if w.config, err = configs.Parse(dir.Study(), w.plan.Config, ""); err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	w.plan.Owner = rundir.Owner{PID: os.Getpid(), Host: host}
	if err := w.setState(rundir.Running); err != nil {
		return err
	}
	err = w.carryOut(ctx)
	state := rundir.Complete
	switch {
	case ctx.Err() != nil:
		state = rundir.Interrupted
	case err != nil:
		state = rundir.Failed
	case slices.ContainsFunc(w.plan.Runs, func(r rundir.StudyRun) bool { return r.Role == rundir.Reference && r.State == rundir.Stopped }):
		state = rundir.Stopped
	}
	return errors.Join(err, w.setState(state))
}

func (w *worker) setState(state string) error {
	w.plan.State = state
	return w.write()
}

// write saves the plan. It is an error if the study's folder is no longer the one that was locked.
func (w *worker) write() error {
	return w.retry(func() error {
		if err := w.lock.Check(); err != nil {
			return err
		}
		return w.dir.WriteStudy(w.plan)
	})
}

// retryEvery is the time between two attempts to write to a full disk.
var retryEvery = 2 * time.Second

// retry calls write, which must be retryable. On a full disk it says so in the plan, as far as there is room for that, and retries until
// there is space or the study is cancelled.
func (w *worker) retry(write func() error) error {
	err := write()
	if !disk.Full(err) {
		return err
	}
	fmt.Fprintf(os.Stderr, "%v; waiting for space\n", err)
	w.plan.Waits = "the disk is full: waiting for space"
	_ = w.dir.WriteStudy(w.plan) // what does not fit is on standard error
	defer func() { w.plan.Waits = "" }()
	for disk.Full(err) {
		select {
		case <-w.cancelled:
			return err
		case <-time.After(retryEvery):
		}
		err = write()
	}
	return err
}

// sweep removes what a process that was killed has left of the run directories that it was preparing.
func (w *worker) sweep() error {
	root := filepath.Dir(string(w.dir))
	entries, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		final, draft := disk.DraftOf(entry.Name())
		if !draft || !slices.ContainsFunc(w.plan.Runs, func(r rundir.StudyRun) bool { return r.ID == final }) {
			continue
		}
		if err := disk.RemoveAll(filepath.Join(root, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// carryOut carries out the runs of the plan, which launches may add to. A stopped or failed run stays so until the plan is reset. A
// failed arm does not prevent the others; a failed reference prevents the arms of its seed.
func (w *worker) carryOut(ctx context.Context) error {
	var failures []error
	for i := 0; ; i++ {
		if err := w.acceptLaunches(); err != nil {
			return err
		}
		if i == len(w.plan.Runs) || ctx.Err() != nil {
			return errors.Join(failures...)
		}
		switch w.plan.Runs[i].State {
		case rundir.Complete, rundir.Stopped, rundir.Failed:
			continue
		}
		if err := w.carryOutRun(ctx, i); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", w.plan.Runs[i].ID, err))
		}
		if done := w.plan.Runs[i]; done.State != rundir.Complete && ctx.Err() == nil {
			if err := w.skipDependents(done); err != nil {
				return errors.Join(append(failures, err)...)
			}
		}
	}
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

// carryOutRun carries out a run of the plan: it reuses a complete run with the same result, or trains.
func (w *worker) carryOutRun(ctx context.Context, i int) error {
	run := &w.plan.Runs[i]
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
	childErr := w.train(ctx, dir)
	run = &w.plan.Runs[i] // the plan may have grown
	status, err := dir.Status()
	if err != nil {
		return errors.Join(childErr, err)
	}
	if run.State = status.State; status.State == rundir.Pending {
		run.State = rundir.Failed // it ended before it could log anything
	}
	if err := w.write(); err != nil {
		return err
	}
	if childErr != nil && ctx.Err() == nil && status.State != rundir.Stopped {
		return fmt.Errorf("%s: %w", status.State, childErr)
	}
	return nil
}

// resumable reports whether a run directory holds an unfinished attempt at what is prepared. The error is why not, if the user
// should know.
func (w *worker) resumable(dir rundir.Dir, p *prepared) (bool, error) {
	m, err := dir.ReadManifest()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !p.matches(m) {
		return false, nil
	}
	if w.force {
		return true, nil
	}
	for _, name := range train.Decisive {
		if m.Versions[name] != p.manifest.Versions[name] {
			before, now := train.Called(name, m.Versions[name]), train.Called(name, p.manifest.Versions[name])
			return false, fmt.Errorf("it was started by %s, and this is %s", before, now)
		}
	}
	return true, nil
}

// pollEvery is how often launches are read while a child trains.
const pollEvery = time.Second

// train trains a run in a child process and meanwhile adds new launches to the plan, where their makers see them. If another process
// trains the run, such as a child that has outlived its study process, train waits for its end.
func (w *worker) train(ctx context.Context, dir rundir.Dir) error {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	if rundir.Locked(dir) {
		fmt.Fprintf(safe.NewWriter(os.Stderr), "%s is being trained by another process: waiting for its end\n", dir.ID())
	}
	for rundir.Locked(dir) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
			_ = w.acceptLaunches() // carryOut reports the error
		}
	}
	if status, err := dir.Status(); err != nil || status.State == rundir.Complete {
		return err
	}
	arguments := []string{"train", string(dir), "--resume"}
	if w.force {
		arguments = append(arguments, "--force")
	}
	ended := make(chan error, 1)
	go func() { ended <- launch.Child(ctx, os.Stderr, arguments...) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-poll.C:
			_ = w.acceptLaunches()
		}
	}
}

// rename gives a run another directory, here and where it is the parent of others.
func (w *worker) rename(run *rundir.StudyRun, id string) {
	for i := range w.plan.Runs {
		if w.plan.Runs[i].Parent == run.ID {
			w.plan.Runs[i].Parent = id
		}
	}
	run.ID = id
}

// corpus reads the data of a seed, once.
func (w *worker) corpus(seed int64) (*corpus.Corpus, error) {
	if c, ok := w.data[seed]; ok {
		return c, nil
	}
	c, err := corpus.Load(w.config, seed)
	if err != nil {
		return nil, err
	}
	w.data[seed] = c
	return c, nil
}
