package train

import (
	"errors"
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
	"ftft/train/nn"
	"ftft/train/rundir"
)

// restore takes the run up where its newest whole checkpoint left it. Without one it begins anew, from step 0. warnings
// are what the log should say about checkpoints that were passed over.
func (r *run) restore() (from string, warnings []string, err error) {
	steps, err := r.dir.CheckpointSteps()
	if err != nil {
		return "", nil, err
	}
	sealed := func(step int) bool { // an old version's has no state of the optimizer either
		_, err := os.Stat(filepath.Join(r.dir.Checkpoint(step), optimizerFile))
		return err == nil || rundir.Sealed(r.dir.Checkpoint(step))
	}
	if len(steps) > 0 && !slices.ContainsFunc(steps, sealed) { // a folder appears whole: it was never there
		return "", nil, fmt.Errorf("%s has checkpoints of a version of ftft that kept no state of the optimizer: they predict, and cannot be gone on from; start the experiment again", r.dir)
	}
	for _, step := range slices.Backward(steps) {
		folder := r.dir.Checkpoint(step)
		err := checkpointError(rundir.Verify(folder))
		if err == nil && from == "" {
			if _, missing := os.Stat(filepath.Join(folder, optimizerFile)); missing == nil {
				err, from = r.load(folder), folder
			} // else it is the best one, whole, and kept for its weights alone
		}
		switch {
		case errors.As(err, new(*damagedError)):
			aside, renameErr := r.putAside(folder)
			if renameErr != nil {
				return "", nil, renameErr
			}
			warnings = append(warnings, fmt.Sprintf("the checkpoint of step %d is damaged and put aside as %s: %v", step, aside, err))
			if from == folder {
				from = ""
			}
		case err != nil:
			return "", nil, err
		case from != "":
			r.checkpoints = append(r.checkpoints, step)
		}
	}
	slices.Sort(r.checkpoints)
	if from == "" {
		r.step = 0
	}
	if err := r.clear(); err != nil {
		return "", nil, err
	}
	lost, err := r.takeLog()
	return from, append(warnings, lost...), err
}

// takeLog takes from the log which sets of an evaluation that was broken off are through, and checks that it and the dynamics up
// to the step to go on from are what they were: what cannot be made again without training again is for the user to decide.
// warnings are about logits of evaluations, whose scores are in the log.
func (r *run) takeLog() (warnings []string, err error) {
	if err := r.checkFile(r.dir.Events(), r.saved.LogBytes, r.saved.LogHash); err != nil {
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
			if e.Step <= r.step {
				hashes[body.Epoch] = body.Hash
			}
		case *rundir.Evaluation:
			if e.Step == r.step && r.evaluating {
				r.scored[body.Set] = body
			}
			path := r.dir.EvalLogits(body.Set, e.Step)
			if got, err := rundir.HashFile(path); e.Step <= r.step && body.Hash != "" && (err != nil || got != body.Hash) {
				warnings = append(warnings, fmt.Sprintf("%s is not what was written: its scores are in the log, its logits are lost", path))
			}
		}
	}
	if r.saved.Dynamics != "" {
		hashes[r.saved.Epoch] = r.saved.Dynamics
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
		return fmt.Errorf("%s is not what was written up to step %d: restore it from a copy, or move %s away to go on from an older state, or from none", path, r.step, r.dir.Checkpoint(r.step))
	}
	return nil
}

// damagedError is a checkpoint that cannot be gone on from.
type damagedError struct{ error }

// checkpointError tells a damaged checkpoint from one that could not be read, which says nothing of what is in it.
func checkpointError(err error) error {
	if errors.Is(err, rundir.ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
		return &damagedError{err}
	}
	return err
}

// putAside renames a damaged checkpoint, and gives its new name.
func (r *run) putAside(folder string) (name string, err error) {
	name = rundir.Damaged + filepath.Base(folder)
	aside := filepath.Join(r.dir.Checkpoints(), name)
	if err := disk.RemoveAll(aside); err != nil {
		return "", err
	}
	return name, disk.Rename(folder, aside)
}

// load fills the network, the optimizer and the counts from a checkpoint that Verify has nothing against.
func (r *run) load(folder string) error {
	s, err := readState(folder)
	if err != nil {
		return &damagedError{err}
	}
	if s.Step > r.maxSteps {
		return fmt.Errorf("%s stands at step %d of a budget of %d: the config has changed", folder, s.Step, r.maxSteps)
	}
	if err := nn.LoadTensors(filepath.Join(folder, "model.safetensors"), nn.Tensors(r.net.Parameters())); err != nil {
		return err
	}
	if err := nn.LoadTensors(filepath.Join(folder, optimizerFile), r.adam.Tensors()); err != nil {
		return err
	}
	r.adam.Resume(s.Step)
	r.at(s.Step)
	r.tokens, r.seconds, r.flops, r.evaluationFLOPs, r.best = s.Tokens, s.Seconds, s.FLOPs, s.EvaluationFLOPs, s.Best
	r.validations = s.Validations
	r.saved, r.evaluating = s, s.Evaluating
	return nil
}

// clear takes away what earlier attempts wrote beyond the step to go on from: no reader should take it for this one's.
func (r *run) clear() error {
	epoch := r.step / r.stepsPerEpoch
	for e := 0; e < epoch || e == epoch && r.step%r.stepsPerEpoch > 0; e++ {
		if _, err := os.Stat(r.dir.Epoch(e)); err != nil {
			return fmt.Errorf("the dynamics up to step %d cannot be gone on with: %w", r.step, err)
		}
	}
	for next := (r.maxSteps + r.stepsPerEpoch - 1) / r.stepsPerEpoch; next >= epoch; next-- {
		path := r.dir.Epoch(next)
		if next == epoch && r.step%r.stepsPerEpoch > 0 {
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
		if step, err := strconv.Atoi(name[at+1:]); ok && err == nil && at > 0 && step > r.step {
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
	for i := r.step % r.stepsPerEpoch * r.train.BatchSize; i < len(r.rows); i++ {
		if err := store.WriteRow(r.rows[order.At(i)], unseen); err != nil {
			return err
		}
	}
	return nil
}
