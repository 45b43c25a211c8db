package op

import (
	"fmt"
	"unsafe"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Batch is sequences one after another, without padding: the network's input. Nothing in it is copied.
type Batch struct {
	IDs    []int32 // [tokens] rows of the word embeddings
	Types  []int32 // [tokens] rows of the type embeddings: 0, and 1 for the second text of a pair
	Starts []int32 // [sequences+1] the first token of each sequence, and at last the number of tokens
	Gold   []int32 // [sequences] class index; not read by a prediction
	Step   int64   // keys dropout: the same step draws the same
}

// Tokens is the number of tokens.
func (b *Batch) Tokens() int { return len(b.IDs) }

// Sequences is the number of sequences.
func (b *Batch) Sequences() int { return len(b.Starts) - 1 }

// input is what the operations read beside their inputs: one batch, as a Gorgonia value.
type input struct {
	*Batch
	positions []int32 // [tokens] the place of each token in its sequence
	seed      int64
	address   [1]int
}

var _ G.Value = (*input)(nil)

func (i *input) Shape() tensor.Shape        { return tensor.Shape{1} }
func (i *input) Size() int                  { return 1 }
func (i *input) Data() any                  { return i.Batch }
func (i *input) Dtype() tensor.Dtype        { return tensor.Int }
func (i *input) Uintptr() uintptr           { return uintptr(unsafe.Pointer(&i.address)) }
func (i *input) MemSize() uintptr           { return unsafe.Sizeof(i.address) }
func (i *input) Pointer() unsafe.Pointer    { return unsafe.Pointer(&i.address) }
func (i *input) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "batch of %d tokens", i.Tokens()) }

// set makes b the batch that the next run reads.
func (i *input) set(b *Batch) {
	i.Batch = b
	i.positions = i.positions[:0]
	for s := range b.Sequences() {
		for p := range b.Starts[s+1] - b.Starts[s] {
			i.positions = append(i.positions, p)
		}
	}
}
