package train

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"ftft/internal/disk"
	"ftft/train/cost"
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
	Validations     []metric.Validation `json:"validations"`          // what early stopping has to go by
	Evaluating      bool                `json:"evaluating,omitempty"` // the evaluation after Step is not through
	Dynamics        string              `json:"dynamics,omitempty"`   // SHA-256 of the epoch at hand's file as it was, hexadecimal
	LogBytes        int64               `json:"log_bytes,omitempty"`  // of the log as it was
	LogHash         string              `json:"log_hash,omitempty"`   // and their SHA-256, hexadecimal
}

const (
	optimizerFile = "optimizer.safetensors"
	stateFile     = "state.json"
)

// keptLast is how many of the newest checkpoints stay, with the optimizer's state: where the last one is damaged, a run
// goes on from the one before.
const keptLast = 2

// A writing is a checkpoint that is being written beside the loop, of copies of what the loop goes on to change.
type writing struct {
	state      state
	parameters []nn.Tensor
	moments    []nn.Tensor
	last       bool
	done       chan error // one value: how it went
}

// save begins to write the model and the optimizer's state after the current step, as a folder that transformers opens; the
// one before, if it is still being written, is waited for. The log and the dynamics up to here are on the disk before.
func (r *run) save(best bool) error { return r.begin(best, false) }

// saveNow is save, and waits until the checkpoint is there.
func (r *run) saveNow(last bool) error {
	if err := r.begin(false, last); err != nil {
		return err
	}
	return r.wait()
}

func (r *run) begin(best, last bool) error {
	if err := r.wait(); err != nil {
		return err
	}
	if err := r.out.flush(); err != nil {
		return err
	}
	if best {
		r.best = r.step
	}
	now, err := r.state()
	if err != nil {
		return err
	}
	now.LogBytes, now.LogHash = r.saved.LogBytes, r.saved.LogHash
	if reflect.DeepEqual(now, r.saved) {
		return r.logCheckpoint(now, last)
	}
	if now.LogBytes, now.LogHash, err = r.out.syncLog(); err != nil {
		return err
	}
	w := r.copies()
	w.state, w.last, w.done = now, last, make(chan error, 1)
	r.saved, r.savedAt, r.writing = now, time.Now(), w
	go func() { w.done <- r.write(w) }()
	return nil
}

// copies are of what the loop goes on to change, in the memory of the last ones.
func (r *run) copies() *writing {
	r.copied.parameters = copyTensors(r.copied.parameters, nn.Tensors(r.net.Parameters()))
	r.copied.moments = copyTensors(r.copied.moments, r.adam.Tensors())
	return &writing{parameters: r.copied.parameters, moments: r.copied.moments}
}

func copyTensors(to, from []nn.Tensor) []nn.Tensor {
	if to == nil {
		to = slices.Clone(from)
		for i := range to {
			to[i].Values = make([]float32, len(from[i].Values))
		}
	}
	for i := range to {
		copy(to[i].Values, from[i].Values)
	}
	return to
}

// written takes in a checkpoint that is there by now.
func (r *run) written() error {
	if r.writing == nil || len(r.writing.done) == 0 {
		return nil
	}
	return r.wait()
}

// wait takes in the checkpoint that is being written, if one is.
func (r *run) wait() error {
	w := r.writing
	if w == nil {
		return nil
	}
	err := <-w.done
	r.writing = nil
	if disk.Full(err) {
		err = r.out.retry(func() error { return r.write(w) })
	}
	if err != nil {
		return fmt.Errorf("save the model of step %d: %w", w.state.Step, err)
	}
	if n := len(r.checkpoints); n == 0 || r.checkpoints[n-1] != w.state.Step {
		r.checkpoints = append(r.checkpoints, w.state.Step)
	}
	if err := r.out.retry(r.prune); err != nil {
		return err
	}
	return r.logCheckpoint(w.state, w.last)
}

// write makes the folder of a checkpoint, the marker last. It begins only where there is room for all of it.
func (r *run) write(w *writing) error {
	if err := disk.Room(string(r.dir), cost.Disk(r.net.Spec, 0, 0)); err != nil {
		return err
	}
	return disk.WriteFolder(r.dir.Checkpoint(w.state.Step), func(folder string) error {
		if err := nn.Save(folder, r.net.Spec, w.parameters); err != nil {
			return err
		}
		if err := nn.SaveTensors(filepath.Join(folder, optimizerFile), w.moments); err != nil {
			return err
		}
		if err := disk.WriteFile(filepath.Join(folder, "tokenizer.json"), r.model.Tokenizer.JSON()); err != nil {
			return err
		}
		if err := disk.WriteJSON(filepath.Join(folder, stateFile), w.state); err != nil {
			return err
		}
		if err := rundir.Seal(folder); err != nil {
			return err
		}
		return r.out.lock.Check()
	})
}

// state is where the run stands, the epoch at hand's dynamics on the disk.
func (r *run) state() (state, error) {
	s := state{
		Step: r.step, Epoch: r.step / r.stepsPerEpoch, Tokens: r.tokens, Best: r.best, Last: r.step,
		Seconds: r.seconds, FLOPs: r.flops, EvaluationFLOPs: r.evaluationFLOPs,
		Validations: r.validations, Evaluating: r.evaluating,
	}
	var err error
	s.Dynamics, err = r.out.syncEpoch(s.Epoch)
	return s, err
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

func (r *run) logCheckpoint(s state, last bool) error {
	relative, err := filepath.Rel(string(r.dir), r.dir.Checkpoint(s.Step))
	if err != nil {
		return err
	}
	return r.out.eventAt(s.Step, &rundir.Checkpoint{Path: relative, Best: s.Best == s.Step, Last: last})
}

// due says whether it is time for a checkpoint: every tenth of the budget, and every few minutes.
func (r *run) due() bool {
	every := max(r.maxSteps/checkpointsByStep, 1)
	return r.step < r.maxSteps && r.saved.Step != r.step && (r.step%every == 0 || time.Since(r.savedAt) > r.checkpointEvery)
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
