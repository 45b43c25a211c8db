// Package train is the loop: it trains the model of a prepared run directory, and writes there what happens.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"ftft/configs"
	"ftft/datamap/dynamics"
	"ftft/train/corpus"
	"ftft/train/cost"
	"ftft/train/metric"
	"ftft/train/nn"
	"ftft/train/nn/optim"
	"ftft/train/rundir"
)

// A run is one attempt at the training that a run directory describes.
type run struct {
	dir      rundir.Dir
	manifest rundir.Manifest
	config   configs.Config
	train    configs.Train
	model    *Model
	data     *corpus.Corpus
	set      *Encoded // the full training set
	rows     []int    // of it, those trained on
	evals    []*Encoded

	log  *rundir.Log
	pace *rundir.Pace
	net  *nn.Net[float32]
	adam *optim.AdamW

	maxSteps, stepsPerEpoch int
	evaluationSteps         []int
	patience                int // 0 = this run never stops early

	step            int
	beatStep        atomic.Int64    // step, for the heartbeat's goroutine
	store           *dynamics.Store // of the epoch at hand
	validations     []metric.Validation
	tokens          int64
	seconds         float64
	flops           float64
	evaluationFLOPs float64
	best            int   // step of the best checkpoint
	checkpoints     []int // steps of those on the disk, ascending
	saved           int   // step of the last one
	savedAt         time.Time
	checkpointEvery time.Duration
	paused          bool
	settings        rundir.Settings // what requests have changed
	ends            <-chan struct{} // closed when the run is to end
	begun           bool            // this attempt has logged that it runs
	finish          rundir.Finish
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
	events, err := rundir.ReadEvents(dir)
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
		if err := unchanged(dir, resume.force); err != nil {
			return finish, err
		}
	}
	log, err := rundir.OpenLog(dir, 0)
	if err != nil {
		return finish, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()

	r := &run{dir: dir, log: log, pace: rundir.NewPace(log), step: before.Step, ends: ctx.Done()}
	defer r.close()
	if len(events) > 0 {
		if err := r.dismiss(old); err != nil {
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
		return r.finish, r.pace.Append(r.step, &r.finish)
	}
	defer func() { err = errors.Join(err, ticket.Release()) }()
	r.step = 0
	if err := r.prepareAndLoop(ctx, resume); err != nil {
		if resume != nil && len(events) > 0 && !r.begun { // how it stands is how it stood
			return r.finish, err
		}
		r.finish.Status, r.finish.Message = rundir.Failed, err.Error()
		r.total()
		return r.finish, errors.Join(err, r.pace.Append(r.step, &r.finish))
	}
	return r.finish, nil
}

func (r *run) prepareAndLoop(ctx context.Context, resume *resumption) error {
	if err := r.open(); err != nil {
		return err
	}
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
	beat := time.NewTicker(rundir.HeartbeatEvery)
	stop := make(chan struct{})
	defer func() { beat.Stop(); close(stop) }()
	go func() {
		for {
			select {
			case <-beat.C:
				// A failure to write shows in the loop's own events.
				_ = r.log.Append(int(r.beatStep.Load()), &rundir.Heartbeat{})
			case <-stop:
				return
			}
		}
	}()
	return r.loop(ctx)
}

// start logs what lies ahead.
func (r *run) start() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	err = r.pace.Append(0, &rundir.Start{
		PID: os.Getpid(), Host: host,
		MaxSteps: r.maxSteps, StepsPerEpoch: r.stepsPerEpoch, Epochs: (r.maxSteps + r.stepsPerEpoch - 1) / r.stepsPerEpoch,
		Examples: len(r.rows), BatchSize: r.train.BatchSize, EvaluationSteps: r.evaluationSteps, Threads: r.net.Threads(),
	})
	for _, note := range r.model.Notes {
		err = errors.Join(err, r.pace.Append(0, &rundir.Warning{Message: note}))
	}
	return err
}

// goOn takes the run up from its newest checkpoint and logs that, or starts it where there is none.
func (r *run) goOn() error {
	from, warnings, err := r.restore()
	if err != nil {
		return err
	}
	if from == "" {
		err = r.start()
	} else {
		err = r.logResume(from)
	}
	for _, warning := range warnings {
		err = errors.Join(err, r.pace.Append(r.step, &rundir.Warning{Message: warning}))
	}
	return err
}

func (r *run) logResume(from string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(string(r.dir), from)
	if err != nil {
		return err
	}
	return r.pace.Append(r.step, &rundir.Resume{PID: os.Getpid(), Host: host, Threads: r.net.Threads(), Checkpoint: relative})
}

// loop goes through the steps, until the budget is spent or somebody or something ends the run.
func (r *run) loop(ctx context.Context) error {
	batch := &nn.Batch{}
	rows := make([]int, 0, r.train.BatchSize)
	warmup := int(math.Ceil(r.train.Warmup * float64(r.maxSteps)))
	var looked time.Time
	if r.saved == 0 {
		r.savedAt = time.Now()
	}
	if n := len(r.validations); n > 0 && r.validations[n-1].Step == r.step && r.stops() { // it was killed before it could say so
		r.finish.StoppedEarly = r.step < r.maxSteps
		return r.end(rundir.Complete, "")
	}
	for r.step < r.maxSteps {
		began := time.Now()
		epoch, position := r.step/r.stepsPerEpoch, r.step%r.stepsPerEpoch*r.train.BatchSize
		if r.store == nil {
			err := r.patiently(func() (err error) {
				r.store, err = dynamics.Create(r.dir.Epoch(epoch), r.set.Len(), len(r.config.Labels))
				return err
			})
			if err != nil {
				return err
			}
		}
		order := NewOrder(len(r.rows), r.manifest.Seed, epoch, r.train.Shuffle)
		rows = rows[:0]
		for i := position; i < min(position+r.train.BatchSize, len(r.rows)); i++ {
			rows = append(rows, r.rows[order.At(i)])
		}
		if err := r.update(batch, rows, warmup, began); err != nil {
			return err
		}
		if r.step%r.stepsPerEpoch == 0 {
			if err := r.closeEpoch(epoch); err != nil {
				return err
			}
		}
		if place, due := slices.BinarySearch(r.evaluationSteps, r.step); due {
			stopped, err := r.evaluate(place + 1)
			if err != nil {
				return err
			}
			if stopped && r.step < r.maxSteps {
				r.finish.StoppedEarly = true
				break
			}
		}
		if r.due() {
			if err := r.save(false, false); err != nil {
				return err
			}
		}
		if ctx.Err() != nil && r.step < r.maxSteps {
			return r.end(rundir.Interrupted, "a signal ended it")
		}
		if time.Since(looked) > controlEvery {
			looked = time.Now()
			stop, err := r.attend(ctx)
			if err != nil {
				return err
			}
			if stop && r.step < r.maxSteps {
				return r.end(rundir.Stopped, "stopped by request")
			}
		}
	}
	return r.end(rundir.Complete, "")
}

// update takes one optimiser step on the examples of rows, and writes their logits.
func (r *run) update(batch *nn.Batch, rows []int, warmup int, began time.Time) error {
	r.set.fill(batch, rows)
	batch.Step = int64(r.step)
	loss, logits, err := r.net.Train(batch)
	if err != nil {
		return err
	}
	norm := r.adam.Norm()
	if err := r.finite(loss, norm, logits, rows); err != nil {
		return err
	}
	if err := r.patiently(func() error { return r.store.WriteRows(rows, logits) }); err != nil {
		return err
	}
	r.step++
	r.beatStep.Store(int64(r.step))
	rate := r.train.LearningRate * optim.Factor(r.step, r.maxSteps, warmup)
	r.adam.Step(rate, optim.ClipScale(norm, r.train.Clip))
	r.tokens += int64(batch.Tokens())
	r.flops += cost.Training(r.net.Spec, int64(batch.Sequences()), int64(batch.Tokens()), squares(batch))
	r.seconds += time.Since(began).Seconds()
	err = r.pace.Step(r.step, float32(loss), rundir.Steps{
		LearningRate: rate, GradientNorm: norm, Tokens: r.tokens, Seconds: r.seconds, FLOPs: r.flops,
	})
	if full(err) { // the step is pending still
		return r.patiently(r.pace.Flush)
	}
	return err
}

// finite stops a run whose numbers have left the range.
func (r *run) finite(loss, norm float64, logits []float32, rows []int) error {
	what := ""
	switch {
	case math.IsNaN(loss) || math.IsInf(loss, 0):
		what = fmt.Sprintf("the loss is %g", loss)
	case math.IsNaN(norm) || math.IsInf(norm, 0):
		what = fmt.Sprintf("the norm of the gradient is %g", norm)
	}
	for _, v := range logits {
		if v := float64(v); what == "" && (math.IsNaN(v) || math.IsInf(v, 0)) {
			what = fmt.Sprintf("a logit is %g", v)
		}
	}
	if what == "" {
		return nil
	}
	for _, row := range rows {
		r.finish.GUIDs = append(r.finish.GUIDs, r.data.Train.Examples[row].GUID)
	}
	return fmt.Errorf("step %d: %s on the batch with guids %v; try a lower learning_rate, a longer warmup or a smaller clip", r.step+1, what, r.finish.GUIDs)
}

// closeEpoch puts an epoch's dynamics on the disk, and says so.
func (r *run) closeEpoch(epoch int) error {
	store := r.store
	r.store = nil
	if err := store.Close(); err != nil {
		return err
	}
	return r.patiently(func() error { return r.pace.Append(r.step, &rundir.Epoch{Epoch: epoch}) })
}

// end saves the model, with whatever reason there is to end, and logs how the run finished.
func (r *run) end(status, message string) error {
	if err := r.save(false, true); err != nil {
		return err
	}
	if _, err := r.answer(); err != nil { // what came since the loop last looked
		return err
	}
	r.finish.Status, r.finish.Message = status, message
	r.total()
	return r.pace.Append(r.step, &r.finish)
}

// total fills in the finish event's sums.
func (r *run) total() {
	r.finish.BestStep = r.best
	r.finish.Tokens, r.finish.Seconds = r.tokens, r.seconds
	r.finish.TrainFLOPs, r.finish.EvaluationFLOPs = r.flops, r.evaluationFLOPs
}

// close lets go of what is open. What could fail here has been synced before, or belongs to a run that failed.
func (r *run) close() {
	if r.store != nil {
		_ = r.store.Close()
	}
	if r.net != nil {
		_ = r.net.Close()
	}
}
