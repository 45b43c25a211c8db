package train

import (
	"errors"
	"fmt"
	"time"

	"ftft/internal/disk"
	"ftft/train/corpus"
	"ftft/train/cost"
	"ftft/train/nn"
	"ftft/train/nn/optim"
	"ftft/train/rundir"
)

// prepare reads the data and the model of a plan and builds the network. It returns an error if the data has changed since the
// plan was made.
func prepare(p *plan, out *output, control *control, phases *phases) (*run, error) {
	if err := phases.begin("reading the data"); err != nil {
		return nil, err
	}
	data, err := corpus.Recorded(p.dir, p.manifest, p.config)
	if errors.As(err, new(*corpus.ChangedError)) {
		return nil, fmt.Errorf("%w; start the experiment again", err)
	}
	if err != nil {
		return nil, err
	}
	r := &run{plan: p, train: p.model.Train, classes: len(p.config.Labels), out: out, control: control, data: data}
	if r.rows, err = p.rows(data.Train.Examples); err != nil {
		return nil, err
	}
	phase := "building the vocabulary"
	if p.model.Model != "" {
		phase = "reading the tokenizer"
	}
	if err := phases.begin(phase); err != nil {
		return nil, err
	}
	model, err := OpenModel(p.config, p.model, data.Train.Examples, p.manifest.Seed, phases.share(phase))
	if err != nil {
		return nil, err
	}
	r.notes = model.Notes
	if err := phases.begin("tokenising"); err != nil {
		return nil, err
	}
	r.set = Encode(model.Tokenizer, data.Train.Examples, r.train.MaxLength)
	for _, set := range data.Evals {
		r.evals = append(r.evals, Encode(model.Tokenizer, set.Examples, r.train.MaxLength))
		records := set.Records(p.config.Labels)
		err := out.retry(func() error { return rundir.WriteExamples(p.dir.EvalExamples(set.Name), records) })
		if err != nil {
			return nil, err
		}
	}
	r.schedule = newSchedule(p, r.set.Len(), len(r.rows))
	return r, r.build(model, phases)
}

// build makes the network, with room for the largest batch, its optimizer, and the store of their checkpoints.
func (r *run) build(model *Model, phases *phases) (err error) {
	size := min(r.train.AtATime(), r.largestSet())
	capacity := r.capacity(size)
	if err := checkMemory(model.Spec, size, r.train.Frozen(), r.capacity); err != nil {
		return fmt.Errorf("%d examples at a time, of up to %d tokens together: %w", size, capacity.Tokens, err)
	}
	phase := "loading the weights"
	if r.plan.model.Model == "" {
		phase = "making new weights"
	}
	if err := phases.begin(phase); err != nil {
		return err
	}
	if err := model.LoadWeights(); err != nil {
		return err
	}
	if err := phases.begin("building the network"); err != nil {
		return err
	}
	r.net, err = nn.New[float32](model.Spec, model.Weights, nn.Options{
		MaxTokens: capacity.Tokens, MaxSequences: size, Threads: r.plan.engine().Threads,
		Seed: r.plan.manifest.Seed, Dropout: r.train.Dropout, FreezeEmbeddings: r.train.Frozen(), OwnWeights: true,
	})
	if err != nil {
		return err
	}
	r.adam = optim.New(r.net, optim.Config{Epsilon: r.train.AdamEpsilon, WeightDecay: r.train.WeightDecay})
	r.checkpoints = &checkpoints{
		dir: r.plan.dir, out: r.out, spec: r.net.Spec, tokenizer: model.Tokenizer,
		parameters: nn.Tensors(r.net.Parameters()), moments: r.adam.Tensors(),
		frozen: map[string]bool{}, maxSteps: r.schedule.maxSteps,
		interval: time.Duration(r.plan.engine().CheckpointMinutes * float64(time.Minute)),
	}
	for _, p := range r.net.Parameters() {
		r.checkpoints.frozen[p.Name] = p.Frozen
	}
	return nil
}

// capacity returns the most that the sets give to compute at a time, by examples.
func (r *run) capacity(size int) (c nn.Capacity) {
	c.Sequences = size
	for _, s := range append([]*Encoded{r.set}, r.evals...) {
		c.Tokens, c.Longest = max(c.Tokens, s.Capacity(size)), max(c.Longest, s.Longest())
	}
	return c
}

// largestSet returns the number of examples in the largest set: no batch has more.
func (r *run) largestSet() int {
	largest := r.set.Len()
	for _, s := range r.evals {
		largest = max(largest, s.Len())
	}
	return largest
}

// checkSpace returns an error if the disk has no room for what the run will write.
func (r *run) checkSpace() error {
	evaluated := 0
	for _, set := range r.evals {
		evaluated += set.Len()
	}
	rows := int64(r.set.Len())*int64(r.schedule.epochs()) + int64(evaluated)*int64(len(r.schedule.evaluations))
	if err := disk.RequireSpace(string(r.plan.dir), cost.Disk(r.net.Spec, cost.Checkpoints, rows)); err != nil {
		return fmt.Errorf("no room for what the run will write: %w: free some space, or choose another folder with --runs", err)
	}
	return nil
}
