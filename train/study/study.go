// Package study carries out an experiment: for each seed the reference, its data map and selections, then the arms, each
// a child process with a run directory of its own.
package study

import (
	"bytes"
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
	"ftft/train/launch"
	"ftft/train/rundir"
)

// Create writes the plan of an experiment under root, and gives its directory: the one that is there already where the
// same config was planned before, else a new one named after the config.
func Create(root string, cfg configs.Config) (rundir.StudyDir, error) {
	text := cfg.TOML()
	for i := 1; ; i++ {
		name := cfg.Name
		if i > 1 {
			name = fmt.Sprintf("%s-%d", cfg.Name, i)
		}
		dir := rundir.StudyDir(filepath.Join(root, name))
		existing, err := dir.ReadStudy()
		if err == nil && bytes.Equal([]byte(existing.Config), text) {
			return dir, Again(dir)
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if _, err := os.Stat(string(dir)); err == nil {
			continue // a folder of that name which is no study
		}
		plan := rundir.Study{Name: name, Config: string(text), Seeds: cfg.Seeds, Created: time.Now().UTC(), State: rundir.Pending}
		for _, seed := range cfg.Seeds {
			plan.Runs = append(plan.Runs, planned(name, cfg, seed)...)
		}
		return dir, errors.Join(disk.MkdirAll(string(dir)), dir.WriteStudy(plan))
	}
}

// Again sets a study back to its beginning, so that Run goes on with what is left of it: what is complete will be found to be
// so. One that somebody carries out stays as it is.
func Again(dir rundir.StudyDir) (err error) {
	lock, err := rundir.Lock(dir)
	if errors.As(err, new(*rundir.LockedError)) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	plan, err := dir.ReadStudy()
	if err != nil {
		return err
	}
	plan.State = rundir.Pending
	for i := range plan.Runs {
		plan.Runs[i].State, plan.Runs[i].Reused = rundir.Pending, false
	}
	return dir.WriteStudy(plan)
}

// planned lists the runs of one seed in the order in which they are carried out. erm_es is no run: it is erm's log read
// as if it had stopped early.
func planned(name string, cfg configs.Config, seed int64) []rundir.StudyRun {
	prefix := name + "-"
	if len(cfg.Seeds) > 1 {
		prefix += fmt.Sprintf("s%d-", seed)
	}
	reference := rundir.StudyRun{ID: prefix + rundir.Reference, Role: rundir.Reference, Seed: seed, State: rundir.Pending}
	runs := []rundir.StudyRun{reference}
	arms := slices.DeleteFunc(slices.Clone(cfg.Arms.Run), func(arm rundir.Arm) bool { return arm == rundir.EarlyERM })
	if needs := slices.Contains(cfg.Arms.Run, rundir.DM) || slices.Contains(cfg.Arms.Run, rundir.EarlyERM); needs && !slices.Contains(arms, rundir.ERM) {
		arms = append(arms, rundir.ERM)
	}
	slices.SortStableFunc(arms, func(a, b rundir.Arm) int { return late(a) - late(b) })
	for _, arm := range arms {
		run := rundir.StudyRun{ID: prefix + string(arm), Role: rundir.Main, Arm: arm, Seed: seed, State: rundir.Pending}
		if arm.Selects() {
			run.Strategy, run.Fraction = cfg.Selection.Strategy, cfg.Selection.Fraction
		}
		switch arm {
		case rundir.FTFT:
			run.Parent = reference.ID
		case rundir.DM:
			run.Parent = prefix + string(rundir.ERM)
		case rundir.Random:
			run.Strategy = datamap.Random
		}
		runs = append(runs, run)
	}
	return runs
}

// late puts dm behind the others: its reference is erm's run.
func late(arm rundir.Arm) int {
	if arm == rundir.DM {
		return 1
	}
	return 0
}

// A worker carries out one study.
type worker struct {
	dir    rundir.StudyDir
	lock   *rundir.Held
	force  bool // runs of other versions of the program are gone on with
	config configs.Config
	plan   rundir.Study
	data   map[int64]*corpus.Corpus // by seed
	maps   map[string]*datamap.Map  // by run
}

// Run carries out the plan of a study and then what has been ordered, and returns when there is nothing left to do. When
// ctx ends, the run at hand saves its model and the study is interrupted: calling Run again goes on with it. force goes on
// with runs that another version of the program began, which are trained anew else.
func Run(ctx context.Context, dir rundir.StudyDir, force bool) (err error) {
	lock, err := rundir.Lock(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	w := &worker{dir: dir, lock: lock, force: force, data: map[int64]*corpus.Corpus{}, maps: map[string]*datamap.Map{}}
	if w.plan, err = dir.ReadStudy(); err != nil {
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
	if err := w.state(rundir.Running); err != nil {
		return err
	}
	err = w.all(ctx)
	state := rundir.Complete
	switch {
	case ctx.Err() != nil:
		state = rundir.Interrupted
	case err != nil:
		state = rundir.Failed
	case slices.ContainsFunc(w.plan.Runs, func(r rundir.StudyRun) bool { return r.Role == rundir.Reference && r.State == rundir.Stopped }):
		state = rundir.Stopped
	}
	return errors.Join(err, w.state(state))
}

func (w *worker) state(state string) error {
	w.plan.State = state
	return w.write()
}

// write puts the plan on the disk, if its folder is still the one that was locked.
func (w *worker) write() error {
	if err := w.lock.Check(); err != nil {
		return err
	}
	return w.dir.WriteStudy(w.plan)
}

// all goes through the plan, which orders make longer. What was stopped or has failed stays so until the plan is begun
// again. An arm that fails does not keep the others from running; what a reference lacks, its seed's arms lack.
func (w *worker) all(ctx context.Context) error {
	var failures []error
	for i := 0; ; i++ {
		if err := w.takeOrders(); err != nil {
			return err
		}
		if i == len(w.plan.Runs) || ctx.Err() != nil {
			return errors.Join(failures...)
		}
		switch w.plan.Runs[i].State {
		case rundir.Complete, rundir.Stopped, rundir.Failed:
			continue
		}
		if err := w.one(ctx, i); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", w.plan.Runs[i].ID, err))
		}
		if done := w.plan.Runs[i]; done.State != rundir.Complete && ctx.Err() == nil {
			if err := w.giveUp(done); err != nil {
				return errors.Join(append(failures, err)...)
			}
		}
	}
}

// giveUp takes the arms of a reference that has not ended well out of the plan, and dm after such an erm, which is its
// reference. An order for one made later is another thing: whoever gives it sees how far the reference came.
func (w *worker) giveUp(reference rundir.StudyRun) error {
	state := rundir.Failed
	if reference.State == rundir.Stopped {
		state = rundir.Stopped
	}
	for i, run := range w.plan.Runs {
		needs := run.Parent == reference.ID || reference.Role == rundir.Reference && run.Role == rundir.Main && run.Seed == reference.Seed
		if needs && run.State == rundir.Pending {
			w.plan.Runs[i].State = state
		}
	}
	return w.write()
}

// one carries out a run of the plan: it uses a complete one that would be the same, or trains.
func (w *worker) one(ctx context.Context, i int) error {
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
		fmt.Fprintf(os.Stderr, "%s is trained anew: %v\n", run.ID, err)
	}
	if !resume {
		if _, err := os.Stat(string(dir)); err == nil {
			w.rename(run, w.unused(run.ID)) // what is there cannot be gone on with, and nothing is thrown away
			dir = w.dir.Run(run.ID)
		}
		prepared.manifest.ID = run.ID
		if err := prepared.write(dir); err != nil {
			run.State = rundir.Failed
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

// resumable says whether a run directory is an unfinished one of what is prepared, to go on with. The error is why not,
// where that is worth a word.
func (w *worker) resumable(dir rundir.Dir, p *prepared) (bool, error) {
	m, err := dir.ReadManifest()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if m.ConfigHash != p.manifest.ConfigHash || m.DataHash != p.manifest.DataHash || m.Role != p.manifest.Role || m.Arm != p.manifest.Arm {
		return false, nil
	}
	if w.force {
		return true, nil
	}
	for _, name := range train.Decisive {
		if m.Versions[name] != p.manifest.Versions[name] {
			return false, fmt.Errorf("what is there was begun by %s, and this is %s", train.Called(name, m.Versions[name]), train.Called(name, p.manifest.Versions[name]))
		}
	}
	return true, nil
}

// lookEvery is how often orders are looked for while a child trains.
const lookEvery = time.Second

// train has a child train a run, and takes the orders that come meanwhile: whoever gives one sees it in the plan. A run that
// somebody else is training, as a child that has outlived its study's process, is waited for.
func (w *worker) train(ctx context.Context, dir rundir.Dir) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	if rundir.Locked(dir) {
		fmt.Fprintf(os.Stderr, "%s is being trained by another process: waiting for its end\n", dir.ID())
	}
	for rundir.Locked(dir) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
			_ = w.takeOrders() // what is wrong with one is said when its turn comes
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
		case <-look.C:
			_ = w.takeOrders()
		}
	}
}

// rename gives a run another directory, also where others name it as their parent.
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
