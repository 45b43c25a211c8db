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

// input is the current part of a batch as a Gorgonia value. Every operation reads it beside its other inputs.
type input struct {
	*Batch                // the part; shares the memory of the whole batch, but for Starts
	starts        []int32 // memory of its Starts
	firstToken    int     // number of tokens of the batch before the part
	firstSequence int     // number of sequences of the batch before the part
	whole         int     // sequences of the whole batch
	longest       int     // tokens of the whole batch's longest sequence
	positions     []int32 // [tokens] the row of each token in the table of positions
	first         int32   // the row of a sequence's first token; see Embeddings
	zeros         []int32 // [capacity] all zero
	pad           int32   // the pad token, whose row is first-1 if first is not 0
	seed          int64
	address       [1]int // provides the address and the size that Gorgonia asks for
}

func newInput(tokens, sequences int, seed int64) *input {
	return &input{
		Batch: &Batch{}, seed: seed,
		positions: make([]int32, 0, tokens), zeros: make([]int32, tokens), starts: make([]int32, 0, sequences+1),
	}
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

// tokens and sequences return the size of the current part. As method values they follow it, whereas the value
// input.Tokens stays with the part that was current when it was evaluated.
func (i *input) tokens() int    { return i.Tokens() }
func (i *input) sequences() int { return i.Sequences() }

// continues reports whether parts of the same batch came before the current one.
func (i *input) continues() bool { return i.firstSequence > 0 }

// ends reports whether the current part is the last of its batch.
func (i *input) ends() bool { return i.firstSequence+i.Sequences() == i.whole }

// An extent is the rows of a value in the current part: one for each token, or one for each sequence.
type extent struct {
	count func() int
	first func() int // the number of the first row in the whole batch
}

func (g *Graph[T]) tokenRows() extent {
	return extent{g.input.tokens, func() int { return g.input.firstToken }}
}

func (g *Graph[T]) sequenceRows() extent {
	return extent{g.input.sequences, func() int { return g.input.firstSequence }}
}

// set makes sequences from to to-1 of a batch the current part.
func (i *input) set(whole *Batch, from, to int) {
	b := i.Batch
	first, end := whole.Starts[from], whole.Starts[to]
	i.firstToken, i.firstSequence, i.whole = int(first), from, whole.Sequences()
	i.longest = 1
	for s := range i.whole {
		i.longest = max(i.longest, int(whole.Starts[s+1]-whole.Starts[s]))
	}
	i.starts = i.starts[:0]
	for _, start := range whole.Starts[from : to+1] {
		i.starts = append(i.starts, start-first)
	}
	*b = Batch{IDs: whole.IDs[first:end], Types: whole.Types[first:end], Starts: i.starts, Step: whole.Step}
	if whole.Gold != nil {
		b.Gold = whole.Gold[from:to]
	}
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
