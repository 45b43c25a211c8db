package train

import (
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ftft/datamap/dynamics"
	"ftft/internal/disk"
	"ftft/train/rundir"
)

// restore continues from the newest whole checkpoint; from is nil if there is none, and the run starts at step 0. It removes
// what earlier attempts wrote beyond that step and checks what they wrote before it. The warnings belong into the log.
func (r *run) restore() (from *state, warnings []string, err error) {
	from, warnings, err = r.checkpoints.restore()
	if err != nil {
		return nil, nil, err
	}
	if from != nil {
		r.state = *from
		r.at(from.Step)
		r.adam.Resume(from.Step)
	}
	if err := r.clear(); err != nil {
		return nil, nil, err
	}
	lost, err := r.takeLog()
	return from, append(warnings, lost...), err
}

// takeLog takes from the log which sets of an evaluation that was broken off are through, and checks that it and the dynamics up
// to the step to go on from are what they were: what cannot be made again without training again is for the user to decide.
// warnings are about logits of evaluations, whose scores are in the log.
func (r *run) takeLog() (warnings []string, err error) {
	if err := r.checkFile(r.dir.Events(), r.LogBytes, r.LogHash); err != nil {
		return nil, err
	}
	events, err := rundir.ReadEvents(r.dir)
	if err != nil {
		return nil, err
	}
	hashes := map[int]string{}
	r.scored = map[string]*rundir.Evaluation{}
	for _, e := range events {
		switch body := e.Body.(type) {
		case *rundir.Epoch:
			if e.Step <= r.Step {
				hashes[body.Epoch] = body.Hash
			}
		case *rundir.Evaluation:
			if e.Step == r.Step && r.Evaluating {
				r.scored[body.Set] = body
			}
			path := r.dir.EvalLogits(body.Set, e.Step)
			if got, err := rundir.HashFile(path); e.Step <= r.Step && body.Hash != "" && (err != nil || got != body.Hash) {
				warnings = append(warnings, fmt.Sprintf("%s is not what was written: its scores are in the log, its logits are lost", path))
			}
		}
	}
	if r.Dynamics != "" {
		hashes[r.Epoch] = r.Dynamics
	}
	for _, epoch := range slices.Sorted(maps.Keys(hashes)) {
		if err := r.checkFile(r.dir.Epoch(epoch), math.MaxInt64, hashes[epoch]); err != nil {
			return nil, err
		}
	}
	return warnings, nil
}

// checkFile says whether the beginning of a file is still what its hash was taken of, if it was.
func (r *run) checkFile(path string, bytes int64, want string) error {
	if want == "" {
		return nil
	}
	got, err := rundir.HashBeginning(path, bytes)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s is not what was written up to step %d: restore it from a copy, or move %s away to go on from an older state, or from none", path, r.Step, r.dir.Checkpoint(r.Step))
	}
	return nil
}

// clear takes away what earlier attempts wrote beyond the step to go on from: no reader should take it for this one's.
func (r *run) clear() error {
	epoch := r.Step / r.stepsPerEpoch
	for e := 0; e < epoch || e == epoch && r.Step%r.stepsPerEpoch > 0; e++ {
		if _, err := os.Stat(r.dir.Epoch(e)); err != nil {
			return fmt.Errorf("the dynamics up to step %d cannot be gone on with: %w", r.Step, err)
		}
	}
	for next := (r.maxSteps + r.stepsPerEpoch - 1) / r.stepsPerEpoch; next >= epoch; next-- {
		path := r.dir.Epoch(next)
		if next == epoch && r.Step%r.stepsPerEpoch > 0 {
			if err := r.unsee(path, epoch); err != nil {
				return err
			}
		} else if err := disk.Remove(path); err != nil {
			return err
		}
	}
	if err := r.removeDrafts(); err != nil {
		return err
	}
	entries, err := os.ReadDir(r.dir.Evals())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), ".npy")
		at := strings.LastIndexByte(name, '-')
		if step, err := strconv.Atoi(name[at+1:]); ok && err == nil && at > 0 && step > r.Step {
			if err := disk.Remove(filepath.Join(r.dir.Evals(), entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeDrafts removes what a killed training was at. Other drafts in the run directory may be a living process's.
func (r *run) removeDrafts() error {
	folders := []string{r.dir.Checkpoints(), r.dir.Dynamics(), r.dir.Evals()}
	return filepath.WalkDir(string(r.dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		of, isDraft := disk.DraftOf(entry.Name())
		final := filepath.Join(filepath.Dir(path), of)
		in := func(folder string) bool { return strings.HasPrefix(final, folder+string(filepath.Separator)) }
		if !isDraft || final != r.dir.Reserve() && final != r.dir.Settings() && !slices.ContainsFunc(folders, in) {
			return nil
		}
		if err := disk.RemoveAll(path); err != nil || !entry.IsDir() {
			return err
		}
		return fs.SkipDir
	})
}

// unsee marks the rows of the epoch at hand that come after the step as not seen, and opens its file.
func (r *run) unsee(path string, epoch int) error {
	store, err := dynamics.Open(path, r.set.Len(), len(r.config.Labels))
	if err != nil {
		return err
	}
	r.out.epoch = store
	unseen := slices.Repeat([]float32{dynamics.UnseenValue()}, len(r.config.Labels))
	order := NewOrder(len(r.rows), r.manifest.Seed, epoch, r.train.Shuffle)
	for i := r.Step % r.stepsPerEpoch * r.train.BatchSize; i < len(r.rows); i++ {
		if err := store.WriteRow(r.rows[order.At(i)], unseen); err != nil {
			return err
		}
	}
	return nil
}
