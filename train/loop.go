package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"ftft/configs"
	"ftft/train/corpus"
	"ftft/train/cost"
	"ftft/train/nn"
	"ftft/train/nn/optim"
	"ftft/train/rundir"
)

// run is the training of one attempt.
type run struct {
	plan     *plan
	train    configs.Train // of the plan's model
	schedule *schedule
	classes  int
	notes    []string // about the model, for the log

	data  *corpus.Corpus
	set   *Encoded   // the full training set
	rows  []int      // of set, those trained on, ascending
	evals []*Encoded // the evaluation sets

	net   *nn.Net[float32]
	adam  *optim.AdamW
	batch nn.Batch
	drawn []int // rows of the batch

	state
	scored map[string]*rundir.Evaluation // sets that an earlier attempt scored in the evaluation after Step

	out         *output
	checkpoints *checkpoints
	control     *control
}

// loop takes the steps of the budget. It returns how the run is to end: when the budget is spent, or before its time.
func (r *run) loop(ctx context.Context) (end ending, err error) {
	r.checkpoints.newestAt = time.Now()
	if r.Evaluating { // an earlier attempt ended within this evaluation
		if err := r.evaluate(ctx); err != nil {
			return end, err
		}
	}
	for r.Step < r.schedule.maxSteps && r.control.ending == nil && !r.schedule.stops(r.Validations) {
		began := time.Now()
		epoch := r.Step / r.schedule.stepsPerEpoch
		if err := r.out.createEpoch(epoch, r.set.Len(), r.classes); err != nil {
			return end, err
		}
		if err := r.update(r.draw(epoch), began); err != nil {
			return end, err
		}
		if err := r.milestones(ctx, epoch); err != nil {
			return end, err
		}
	}
	if r.control.ending != nil && (r.Step < r.schedule.maxSteps || r.Evaluating) {
		return *r.control.ending, nil
	}
	return ending{status: rundir.Complete, early: r.Step < r.schedule.maxSteps}, nil
}

// draw returns the rows of the next batch, in the order of the epoch. They are valid until the next call.
func (r *run) draw(epoch int) []int {
	order := r.order(epoch)
	first := r.Step % r.schedule.stepsPerEpoch * r.train.BatchSize
	r.drawn = r.drawn[:0]
	for i := first; i < min(first+r.train.BatchSize, len(r.rows)); i++ {
		r.drawn = append(r.drawn, r.rows[order.At(i)])
	}
	return r.drawn
}

// order returns the order of the run's rows in an epoch.
func (r *run) order(epoch int) Order {
	return NewOrder(len(r.rows), r.plan.manifest.Seed, epoch, r.train.Shuffle)
}

// update takes one optimiser step on a batch of rows, and writes the logits of its forward pass into the dynamics.
func (r *run) update(rows []int, began time.Time) error {
	r.set.fill(&r.batch, rows)
	r.batch.Step = int64(r.Step)
	loss, logits, err := r.net.Train(&r.batch)
	if err != nil {
		return err
	}
	norm := r.adam.Norm()
	if what := notFinite(loss, norm, logits); what != "" {
		diverged := &divergedError{step: r.Step + 1, what: what}
		for _, row := range rows {
			diverged.guids = append(diverged.guids, r.data.Train.Examples[row].GUID)
		}
		return diverged
	}
	if err := r.out.logits(rows, logits); err != nil {
		return err
	}
	r.at(r.Step + 1)
	rate := r.train.LearningRate * optim.Schedule(r.Step, r.schedule.maxSteps, r.schedule.warmup)
	r.adam.Step(rate, optim.ClipScale(norm, r.train.Clip))
	r.Tokens += int64(r.batch.Tokens())
	r.FLOPs += cost.Training(r.net.Spec, int64(r.batch.Sequences()), int64(r.batch.Tokens()), squares(&r.batch))
	r.Seconds += time.Since(began).Seconds()
	return r.out.loss(float32(loss), rundir.Steps{
		LearningRate: rate, GradientNorm: norm, Tokens: r.Tokens, Seconds: r.Seconds, FLOPs: r.FLOPs,
	})
}

// at sets the number of steps done.
func (r *run) at(step int) {
	r.Step = step
	r.out.step.Store(int64(step))
}

// divergedError reports numbers that are not finite, with the batch that gave them.
type divergedError struct {
	step  int
	what  string
	guids []string
}

func (e *divergedError) Error() string {
	return fmt.Sprintf("step %d: %s on the batch with guids %v; try a lower learning_rate, a longer warmup or a smaller clip",
		e.step, e.what, e.guids)
}

// notFinite describes the loss, the gradient's norm or the first logit that is NaN or infinite; "" if none is.
func notFinite(loss, norm float64, logits []float32) string {
	switch {
	case !finite(loss):
		return fmt.Sprintf("the loss is %g", loss)
	case !finite(norm):
		return fmt.Sprintf("the norm of the gradient is %g", norm)
	}
	if notFinite := (*NotFinite)(nil); errors.As(checkLogits(logits, 1), &notFinite) {
		return fmt.Sprintf("%s is %g", notFinite.What, notFinite.Value)
	}
	return ""
}

// milestones does what is due after a step: the end of an epoch, an evaluation, a checkpoint, requests.
func (r *run) milestones(ctx context.Context, epoch int) error {
	if r.Step%r.schedule.stepsPerEpoch == 0 {
		if err := r.out.closeEpoch(epoch); err != nil {
			return err
		}
	}
	if r.schedule.evaluates(r.Step) {
		r.Evaluating = true
		if err := r.evaluate(ctx); err != nil || r.control.ending != nil {
			return err
		}
	}
	if r.schedule.stops(r.Validations) {
		return nil
	}
	if err := r.checkpoints.collect(); err != nil {
		return err
	}
	if r.checkpoints.due(r.Step) {
		if err := r.beginCheckpoint(false); err != nil {
			return err
		}
	}
	return r.control.poll(ctx, r)
}

// beginCheckpoint begins to write a checkpoint of the current step, beside the training. last marks that of the attempt's end.
func (r *run) beginCheckpoint(last bool) error {
	r.Epoch = r.Step / r.schedule.stepsPerEpoch
	return r.checkpoints.begin(r.state, last)
}

// save writes a checkpoint of the current step and waits until it is on the disk.
func (r *run) save(last bool) error {
	if err := r.beginCheckpoint(last); err != nil {
		return err
	}
	return r.checkpoints.wait()
}

// situation returns what decisions about requests depend on.
func (r *run) situation() situation {
	manifest := r.plan.manifest
	return situation{
		step: r.Step, evaluating: r.Evaluating, schedule: r.schedule,
		stopsEarly: manifest.Role == rundir.Main && manifest.Arm.StopsEarly(),
	}
}

// carryOut saves a checkpoint or changes the schedule, as decided.
func (r *run) carryOut(d decision) error {
	switch {
	case d.settings != nil:
		r.schedule.apply(*d.settings)
		return r.out.settings(*d.settings)
	case d.save == saveNow:
		return r.save(false)
	case d.save == saveAfterEvaluation:
		r.checkpoints.newestAt = time.Time{} // due at once
	}
	return nil
}

// start logs the beginning of a run at step 0.
func (r *run) start() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	err = r.out.event(&rundir.Start{
		PID: os.Getpid(), Host: host,
		MaxSteps: r.schedule.maxSteps, StepsPerEpoch: r.schedule.stepsPerEpoch, Epochs: r.schedule.epochs(),
		Examples: len(r.rows), BatchSize: r.train.BatchSize, EvaluationSteps: r.schedule.evaluations, Threads: r.net.Threads(),
	})
	return errors.Join(err, r.out.warn(r.notes))
}

// finish saves the model, answers the last requests and logs how the run ended.
func (r *run) finish(end ending) (rundir.Finish, error) {
	if err := r.save(true); err != nil {
		return rundir.Finish{}, err
	}
	r.control.ended = true
	if err := r.control.answer(r); err != nil { // those since the last poll
		return rundir.Finish{}, err
	}
	finish := r.totals(end)
	return finish, r.out.event(&finish)
}

// totals returns a finish event with the run's totals.
func (r *run) totals(end ending) rundir.Finish {
	return rundir.Finish{
		Status: end.status, Message: end.message, StoppedEarly: end.early, BestStep: r.Best,
		Tokens: r.Tokens, Seconds: r.Seconds, TrainFLOPs: r.FLOPs, EvaluationFLOPs: r.EvaluationFLOPs,
	}
}

// close waits for a pending checkpoint and ends the network's workers. What could fail here has been synced before, or belongs
// to a run that failed.
func (r *run) close() {
	if r.checkpoints != nil {
		r.checkpoints.close()
	}
	if r.net != nil {
		_ = r.net.Close()
	}
}
