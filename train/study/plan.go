package study

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/train/rundir"
)

// Create writes the plan of an experiment under root and returns its directory. If the same config was planned before, that plan is
// used again; else the directory is new and named after the config. The plan has the commits of models of the hub's cache.
func Create(root string, cfg configs.Config) (dir rundir.StudyDir, err error) {
	if err := disk.MkdirAll(root); err != nil {
		return "", disk.Explain("create the folder of runs", err)
	}
	if cfg, err = cfg.Pinned(); err != nil {
		return "", err
	}
	exists := false
	err = disk.Exclusively(root, func() error {
		dir, exists, err = create(root, cfg)
		return err
	})
	if err == nil && exists {
		err = Reset(dir)
	}
	return dir, err
}

// create finds the plan of an experiment, or writes it into a new directory.
func create(root string, cfg configs.Config) (dir rundir.StudyDir, exists bool, err error) {
	text := cfg.TOML()
	for i := 1; ; i++ {
		name := cfg.Name
		if i > 1 {
			name = fmt.Sprintf("%s-%d", cfg.Name, i)
		}
		dir := rundir.StudyDir(filepath.Join(root, name))
		existing, err := dir.ReadStudy()
		if err == nil && bytes.Equal([]byte(existing.Config), text) {
			return dir, true, nil
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", false, err
		}
		unplanned, err := dir.Unplanned() // a process was killed before it wrote the plan
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", false, err
		}
		if err == nil && !unplanned {
			continue // something else has the name
		}
		plan := rundir.Study{Name: name, Config: string(text), Seeds: cfg.Seeds, Created: time.Now().UTC(), State: rundir.Pending}
		for _, seed := range cfg.Seeds {
			plan.Runs = append(plan.Runs, planned(name, cfg, seed)...)
		}
		return dir, false, errors.Join(disk.MkdirAll(string(dir)), dir.WriteStudy(plan))
	}
}

// Reset marks all runs of a study as pending, so that Run carries out what is left: it reuses the complete ones. A study that
// another process carries out stays as it is.
func Reset(dir rundir.StudyDir) (err error) {
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
	if len(plan.Runs) == 0 {
		return dir.NoRuns()
	}
	plan.State = rundir.Pending
	for i := range plan.Runs {
		plan.Runs[i].State, plan.Runs[i].Reused = rundir.Pending, false
	}
	return dir.WriteStudy(plan)
}

// planned lists the runs of one seed in the order of the plan. EarlyERM is not a run: reports replay ERM's log with early
// stopping.
func planned(name string, cfg configs.Config, seed int64) []rundir.StudyRun {
	prefix := name + "-"
	if len(cfg.Seeds) > 1 {
		prefix += fmt.Sprintf("s%d-", seed)
	}
	reference := rundir.StudyRun{ID: prefix + rundir.Reference, Role: rundir.Reference, Seed: seed, State: rundir.Pending}
	runs := []rundir.StudyRun{reference}
	arms := slices.DeleteFunc(slices.Clone(cfg.Arms.Run), func(arm rundir.Arm) bool { return arm == rundir.EarlyERM })
	needsERM := slices.Contains(cfg.Arms.Run, rundir.DM) || slices.Contains(cfg.Arms.Run, rundir.EarlyERM)
	if needsERM && !slices.Contains(arms, rundir.ERM) {
		arms = append(arms, rundir.ERM)
	}
	if i := slices.Index(arms, rundir.DM); i >= 0 { // last, for it selects by the ERM run
		arms = append(slices.Delete(arms, i, i+1), rundir.DM)
	}
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
