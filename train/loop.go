package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"ftft/train/cost"
	"ftft/train/nn"
	"ftft/train/nn/optim"
	"ftft/train/rundir"
)

// loop goes through the steps, until the budget is spent or somebody or something ends the run.
func (r *run) loop(ctx context.Context) error {
	batch := &nn.Batch{}
	rows := make([]int, 0, r.train.BatchSize)
	warmup := int(math.Ceil(r.train.Warmup * float64(r.maxSteps)))
	r.checkpoints.newestAt = time.Now()
	if r.Evaluating { // it ended in the middle of an evaluation
		if err := r.evaluate(ctx); err != nil {
			return err
		}
	}
	for r.Step < r.maxSteps && r.leaving == nil && !r.stops() {
		began := time.Now()
		epoch, position := r.Step/r.stepsPerEpoch, r.Step%r.stepsPerEpoch*r.train.BatchSize
		if err := r.out.createEpoch(epoch, r.set.Len(), len(r.config.Labels)); err != nil {
			return err
		}
		order := NewOrder(len(r.rows), r.manifest.Seed, epoch, r.train.Shuffle)
		rows = rows[:0]
		for i := position; i < min(position+r.train.BatchSize, len(r.rows)); i++ {
			rows = append(rows, r.rows[order.At(i)])
		}
		if err := r.update(batch, rows, warmup, began); err != nil {
			return err
		}
		if err := r.milestones(ctx, epoch); err != nil {
			return err
		}
	}
	if r.leaving != nil && (r.Step < r.maxSteps || r.Evaluating) {
		return r.end(r.leaving.status, r.leaving.message)
	}
	r.finish.StoppedEarly = r.Step < r.maxSteps
	return r.end(rundir.Complete, "")
}

// milestones does what is due after a step: the end of an epoch, an evaluation, a checkpoint, what somebody asks for.
func (r *run) milestones(ctx context.Context, epoch int) error {
	if r.Step%r.stepsPerEpoch == 0 {
		if err := r.out.closeEpoch(epoch); err != nil {
			return err
		}
	}
	if _, due := slices.BinarySearch(r.evaluationSteps, r.Step); due {
		r.Evaluating = true
		if err := r.evaluate(ctx); err != nil || r.leaving != nil {
			return err
		}
	}
	if r.stops() {
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
	return r.look(ctx)
}

// update takes one optimiser step on the examples of rows, and writes their logits.
func (r *run) update(batch *nn.Batch, rows []int, warmup int, began time.Time) error {
	r.set.fill(batch, rows)
	batch.Step = int64(r.Step)
	loss, logits, err := r.net.Train(batch)
	if err != nil {
		return err
	}
	norm := r.adam.Norm()
	if err := r.finite(loss, norm, logits, rows); err != nil {
		return err
	}
	if err := r.out.logits(rows, logits); err != nil {
		return err
	}
	r.at(r.Step + 1)
	rate := r.train.LearningRate * optim.Schedule(r.Step, r.maxSteps, warmup)
	r.adam.Step(rate, optim.ClipScale(norm, r.train.Clip))
	r.Tokens += int64(batch.Tokens())
	r.FLOPs += cost.Training(r.net.Spec, int64(batch.Sequences()), int64(batch.Tokens()), squares(batch))
	r.Seconds += time.Since(began).Seconds()
	return r.out.loss(float32(loss), rundir.Steps{
		LearningRate: rate, GradientNorm: norm, Tokens: r.Tokens, Seconds: r.Seconds, FLOPs: r.FLOPs,
	})
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
	return fmt.Errorf("step %d: %s on the batch with guids %v; try a lower learning_rate, a longer warmup or a smaller clip", r.Step+1, what, r.finish.GUIDs)
}

// beginCheckpoint begins to write a checkpoint of the current step, beside the training.
func (r *run) beginCheckpoint(last bool) error {
	r.Epoch = r.Step / r.stepsPerEpoch
	return r.checkpoints.begin(r.state, last)
}

// save writes a checkpoint of the current step and waits until it is there.
func (r *run) save(last bool) error {
	if err := r.beginCheckpoint(last); err != nil {
		return err
	}
	return r.checkpoints.wait()
}
