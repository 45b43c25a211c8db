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
	"ftft/train/rundir"
)

// resume continues from the newest whole checkpoint and logs that. Without one it starts the run at step 0. It removes what
// earlier attempts, whose log is past, wrote beyond the checkpoint's step, so that no reader takes it for this attempt's.
func (r *run) resume(past *rundir.Record) error {
	if err := r.plan.dir.Make(); err != nil { // the user may have removed a folder, such as all checkpoints
		return err
	}
	from, warnings, err := r.checkpoints.restore()
	if err != nil {
		return err
	}
	if from != nil {
		r.state = *from
		r.at(from.Step)
		r.adam.Resume(from.Step)
	}
	if err := r.removeLaterEpochs(); err != nil {
		return err
	}
	if err := removeDrafts(r.plan.dir); err != nil {
		return err
	}
	if err := removeLaterEvaluations(r.plan.dir.Evals(), r.Step); err != nil {
		return err
	}
	lost, err := r.verify(past)
	if err != nil {
		return err
	}
	if from == nil {
		err = r.start()
	} else {
		err = r.logResume()
	}
	return errors.Join(err, r.out.warn(append(warnings, lost...)))
}

func (r *run) logResume() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	checkpoint, err := filepath.Rel(string(r.plan.dir), r.plan.dir.Checkpoint(r.Step))
	if err != nil {
		return err
	}
	return r.out.event(&rundir.Resume{PID: os.Getpid(), Host: host, Threads: r.net.Threads(), Checkpoint: checkpoint})
}

// verify verifies the log and the dynamics up to the checkpoint, and collects the sets already scored in the running
// evaluation. Altered files are an error, for only training again would restore them; altered logits of an evaluation are a
// warning, for the log has their scores.
func (r *run) verify(past *rundir.Record) (warnings []string, err error) {
	dir := r.plan.dir
	if err := r.verifyFile(dir.Events(), r.LogBytes, r.LogHash); err != nil {
		return nil, err
	}
	r.scored = map[string]*rundir.Evaluation{}
	for _, e := range past.Evaluations {
		if e.Step > r.Step {
			continue
		}
		if e.Step == r.Step && r.Evaluating {
			r.scored[e.Set] = &e.Evaluation
		}
		path := dir.EvalLogits(e.Set, e.Step)
		if got, err := rundir.HashFile(path); e.Hash != "" && (err != nil || got != e.Hash) {
			warnings = append(warnings, fmt.Sprintf("%s has been altered: its scores are in the log, its logits are lost", path))
		}
	}
	hashes := map[int]string{}
	for _, end := range past.EpochEnds {
		if end.Step <= r.Step {
			hashes[end.Number] = end.Hash
		}
	}
	if r.Dynamics != "" {
		hashes[r.Epoch] = r.Dynamics
	}
	for _, epoch := range slices.Sorted(maps.Keys(hashes)) {
		if err := r.verifyFile(dir.Epoch(epoch), math.MaxInt64, hashes[epoch]); err != nil {
			return nil, err
		}
	}
	return warnings, nil
}

// verifyFile returns an error if the SHA-256 of a file's first bytes is not want. An empty want matches everything.
func (r *run) verifyFile(path string, bytes int64, want string) error {
	if want == "" {
		return nil
	}
	got, err := rundir.HashBeginning(path, bytes)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s has been altered before step %d: restore it from a copy, or move %s away "+
			"to resume from an older checkpoint, or from none", path, r.Step, r.plan.dir.Checkpoint(r.Step))
	}
	return nil
}

// removeLaterEpochs removes the dynamics beyond the current step. It returns an error if dynamics before it are missing.
func (r *run) removeLaterEpochs() error {
	dir, running := r.plan.dir, r.Step/r.schedule.stepsPerEpoch
	partial := r.Step%r.schedule.stepsPerEpoch > 0
	for epoch := 0; epoch < running || epoch == running && partial; epoch++ {
		if _, err := os.Stat(dir.Epoch(epoch)); err != nil {
			return fmt.Errorf("the dynamics up to step %d are incomplete: %w", r.Step, err)
		}
	}
	for epoch := r.schedule.epochs(); epoch > running || epoch == running && !partial; epoch-- {
		if err := disk.Remove(dir.Epoch(epoch)); err != nil {
			return err
		}
	}
	if partial {
		return r.reopenEpoch(running)
	}
	return nil
}

// reopenEpoch opens the running epoch's file and marks the rows after the current step as not seen.
func (r *run) reopenEpoch(epoch int) error {
	store, err := dynamics.Open(r.plan.dir.Epoch(epoch), r.set.Len(), r.classes)
	if err != nil {
		return err
	}
	r.out.epoch = store
	unseen := slices.Repeat([]float32{dynamics.UnseenValue()}, r.classes)
	order := r.order(epoch)
	for i := r.Step % r.schedule.stepsPerEpoch * r.train.BatchSize; i < len(r.rows); i++ {
		if err := store.WriteRow(r.rows[order.At(i)], unseen); err != nil {
			return err
		}
	}
	return nil
}

// removeLaterEvaluations removes the logits of evaluations after a step.
func removeLaterEvaluations(folder string, step int) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, isArray := strings.CutSuffix(entry.Name(), ".npy")
		dash := strings.LastIndexByte(name, '-')
		if at, err := strconv.Atoi(name[dash+1:]); isArray && err == nil && dash > 0 && at > step {
			if err := disk.Remove(filepath.Join(folder, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeDrafts removes the files that a killed training was writing. Other drafts in the run directory may belong to a living
// process.
func removeDrafts(dir rundir.Dir) error {
	folders := []string{dir.Checkpoints(), dir.Dynamics(), dir.Evals()}
	return filepath.WalkDir(string(dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, isDraft := disk.DraftOf(entry.Name())
		final := filepath.Join(filepath.Dir(path), name)
		within := func(folder string) bool { return strings.HasPrefix(final, folder+string(filepath.Separator)) }
		if !isDraft || final != dir.Reserve() && final != dir.Settings() && final != dir.Preparing() && !slices.ContainsFunc(folders, within) {
			return nil
		}
		if err := disk.RemoveAll(path); err != nil || !entry.IsDir() {
			return err
		}
		return fs.SkipDir
	})
}
