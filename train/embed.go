package train

import (
	"errors"
	"fmt"

	"ftft/datamap/dynamics"
	"ftft/train/corpus"
	"ftft/train/nn"
	"ftft/train/rundir"
)

// EmbedRun writes a run's embeddings.npy: mean-pooled encodings of the full training set by the newest checkpoint, [N, H]
// float16. It calls progress, which may be nil, after each batch.
func EmbedRun(dir rundir.Dir, progress func(done, total int)) error {
	source, err := corpus.OfRun(dir)
	if unknown := (*corpus.UnknownError)(nil); errors.As(err, &unknown) {
		return fmt.Errorf("%w; embed them with ftft predict MODEL DATA --embeddings", err)
	}
	if err != nil {
		return err
	}
	steps, err := dir.CheckpointSteps()
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		return fmt.Errorf("%s has no checkpoint to encode with yet", dir)
	}
	config := source.Config
	train := config.ModelFor(source.Manifest.Role).Train
	folder := dir.Checkpoint(steps[len(steps)-1])
	model, err := loadModel(folder, config.Labels, train.MaxLength, config.HasPairs(), source.Manifest.Seed)
	if err != nil && source.Manifest.Engine == rundir.Outside {
		return fmt.Errorf("embeddings need a model that ftft can read, and that of %s was trained by another program: %w", dir, err)
	}
	if err != nil {
		return err
	}
	set := Encode(model.Tokenizer, source.Data.Train.Examples, train.MaxLength)
	net, err := nn.New[float32](model.Spec, model.Weights, nn.Options{
		MaxTokens: set.Capacity(train.AtATime()), MaxSequences: min(train.AtATime(), max(set.Len(), 1)),
		Threads: config.EngineFor(source.Manifest.Role).Threads, OwnWeights: true,
	})
	if err != nil {
		return err
	}
	defer net.Close()
	values, err := Embed(net, set, train.BatchSize, func(examples int) error {
		if progress != nil {
			progress(examples, set.Len())
		}
		return nil
	})
	if err != nil {
		return Named(err, folder, source.Data.Train.Examples)
	}
	return dynamics.WriteNPYFloat16(dir.Embeddings(), values, set.Len(), model.Spec.Hidden)
}
