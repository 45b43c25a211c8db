package op

import (
	"fmt"
	"unsafe"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Batch is the network's input: sequences of tokens one after another, without padding. The network reads the slices in
// place.
type Batch struct {
	IDs    []int32 // [tokens] rows of the word embeddings
	Types  []int32 // [tokens] rows of the type embeddings: 1 in the second text of a pair, else 0
	Starts []int32 // [sequences+1] the first token of each sequence, then the number of tokens
	Gold   []int32 // [sequences] class index; a prediction does not read it
	Step   int64   // training step; with the seed it determines dropout
}

// Tokens returns the number of tokens.
func (b *Batch) Tokens() int { return len(b.IDs) }

// Sequences returns the number of sequences.
func (b *Batch) Sequences() int { return len(b.Starts) - 1 }

// input is the current batch as a Gorgonia value. Every operation reads it beside its other inputs.
type input struct {
	*Batch
	positions []int32 // [tokens] the row of each token in the table of positions
	first     int32   // the row of a sequence's first token; see Embeddings
	zeros     []int32 // [capacity] all zero
	pad       int32   // the pad token, whose row is first-1 if first is not 0
	seed      int64
	address   [1]int // provides the address and the size that Gorgonia asks for
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

// tokens and sequences return the size of the current batch. As method values they follow it, whereas the value
// input.Tokens stays with the batch that was current when it was evaluated.
func (i *input) tokens() int    { return i.Tokens() }
func (i *input) sequences() int { return i.Sequences() }

// set makes b the current batch.
func (i *input) set(b *Batch) {
	i.Batch = b
	i.positions = i.positions[:0]
	for s := range b.Sequences() {
		next := i.first
		for _, id := range b.IDs[b.Starts[s]:b.Starts[s+1]] {
			if i.first > 0 && id == i.pad {
				i.positions = append(i.positions, i.first-1)
				continue
			}
			i.positions = append(i.positions, next)
			next++
		}
	}
}
