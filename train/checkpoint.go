package train

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"ftft/datamap/disk"
	"ftft/train/metric"
	"ftft/train/nn"
	"ftft/train/rundir"
)

// state is state.json of a checkpoint: where a run stands.
type state struct {
	Step            int                 `json:"step"`
	Epoch           int                 `json:"epoch"` // from 0, the one that the next step belongs to
	Tokens          int64               `json:"tokens"`
	Best            int                 `json:"best"` // step of the best checkpoint; 0 = none
	Last            int                 `json:"last"` // step of the newest one when this was written: its own
	Seconds         float64             `json:"seconds"`
	FLOPs           float64             `json:"train_flops"`
	EvaluationFLOPs float64             `json:"evaluation_flops"`
	Validations     []metric.Validation `json:"validations"` // what early stopping has to go by
}

const (
	optimizerFile = "optimizer.safetensors"
	stateFile     = "state.json"
)

// keptLast is how many of the newest checkpoints stay, with the optimizer's state: where the last one is damaged, a run
// goes on from the one before.
const keptLast = 2

// save writes the model and the optimizer's state after the current step as a folder that transformers opens, and removes
// the checkpoints that are neither the best nor among the last.
func (r *run) save(best, last bool) error {
	if err := r.patiently(r.pace.Flush); err != nil {
		return err
	}
	if err := r.log.Sync(); err != nil {
		return err
	}
	if r.store != nil {
		if err := r.store.Sync(); err != nil {
			return err
		}
	}
	if best {
		r.best = r.step
	}
	r.saved, r.savedAt = r.step, time.Now()
	if n := len(r.checkpoints); n > 0 && r.checkpoints[n-1] == r.step { // it has just been saved
		return r.logCheckpoint(last)
	}
	err := r.patiently(func() error { return disk.WriteFolder(r.dir.Checkpoint(r.step), r.writeCheckpoint) })
	if err != nil {
		return fmt.Errorf("save the model: %w", err)
	}
	r.checkpoints = append(r.checkpoints, r.step)
	if err := r.prune(); err != nil {
		return err
	}
	return r.logCheckpoint(last)
}

// writeCheckpoint writes the files of one into a folder, the marker last.
func (r *run) writeCheckpoint(folder string) error {
	if err := nn.Save(folder, r.net.Spec, r.net.Parameters()); err != nil {
		return err
	}
	if err := nn.SaveTensors(filepath.Join(folder, optimizerFile), r.adam.Tensors()); err != nil {
		return err
	}
	if err := disk.WriteFile(filepath.Join(folder, "tokenizer.json"), r.model.Tokenizer.JSON()); err != nil {
		return err
	}
	if err := disk.WriteJSON(filepath.Join(folder, stateFile), r.state()); err != nil {
		return err
	}
	return rundir.Seal(folder)
}

func (r *run) state() state {
	return state{
		Step: r.step, Epoch: r.step / r.stepsPerEpoch, Tokens: r.tokens, Best: r.best, Last: r.step,
		Seconds: r.seconds, FLOPs: r.flops, EvaluationFLOPs: r.evaluationFLOPs,
		Validations: r.validations,
	}
}

// prune removes the checkpoints that are not needed, and the optimizer's state of a best one that nobody will go on from.
// What is the best to one of the last stays, too: the run may go on from that one.
func (r *run) prune() error {
	var kept []int
	newest := max(len(r.checkpoints)-keptLast, 0)
	best := []int{r.best}
	for _, step := range r.checkpoints[newest:] {
		s, err := readState(r.dir.Checkpoint(step))
		if err != nil {
			return err
		}
		best = append(best, s.Best)
	}
	for i, step := range r.checkpoints {
		switch path := r.dir.Checkpoint(step); {
		case i >= newest:
			kept = append(kept, step)
		case slices.Contains(best, step):
			kept = append(kept, step)
			if err := rundir.Unseal(path, optimizerFile); err != nil {
				return err
			}
		default:
			if err := disk.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	r.checkpoints = slices.Clip(kept)
	return nil
}

func (r *run) logCheckpoint(last bool) error {
	relative, err := filepath.Rel(string(r.dir), r.dir.Checkpoint(r.step))
	if err != nil {
		return err
	}
	return r.patiently(func() error {
		return r.pace.Append(r.step, &rundir.Checkpoint{Path: relative, Best: r.best == r.step, Last: last})
	})
}

// due says whether it is time for a checkpoint: every tenth of the budget, and every few minutes.
func (r *run) due() bool {
	every := max(r.maxSteps/checkpointsByStep, 1)
	return r.step < r.maxSteps && r.saved != r.step && (r.step%every == 0 || time.Since(r.savedAt) > r.checkpointEvery)
}

// checkpointsByStep is how many checkpoints a budget has, whatever time it takes.
const checkpointsByStep = 10

// readState reads state.json of a checkpoint that Verify has nothing against.
func readState(folder string) (s state, err error) {
	data, err := disk.ReadFile(filepath.Join(folder, stateFile))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("%s: %w", filepath.Join(folder, stateFile), err)
	}
	return s, nil
}
