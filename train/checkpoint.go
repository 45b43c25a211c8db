package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"ftft/internal/crash"
	"ftft/internal/disk"
	"ftft/train/cost"
	"ftft/train/nn"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
	"ftft/train/tokenizer"
)

// optimizerFile is a checkpoint's file that holds the optimizer's state. A checkpoint without it predicts but cannot be
// resumed from.
const optimizerFile = "optimizer.safetensors"

const (
	// resumable is the number of newest checkpoints that keep the optimizer's state: where the last one is damaged, a run
	// resumes from the one before.
	resumable = 2
	// checkpointsByStep is the number of checkpoints in a budget, however little time it takes.
	checkpointsByStep = 10
)

// checkpoints stores a run's models. Each checkpoint is a folder in Hugging Face's layout with the optimizer's state and
// state.json. It is written from copies, beside the training, and one at a time. The best one stays, and so do the newest
// two.
type checkpoints struct {
	dir       rundir.Dir
	out       *output
	spec      spec.Spec
	tokenizer *tokenizer.Tokenizer

	parameters, moments             []nn.Tensor     // of the network and the optimizer, not copies
	frozen                          map[string]bool // names of the parameters that are not trained
	parametersCopied, momentsCopied []nn.Tensor     // what the pending checkpoint is written from; reused
	pending                         *pending        // nil: none is being written

	steps    []int         // of the checkpoints on the disk that count, ascending
	newest   state         // of the newest one, pending or written
	newestAt time.Time     // when its writing began
	maxSteps int           // the run's budget
	interval time.Duration // a checkpoint is due at least this often
}

// pending is a checkpoint that is being written.
type pending struct {
	state state
	last  bool
	done  chan error // receives one value
}

// due reports whether it is time for a checkpoint after a step: every tenth of the budget, and every few minutes.
func (c *checkpoints) due(step int) bool {
	every := max(c.maxSteps/checkpointsByStep, 1)
	return step < c.maxSteps && c.newest.Step != step && (step%every == 0 || time.Since(c.newestAt) > c.interval)
}

// begin starts to write a checkpoint of the current parameters and of now. It first waits for the pending one, and syncs the
// log and the dynamics, so that the disk never holds a checkpoint without what led to it. A state that is the newest one's
// is only logged. last marks the checkpoint at the end of the attempt.
func (c *checkpoints) begin(now state, last bool) (err error) {
	if err := c.wait(); err != nil {
		return err
	}
	if err := c.out.flush(); err != nil {
		return err
	}
	now.Last = now.Step
	if now.Dynamics, err = c.out.syncEpoch(now.Epoch); err != nil {
		return err
	}
	now.LogBytes, now.LogHash = c.newest.LogBytes, c.newest.LogHash
	if reflect.DeepEqual(now, c.newest) {
		return c.log(now, last)
	}
	if now.LogBytes, now.LogHash, err = c.out.syncLog(); err != nil {
		return err
	}
	c.parametersCopied = c.copy(c.parametersCopied, c.parameters)
	c.momentsCopied = c.copy(c.momentsCopied, c.moments)
	p := &pending{state: now, last: last, done: make(chan error, 1)}
	c.newest, c.newestAt, c.pending = now, time.Now(), p
	go func() {
		var err error
		defer func() { p.done <- err }()
		defer crash.Catch(&err)
		err = c.write(now)
	}()
	return nil
}

// copy copies values into the memory of earlier copies; nil allocates it. Those that never change are not copied.
func (c *checkpoints) copy(to, from []nn.Tensor) []nn.Tensor {
	if to == nil {
		to = slices.Clone(from)
		for i := range to {
			if !c.frozen[to[i].Name] {
				to[i].Values = make([]float32, len(from[i].Values))
			}
		}
	}
	for i := range to {
		if !c.frozen[to[i].Name] {
			copy(to[i].Values, from[i].Values)
		}
	}
	return to
}

// collect is wait for a pending checkpoint that has been written already; it does not block.
func (c *checkpoints) collect() error {
	if c.pending == nil || len(c.pending.done) == 0 {
		return nil
	}
	return c.wait()
}

// wait blocks until the pending checkpoint has been written. It then removes those that it makes superfluous and logs it.
func (c *checkpoints) wait() error {
	p := c.pending
	if p == nil {
		return nil
	}
	err := <-p.done
	c.pending = nil
	if disk.Full(err) {
		err = c.out.retry(func() error { return c.write(p.state) })
	}
	if err != nil {
		return fmt.Errorf("save the model of step %d: %w", p.state.Step, err)
	}
	if n := len(c.steps); n == 0 || c.steps[n-1] != p.state.Step {
		c.steps = append(c.steps, p.state.Step)
	}
	if err := c.out.retry(c.prune); err != nil {
		return err
	}
	return c.log(p.state, p.last)
}

// close waits for the pending checkpoint without looking at how it went.
func (c *checkpoints) close() {
	if c.pending != nil {
		<-c.pending.done
	}
}

// write writes a checkpoint's folder, provided that the disk has room for all of it. It is safe beside the training.
func (c *checkpoints) write(s state) error {
	if err := disk.RequireSpace(string(c.dir), cost.Disk(c.spec, 0, 0)); err != nil {
		return err
	}
	return disk.WriteFolder(c.dir.Checkpoint(s.Step), func(folder string) error {
		if err := nn.Save(folder, c.spec, c.parametersCopied); err != nil {
			return err
		}
		if err := nn.SaveTensors(filepath.Join(folder, optimizerFile), c.momentsCopied); err != nil {
			return err
		}
		if err := disk.WriteFile(filepath.Join(folder, "tokenizer.json"), c.tokenizer.JSON()); err != nil {
			return err
		}
		settings := c.tokenizer.Settings(c.spec.Longest(), c.spec.Pad, !c.spec.OneType())
		if err := disk.WriteFile(filepath.Join(folder, "tokenizer_config.json"), settings); err != nil {
			return err
		}
		if err := disk.WriteJSON(filepath.Join(folder, stateFile), s); err != nil {
			return err
		}
		if err := rundir.Seal(folder); err != nil {
			return err
		}
		return c.out.lock.Check()
	})
}

// log logs a checkpoint.
func (c *checkpoints) log(s state, last bool) error {
	relative, err := filepath.Rel(string(c.dir), c.dir.Checkpoint(s.Step))
	if err != nil {
		return err
	}
	return c.out.eventAt(s.Step, &rundir.Checkpoint{Path: relative, Best: s.Best == s.Step, Last: last})
}

// prune removes the checkpoints that are neither the best nor resumable, and the optimizer's state of a best one that is not
// resumable. The run may resume from an older checkpoint, so what was the best at each resumable one stays.
func (c *checkpoints) prune() error {
	newest := max(len(c.steps)-resumable, 0)
	var best []int
	for _, step := range c.steps[newest:] {
		s, err := readState(c.dir.Checkpoint(step))
		if err != nil {
			return err
		}
		best = append(best, s.Best)
	}
	var kept []int
	for i, step := range c.steps {
		switch path := c.dir.Checkpoint(step); {
		case i >= newest:
			kept = append(kept, step)
		case slices.Contains(best, step):
			kept = append(kept, step)
			if err := rundir.Unseal(path, optimizerFile); err != nil {
				return err
			}
		default:
			if err := disk.RemoveFolder(path); err != nil {
				return err
			}
		}
	}
	c.steps = kept
	return nil
}

// restore loads the newest whole checkpoint that has the optimizer's state, and returns its state; nil if there is none. It
// renames damaged checkpoints and returns a warning for each.
func (c *checkpoints) restore() (from *state, warnings []string, err error) {
	steps, err := c.dir.CheckpointSteps()
	if err != nil {
		return nil, nil, err
	}
	current := func(step int) bool { return c.hasOptimizer(step) || rundir.Sealed(c.dir.Checkpoint(step)) }
	if len(steps) > 0 && !slices.ContainsFunc(steps, current) { // a folder appears whole, so that these files never existed
		return nil, nil, fmt.Errorf("%s has checkpoints of an old version of ftft, without the optimizer's state: "+
			"they can predict but not be resumed; start the experiment again", c.dir)
	}
	for _, step := range slices.Backward(steps) {
		folder := c.dir.Checkpoint(step)
		err := checkpointError(rundir.Verify(folder))
		if err == nil && from == nil && c.hasOptimizer(step) {
			from, err = c.load(folder)
		}
		switch {
		case errors.As(err, new(*damagedError)):
			aside, renameErr := c.putAside(folder)
			if renameErr != nil {
				return nil, nil, renameErr
			}
			warnings = append(warnings, fmt.Sprintf("the checkpoint of step %d is damaged and was renamed to %s: %v", step, aside, err))
		case err != nil:
			return nil, nil, err
		case from != nil:
			c.steps = append(c.steps, step)
		}
	}
	slices.Reverse(c.steps)
	if from != nil {
		c.newest = *from
	}
	return from, warnings, nil
}

// hasOptimizer reports whether a checkpoint has the optimizer's state.
func (c *checkpoints) hasOptimizer(step int) bool {
	_, err := os.Stat(filepath.Join(c.dir.Checkpoint(step), optimizerFile))
	return err == nil
}

// load fills the tensors from a checkpoint that rundir.Verify accepts, and returns its state.
func (c *checkpoints) load(folder string) (*state, error) {
	s, err := readState(folder)
	if err != nil {
		return nil, &damagedError{err}
	}
	if s.Step > c.maxSteps {
		return nil, fmt.Errorf("%s is of step %d, beyond the budget of %d steps: the config has changed", folder, s.Step, c.maxSteps)
	}
	if err := nn.LoadTensors(filepath.Join(folder, "model.safetensors"), c.parameters); err != nil {
		return nil, err
	}
	if err := nn.LoadTensors(filepath.Join(folder, optimizerFile), c.moments); err != nil {
		return nil, err
	}
	return &s, nil
}

// damagedError is the error of a checkpoint whose contents are wrong.
type damagedError struct{ error }

// checkpointError returns err as a *damagedError if the checkpoint's contents are wrong, and as it is if they could not be read.
func checkpointError(err error) error {
	if errors.Is(err, rundir.ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
		return &damagedError{err}
	}
	return err
}

// putAside renames a damaged checkpoint and returns its new name.
func (c *checkpoints) putAside(folder string) (name string, err error) {
	name = rundir.Damaged + filepath.Base(folder)
	aside := filepath.Join(c.dir.Checkpoints(), name)
	if err := disk.RemoveAll(aside); err != nil {
		return "", err
	}
	return name, disk.Rename(folder, aside)
}
