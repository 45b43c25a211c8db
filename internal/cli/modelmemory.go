package cli

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/internal/input"
	"ftft/train"
	"ftft/train/nn"
	"ftft/train/nn/spec"
)

// memoryFlags are the settings of training that its memory depends on.
type memoryFlags struct {
	batch, maxLength, micro int
	frozen                  bool
}

func (m *memoryFlags) add(cmd *cobra.Command) {
	defaults := configs.Default().Train
	cmd.Flags().IntVar(&m.batch, "batch-size", defaults.BatchSize, "examples per batch, for the memory")
	cmd.Flags().IntVar(&m.maxLength, "max-length", 0,
		fmt.Sprintf("tokens of each example, for the memory; 0 = %d, or the model's positions if they are fewer", defaults.MaxLength))
	cmd.Flags().IntVar(&m.micro, "micro-batch", 0, "examples computed at a time, for the memory; 0 = the whole batch")
	cmd.Flags().BoolVar(&m.frozen, "freeze-embeddings", false, "leave the embeddings as they are in training, for the memory")
}

// modelMemory is the memory that a model takes.
type modelMemory struct {
	Batch      int          `json:"batch_size"`
	MaxLength  int          `json:"max_length"`
	Micro      int          `json:"micro_batch"` // examples computed at a time
	Frozen     bool         `json:"freeze_embeddings"`
	Training   train.Memory `json:"training"` // bytes
	Prediction train.Memory `json:"prediction"`
	Totals     struct {
		Training   int64 `json:"training"`
		Prediction int64 `json:"prediction"`
	} `json:"total"`
	Available int64 `json:"available"` // on this machine
}

// of returns the memory that a model takes by the flags.
func (m memoryFlags) of(s spec.Spec) (modelMemory, error) {
	longest := s.Longest()
	switch {
	case m.batch < 1:
		return modelMemory{}, usageError{fmt.Errorf("--batch-size is %d; it must be 1 or more", m.batch)}
	case m.micro < 0:
		return modelMemory{}, usageError{fmt.Errorf("--micro-batch is %d; it must be 0 (the whole batch) or more", m.micro)}
	case m.maxLength < 0:
		return modelMemory{}, usageError{fmt.Errorf("--max-length is %d; it must be 0 or more", m.maxLength)}
	case m.maxLength > longest:
		return modelMemory{}, usageError{fmt.Errorf("--max-length is %d; the model has %d positions", m.maxLength, longest)}
	}
	size := min(cmp.Or(m.micro, m.batch), m.batch)
	length := cmp.Or(m.maxLength, min(configs.Default().Train.MaxLength, longest))
	c := nn.Capacity{Sequences: size, Tokens: size * length, Longest: length}
	training, err := train.NewSizing(s, true)
	if err != nil {
		return modelMemory{}, err
	}
	prediction, err := train.NewSizing(s, false)
	all := modelMemory{
		Batch: m.batch, MaxLength: length, Micro: size, Frozen: m.frozen,
		Training: training.Memory(c, m.frozen), Prediction: prediction.Memory(c, false), Available: input.Available(),
	}
	all.Totals.Training, all.Totals.Prediction = all.Training.Total(), all.Prediction.Total()
	return all, err
}

// rows describes the memory.
func (m modelMemory) rows() [][]string {
	batch := fmt.Sprintf("for batches of %d examples of %d tokens", m.Batch, m.MaxLength)
	if m.Micro < m.Batch {
		batch += fmt.Sprintf(", %d at a time", m.Micro)
	}
	frozen := ""
	if m.Frozen {
		frozen = ", with frozen embeddings"
	}
	t, p := m.Training, m.Prediction
	return [][]string{
		{"training memory", fmt.Sprintf("%s %s%s; %s available", input.Size(t.Total()), batch, frozen, input.Size(m.Available))},
		{"", fmt.Sprintf("weights %s, gradients %s, moments %s, copies for checkpoints %s, buffers %s, program %s", input.Size(t.Weights),
			input.Size(t.Gradients), input.Size(t.Moments), input.Size(t.Checkpoints), input.Size(t.Buffers), input.Size(t.Program))},
		{"prediction memory", fmt.Sprintf("%s %s: weights %s, buffers %s, program %s", input.Size(p.Total()), batch,
			input.Size(p.Weights), input.Size(p.Buffers), input.Size(p.Program))},
	}
}
