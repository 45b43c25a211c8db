package nn

import (
	"ftft/train/nn/kernel"
	"ftft/train/nn/op"
	"ftft/train/nn/spec"
)

// A Capacity is what a network computes at a time.
type Capacity struct {
	Sequences int
	Tokens    int // of all of them
	Longest   int // tokens of the longest
}

// Buffers returns the number of float32 values in the buffers that a network allocates for what it computes between its parameters
// and its results: all that later operations and the backward pass read. With train, they are those of training and of the
// predictions of its evaluations. The parameters and their gradients are not among them. The Spec must be valid.
//
// Buffers builds the graphs for a few tokens and layers, and follows from their memory that of all tokens and layers: it grows
// linearly with them.
func Buffers(s spec.Spec, c Capacity, train bool) (int64, error) {
	to := []purpose{prediction}
	if train {
		to = []purpose{training, prediction}
	}
	if len(s.Labels) == 0 {
		s.Labels = spec.DefaultLabels(2)
	}
	const few = 3 // layers: the last one may differ from the others
	short := s
	short.Layers = min(s.Layers, few)
	total, err := buffersOfLayers(short, c, to)
	if err != nil || s.Layers <= few {
		return total, err
	}
	short.Layers--
	less, err := buffersOfLayers(short, c, to)
	return total + int64(s.Layers-few)*(total-less), err
}

// buffersOfLayers is Buffers for few layers.
func buffersOfLayers(s spec.Spec, c Capacity, to []purpose) (int64, error) {
	one, err := countBuffers(s, 1, 1, to)
	if err != nil {
		return 0, err
	}
	tokens, err := countBuffers(s, 2, 1, to)
	if err != nil {
		return 0, err
	}
	sequences, err := countBuffers(s, 1, 2, to)
	return one + int64(c.Tokens-1)*(tokens-one) + int64(c.Sequences-1)*(sequences-one) + distanceBuffers(s, c.Longest, to), err
}

// countBuffers builds graphs with room for a few tokens and sequences, and returns the number of values in their buffers.
func countBuffers(s spec.Spec, tokens, sequences int, to []purpose) (int64, error) {
	s.Vocabulary = s.Pad + 1 // no buffer depends on it
	largest := 0
	for _, t := range s.Tensors() {
		largest = max(largest, t.Size())
	}
	values, named := make([]float32, largest), map[string]*Parameter[float32]{} // no graph runs, so all parameters have the same memory
	for _, t := range s.Tensors() {
		named[t.Name] = &Parameter[float32]{Tensor: t, Data: values[:t.Size()], Grad: values[:t.Size()]}
	}
	engine := kernel.NewEngine[float32](1, kernel.Plain)
	defer engine.Close()
	memory := op.NewMemory[float32]()
	for _, purpose := range to {
		g, err := build(s, named, engine, memory, Options{MaxTokens: tokens, MaxSequences: sequences}, purpose)
		if err != nil {
			return 0, err
		}
		if err := g.Close(); err != nil {
			return 0, err
		}
	}
	return memory.Values(), nil
}

// distanceBuffers returns the number of values in buffers by the distance of tokens, which a network allocates when it first
// computes sequences of a length: see op.Relation.
func distanceBuffers(s spec.Spec, longest int, to []purpose) int64 {
	perDistance := 0 // values of a distance
	for _, purpose := range to {
		switch s.Relative.Kind {
		case spec.Biased: // the biases and, by layer, their gradients
			perDistance += s.Heads
			if purpose == training {
				perDistance += s.Layers * s.Heads
			}
		case spec.Disentangled: // the embeddings and, by layer, their keys and queries, all with their gradients
			terms := 0
			for _, term := range []bool{s.Relative.ContentToPosition, s.Relative.PositionToContent} {
				if term {
					terms++
				}
			}
			values := (1 + s.Layers*terms) * s.Hidden
			if purpose == training {
				values *= 2
			}
			perDistance += values
		}
	}
	return int64(2*longest-1) * int64(perDistance)
}
