// Package train is the loop: it trains the model of a prepared run directory, and writes there what happens.
package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/train/corpus"
	"ftft/train/nn"
	"ftft/train/nn/optim"
	"ftft/train/rundir"
)

// A run is one attempt at the training that a run directory describes.
type run struct {
	dir      rundir.Dir
	out      *output
	manifest rundir.Manifest
	config   configs.Config
	train    configs.Train
	model    *Model
	data     *corpus.Corpus
	set      *Encoded // the full training set
	rows     []int    // of it, those trained on
	evals    []*Encoded

	net  *nn.Net[float32]
	adam *optim.AdamW

	maxSteps, stepsPerEpoch int
	evaluationSteps         []int
	patience                int // 0 = this run never stops early

	state
	scored      map[string]*rundir.Evaluation // sets that an earlier attempt scored in the evaluation after Step
	checkpoints *checkpoints

	looked   time.Time // for requests
	paused   bool
	leaving  *leaving        // how the run is to end before its time, once that is decided
	ended    bool            // it takes no further step
	settings rundir.Settings // what requests have changed
	begun    bool            // this attempt has logged that it runs
	finish   rundir.Finish
}

// Run trains what a prepared run directory describes: manifest, config, examples, and the selection where there is one.
// When ctx ends, it finishes the step, saves the model and logs that it was interrupted. It returns how the run ended;
// an error means that it failed, which the log says too.
func Run(ctx context.Context, dir rundir.Dir) (rundir.Finish, error) { return attempt(ctx, dir, nil) }

// Resume is Run for a run that has begun and is not complete: it goes on from the newest whole checkpoint, and all that
// it writes has the bits of a run that was never interrupted. One without a checkpoint begins anew, one that has not
// begun begins. What decides its result must not have changed; force: another version of the program may go on with it.
func Resume(ctx context.Context, dir rundir.Dir, force bool) (rundir.Finish, error) {
	return attempt(ctx, dir, &resumption{force})
}

// resumption is how to go on with a run that has begun.
type resumption struct{ force bool }

// attempt runs once; resume is nil for a run that must not have begun.
func attempt(ctx context.Context, dir rundir.Dir, resume *resumption) (finish rundir.Finish, err error) {
	if _, err := dir.ReadManifest(); err != nil {
		return finish, fmt.Errorf("%s is no run directory: %w", dir, err)
	}
	lock, err := rundir.Lock(dir)
	if err != nil {
		return finish, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	old, err := dir.Requests() // as soon as the lock is held: who asks from now on means this attempt
	if err != nil {
		return finish, err
	}
	events, err := rundir.ReadLog(dir)
	if err != nil {
		return finish, err
	}
	if len(events) > 0 && resume == nil {
		return finish, fmt.Errorf("%s: this run has begun already; --resume goes on with it", dir)
	}
	before, err := dir.Status()
	if err != nil {
		return finish, err
	}
	if before.State == rundir.Complete {
		return finish, fmt.Errorf("%s: this run is complete", dir)
	}
	if resume != nil {
		if err := Unchanged(dir, resume.force); err != nil {
			return finish, err
		}
	}
	log, err := rundir.OpenLog(dir, 0)
	if err != nil {
		return finish, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()

	r := &run{dir: dir, out: newOutput(dir, lock, log, ctx.Done())}
	r.at(before.Step)
	defer r.close()
	if len(events) > 0 {
		if err := r.dismiss(old, events); err != nil {
			return finish, err
		}
	}
	ticket, status, err := r.queue(ctx)
	if err != nil {
		return finish, err
	}
	if status != "" {
		if before.Finish != nil { // what it had come to stays
			r.finish = *before.Finish
		}
		r.finish.Status, r.finish.Message = status, "while it waited for its turn"
		return r.finish, r.out.pace.Append(r.Step, &r.finish)
	}
	defer func() { err = errors.Join(err, ticket.Release()) }()
	r.at(0)
	if err := r.prepareAndLoop(ctx, resume); err != nil {
		switch {
		case resume != nil && len(events) > 0 && !r.begun: // how it stands is how it stood
			return r.finish, err
		case r.begun && ctx.Err() != nil && disk.Full(err):
			r.finish.Status, r.finish.Message = rundir.Interrupted, "a signal ended it while the disk was full: what came after its last checkpoint is trained again"
			r.total()
			_ = r.out.pace.Append(r.Step, &r.finish) // without space readers see the lock free, and say the same
			return r.finish, nil
		}
		r.finish.Status, r.finish.Message = rundir.Failed, err.Error()
		r.total()
		return r.finish, errors.Join(err, r.out.pace.Append(r.Step, &r.finish))
	}
	return r.finish, nil
}

func (r *run) prepareAndLoop(ctx context.Context, resume *resumption) error {
	if err := r.open(); err != nil {
		return err
	}
	r.out.reserve()
	begin := r.goOn
	if resume == nil { // what a resumed run wrote before is there already
		if err := r.checkSpace(); err != nil {
			return err
		}
		begin = r.start
	}
	if err := begin(); err != nil {
		return err
	}
	r.begun = true
	defer r.out.startHeartbeat()()
	return r.loop(ctx)
}

// start logs what lies ahead.
func (r *run) start() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	err = r.out.event(&rundir.Start{
		PID: os.Getpid(), Host: host,
		MaxSteps: r.maxSteps, StepsPerEpoch: r.stepsPerEpoch, Epochs: (r.maxSteps + r.stepsPerEpoch - 1) / r.stepsPerEpoch,
		Examples: len(r.rows), BatchSize: r.train.BatchSize, EvaluationSteps: r.evaluationSteps, Threads: r.net.Threads(),
	})
	for _, note := range r.model.Notes {
		err = errors.Join(err, r.out.event(&rundir.Warning{Message: note}))
	}
	return err
}

// at sets the current step.
func (r *run) at(step int) {
	r.Step = step
	r.out.step.Store(int64(step))
}

// goOn takes the run up from its newest checkpoint and logs that, or starts it where there is none.
func (r *run) goOn() error {
	from, warnings, err := r.restore()
	if err != nil {
		return err
	}
	if from == nil {
		err = r.start()
	} else {
		err = r.logResume()
	}
	for _, warning := range warnings {
		err = errors.Join(err, r.out.event(&rundir.Warning{Message: warning}))
	}
	return err
}

func (r *run) logResume() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(string(r.dir), r.dir.Checkpoint(r.Step))
	if err != nil {
		return err
	}
	return r.out.event(&rundir.Resume{PID: os.Getpid(), Host: host, Threads: r.net.Threads(), Checkpoint: relative})
}

// end saves the model, with whatever reason there is to end, and logs how the run finished.
func (r *run) end(status, message string) error {
	if err := r.save(true); err != nil {
		return err
	}
	r.ended = true
	if err := r.answer(); err != nil { // what came since the loop last looked
		return err
	}
	r.finish.Status, r.finish.Message = status, message
	r.total()
	return r.out.event(&r.finish)
}

// total fills in the finish event's sums.
func (r *run) total() {
	r.finish.BestStep = r.Best
	r.finish.Tokens, r.finish.Seconds = r.Tokens, r.Seconds
	r.finish.TrainFLOPs, r.finish.EvaluationFLOPs = r.FLOPs, r.EvaluationFLOPs
}

// close lets go of what is open. What could fail here has been synced before, or belongs to a run that failed.
func (r *run) close() {
	if r.checkpoints != nil {
		r.checkpoints.close()
	}
	r.out.close()
	if r.net != nil {
		_ = r.net.Close()
	}
}
