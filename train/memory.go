package train

import (
	"fmt"
	"strings"

	"ftft/internal/input"
	"ftft/train/nn"
	"ftft/train/nn/spec"
)

// A Memory is the bytes that a model takes, by what they hold. Buffers grow with what is computed at a time, all else with the model.
type Memory struct {
	Weights     int64 `json:"weights"`     // float32
	Gradients   int64 `json:"gradients"`   // of training
	Moments     int64 `json:"moments"`     // both of AdamW's
	Checkpoints int64 `json:"checkpoints"` // the copies of weights and moments that a checkpoint is written from
	Buffers     int64 `json:"buffers"`     // what the layers compute, and its gradients
	Program     int64 `json:"program"`     // the program with its tokenizer, and the packed factors of products
}

// programMemory is what a process takes beside the model and its data.
const programMemory = 96 << 20

// Total returns the sum.
func (m Memory) Total() int64 {
	return m.Weights + m.Gradients + m.Moments + m.Checkpoints + m.Buffers + m.Program
}

// A Sizing tells what training or predicting with a model takes.
type Sizing struct {
	spec    spec.Spec
	train   bool
	buffers nn.Buffers
}

// NewSizing returns the sizing of a valid Spec: of predictions or, with train, of training with its evaluations and checkpoints.
func NewSizing(s spec.Spec, train bool) (Sizing, error) {
	buffers, err := nn.CountBuffers(s, train)
	return Sizing{s, train, buffers}, err
}

// Memory returns what the model takes for a capacity. The data are left out. frozen tells whether the embeddings are not trained.
func (z Sizing) Memory(c nn.Capacity, frozen bool) Memory {
	m := Memory{Weights: 4 * z.spec.Parameters().Total, Program: programMemory}
	if c.Tokens > 0 {
		m.Buffers = 4 * z.buffers.Values(c)
	}
	if z.train {
		trained := m.Weights
		if frozen {
			trained -= 4 * z.spec.Tables()
		}
		m.Gradients, m.Moments, m.Checkpoints = trained, 2*trained, 3*trained
	}
	return m
}

// A TooLarge is the error of training that the memory has no room for.
type TooLarge struct {
	Need, Available int64  // bytes
	Ways            string // settings that make it fit, or the least that it takes
}

func (e *TooLarge) Error() string {
	return fmt.Sprintf("training takes %s of memory, and this machine has %s available: %s",
		input.Size(e.Need), input.Size(e.Available), e.Ways)
}

// A memoryCheck compares the memory that training takes with what there is.
type memoryCheck struct {
	Sizing
	size     int  // examples computed at a time
	frozen   bool // whether the embeddings are not trained
	capacity func(size int) nn.Capacity
}

// checkMemory returns a *TooLarge if the memory has no room to train a model on size examples at a time, which take a capacity.
func checkMemory(s spec.Spec, size int, frozen bool, capacity func(size int) nn.Capacity) error {
	c := memoryCheck{Sizing{spec: s, train: true}, size, frozen, capacity}
	available := input.Available()
	if need := c.Memory(nn.Capacity{}, true).Total(); need > available { // the graphs must have room as well
		return &TooLarge{need, available, "that is the model alone with frozen embeddings, without a batch: use a smaller model"}
	}
	var err error
	if c.buffers, err = nn.CountBuffers(s, true); err != nil {
		return err
	}
	if need := c.need(size, frozen); need > available {
		return &TooLarge{need, available, c.ways(available)}
	}
	return nil
}

// need returns the bytes that training takes in all.
func (c memoryCheck) need(size int, frozen bool) int64 {
	return c.Memory(c.capacity(size), frozen).Total()
}

// ways describes the settings that make training fit: the largest micro_batch, with freeze_embeddings where that is needed.
func (c memoryCheck) ways(available int64) string {
	for _, frozen := range []bool{c.frozen, true} {
		for size := c.size; size >= 1; size /= 2 {
			if need := c.need(size, frozen); need <= available {
				return fmt.Sprintf("with %s it takes %s", c.settings(size, frozen), input.Size(need))
			}
		}
	}
	return fmt.Sprintf("even with %s it takes %s; use a smaller model or shorter texts", c.settings(1, true), input.Size(c.need(1, true)))
}

// settings names the settings that differ from those of the check.
func (c memoryCheck) settings(size int, frozen bool) string {
	var list []string
	if size < c.size {
		list = append(list, fmt.Sprintf("micro_batch = %d", size))
	}
	if frozen && !c.frozen {
		list = append(list, "freeze_embeddings = true")
	}
	if len(list) == 0 {
		return fmt.Sprintf("micro_batch = %d", size)
	}
	return strings.Join(list, " and ")
}
