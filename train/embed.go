package train

import (
	"fmt"

	"ftft/datamap/dynamics"
	"ftft/train/corpus"
	"ftft/train/nn"
	"ftft/train/rundir"
)

// EmbedRun writes a run's embeddings.npy: mean-pooled encodings, [N, H] float16, of the full training set by the newest
// checkpoint. done, where it is not nil, is told how many examples of how many are done.
func EmbedRun(dir rundir.Dir, done func(examples, of int)) error {
	source, err := corpus.OfRun(dir)
	if err != nil {
		return err
	}
	manifest, cfg := source.Manifest, source.Config
	steps, err := dir.CheckpointSteps()
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		return fmt.Errorf("%s has no checkpoint to encode with yet", dir)
	}
	own := cfg.Main
	if manifest.Role == rundir.Reference {
		own = cfg.Reference
	}
	model, err := loadModel(dir.Checkpoint(steps[len(steps)-1]), cfg.Labels, own.Train.MaxLength, manifest.Seed)
	if err != nil {
		return err
	}
	set := Encode(model.Tokenizer, source.Data.Train.Examples, own.Train.MaxLength)
	net, err := nn.New[float32](model.Spec, model.Weights, nn.Options{MaxTokens: set.Capacity(own.Train.BatchSize), MaxSequences: own.Train.BatchSize, Threads: cfg.Engine.Threads})
	if err != nil {
		return err
	}
	defer net.Close()
	values, err := Embed(net, set, own.Train.BatchSize, func(examples int) error {
		if done != nil {
			done(examples, set.Len())
		}
		return nil
	})
	if err != nil {
		return err
	}
	return dynamics.WriteNPYFloat16(dir.Embeddings(), values, set.Len(), model.Spec.Hidden)
}
