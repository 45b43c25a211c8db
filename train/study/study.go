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
	"ftft/train"
	"ftft/train/corpus"
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

	done   map[int]bool            // entries of the plan, by index, that this process has carried out
	active map[int]rundir.Manifest // entries that children train now
	behind map[int]int             // entries that may turn out to be the run of an active one, by the index of that one
	ended  chan ended              // one value for each child that ends

	cancelled <-chan struct{} // ends the wait for a full disk
}

// ended is the end of a child that trained an entry of the plan.
type ended struct {
	entry int
	err   error
}

// Run carries out the plan of a study and the launches that come in meanwhile, and returns when nothing is left to do. When ctx
// ends, the runs that train save their models and the study is interrupted; another call of Run resumes it. With force, Run resumes runs
// that another version of the program started; otherwise it trains them from the beginning.
func Run(ctx context.Context, dir rundir.StudyDir, force bool) (err error) {
	lock, err := rundir.Lock(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	w := &worker{
		dir: dir, lock: lock, force: force, data: map[int64]*corpus.Corpus{}, maps: map[string]*datamap.Map{},
		done: map[int]bool{}, active: map[int]rundir.Manifest{}, behind: map[int]int{}, ended: make(chan ended), cancelled: ctx.Done(),
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
	if w.force || m.Engine == rundir.Outside {
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
