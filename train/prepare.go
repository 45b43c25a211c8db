package train

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ftft/train/corpus"
	"ftft/train/metric"
	"ftft/train/nn"
	"ftft/train/nn/optim"
	"ftft/train/rundir"
)

// open reads what the directory describes, and checks that it still is what it was when the directory was made.
func (r *run) open() (err error) {
	source, err := corpus.OfRun(r.dir)
	if errors.As(err, new(*corpus.ChangedError)) {
		return fmt.Errorf("%w; start the experiment again", err)
	}
	if err != nil {
		return err
	}
	r.manifest, r.config, r.data = source.Manifest, source.Config, source.Data
	if err := r.readSelection(); err != nil {
		return err
	}
	model := r.config.Main
	if r.manifest.Role == rundir.Reference {
		model = r.config.Reference
	}
	r.train = model.Train
	if r.model, err = OpenModel(r.config, model, r.data.Train.Examples, r.manifest.Seed); err != nil {
		return err
	}
	r.set = Encode(r.model.Tokenizer, r.data.Train.Examples, r.train.MaxLength)
	if err := r.openEvals(); err != nil {
		return err
	}
	r.plan()
	if err := r.resettle(); err != nil {
		return err
	}
	return r.build()
}

// readSelection finds the rows to train on: all, where there is no selection.
func (r *run) readSelection() error {
	selection, err := r.dir.ReadSelection()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.rows = make([]int, len(r.data.Train.Examples))
		for i := range r.rows {
			r.rows[i] = i
		}
	case err != nil:
		return err
	default:
		r.rows = selection.Rows
	}
	if n := len(r.data.Train.Examples); len(r.rows) == 0 || r.rows[0] < 0 || r.rows[len(r.rows)-1] >= n {
		return fmt.Errorf("%s: its %d rows do not lie within the %d training examples", r.dir.Selection(), len(r.rows), n)
	}
	if selection.Hash == "" { // everything, or another program's
		return nil
	}
	guids := make([]string, len(r.rows))
	for i, row := range r.rows {
		guids[i] = r.data.Train.Examples[row].GUID
	}
	if hash := rundir.HashGUIDs(guids); hash != selection.Hash {
		return fmt.Errorf("%s: its rows are not those that it was made with (their hash is %.12s…, and was %.12s…): put it back, or start the experiment again", r.dir.Selection(), hash, selection.Hash)
	}
	return nil
}

// openEvals encodes the evaluation sets and lists their examples for whoever reads the logits.
func (r *run) openEvals() error {
	for _, set := range r.data.Evals {
		r.evals = append(r.evals, Encode(r.model.Tokenizer, set.Examples, r.train.MaxLength))
		if err := rundir.WriteExamples(r.dir.EvalExamples(set.Name), set.Records(r.config.Labels)); err != nil {
			return err
		}
	}
	return nil
}

// plan reckons the steps. The budget is that of the full training set, whatever is trained on.
func (r *run) plan() {
	r.maxSteps = r.config.FullSteps(r.train, r.set.Len())
	r.stepsPerEpoch = (len(r.rows) + r.train.BatchSize - 1) / r.train.BatchSize
	r.evaluationSteps = metric.EvaluationSteps(r.maxSteps, r.train.Evaluations)
	if r.manifest.Role == rundir.Main && r.manifest.Arm.StopsEarly() {
		r.patience = r.config.Stop.Patience
	}
}

// resettle applies what requests to an earlier attempt have changed.
func (r *run) resettle() (err error) {
	if r.settings, err = r.dir.ReadSettings(); err != nil {
		return err
	}
	if r.settings.EvaluationSteps != nil {
		r.evaluationSteps = r.settings.EvaluationSteps
	}
	return nil
}

// build makes the network, with room for the greatest batch that can come.
func (r *run) build() (err error) {
	capacity := r.set.Capacity(r.train.BatchSize)
	for _, s := range r.evals {
		capacity = max(capacity, s.Capacity(r.train.BatchSize))
	}
	r.net, err = nn.New[float32](r.model.Spec, r.model.Weights, nn.Options{
		MaxTokens: capacity, MaxSequences: r.train.BatchSize, Threads: r.config.Engine.Threads,
		Seed: r.manifest.Seed, Dropout: r.train.Dropout,
	})
	if err != nil {
		return err
	}
	r.model.Weights = nil // the network has copied them
	r.adam = optim.New(r.net, optim.Config{Epsilon: r.train.AdamEpsilon, WeightDecay: r.train.WeightDecay})
	r.checkpoints = &checkpoints{
		dir: r.dir, out: r.out, spec: r.net.Spec, tokenizer: r.model.Tokenizer,
		parameters: nn.Tensors(r.net.Parameters()), moments: r.adam.Tensors(),
		maxSteps: r.maxSteps, interval: time.Duration(r.config.Engine.CheckpointMinutes * float64(time.Minute)),
	}
	return nil
}
