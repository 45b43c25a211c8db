package train

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ftft/train/nn"
	"ftft/train/rundir"
)

// state is state.json of a checkpoint: where a run stands.
type state struct {
	Step   int   `json:"step"`
	Epoch  int   `json:"epoch"` // from 0, the one that the next step belongs to
	Tokens int64 `json:"tokens"`
	Best   int   `json:"best"` // step of the best checkpoint; 0 = none
	Last   int   `json:"last"` // step of the last one
}

// save writes the model after the current step as a folder that transformers opens, and removes the checkpoints that
// are neither the best nor the last.
func (r *run) save(best, last bool) error {
	path := r.dir.Checkpoint(r.step)
	if err := r.pace.Flush(); err != nil {
		return err
	}
	if best {
		r.best = r.step
	}
	if n := len(r.checkpoints); n > 0 && r.checkpoints[n-1] == r.step { // it has just been saved as the best
		return r.logCheckpoint(last)
	}
	now := state{Step: r.step, Epoch: r.step / r.stepsPerEpoch, Tokens: r.tokens, Best: r.best, Last: r.step}
	err := rundir.WriteFolder(path, func(temporary string) error {
		if err := nn.Save(temporary, r.net.Spec, r.net.Parameters()); err != nil {
			return err
		}
		if err := rundir.WriteFile(filepath.Join(temporary, "tokenizer.json"), r.model.Tokenizer.JSON()); err != nil {
			return err
		}
		return rundir.WriteJSON(filepath.Join(temporary, "state.json"), now)
	})
	if err != nil {
		return fmt.Errorf("save the model: %w", err)
	}
	var kept []int
	for _, step := range append(r.checkpoints, r.step) {
		if step == r.best || step == r.step {
			kept = append(kept, step)
		} else if err := os.RemoveAll(r.dir.Checkpoint(step)); err != nil {
			return err
		}
	}
	r.checkpoints = slices.Compact(kept)
	return r.logCheckpoint(last)
}

func (r *run) logCheckpoint(last bool) error {
	relative, err := filepath.Rel(string(r.dir), r.dir.Checkpoint(r.step))
	if err != nil {
		return err
	}
	return r.pace.Append(r.step, &rundir.Checkpoint{Path: relative, Best: r.best == r.step, Last: last})
}
