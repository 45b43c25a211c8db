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

// Buffers are the numbers of float32 values in the buffers that a network allocates for what it computes between its parameters and
// its results: all that later operations and the backward pass read. The parameters and their gradients are not among them.
type Buffers struct{ fixed, token, sequence, distance int64 } // at one token and sequence; for each further one

// Values returns the number of values for a capacity.
func (b Buffers) Values(c Capacity) int64 {
	return b.fixed + int64(c.Tokens-1)*b.token + int64(c.Sequences-1)*b.sequence + int64(2*c.Longest-1)*b.distance
}

// CountBuffers returns the buffers of a network that predicts or, with train, that trains and predicts. It builds the graphs for a few
// tokens and layers: their memory grows linearly with both. The Spec must be valid.
func CountBuffers(s spec.Spec, train bool) (Buffers, error) {
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
	b, err := buffersOfLayers(short, to)
	if more := int64(s.Layers - few); err == nil && more > 0 {
		var less Buffers
		short.Layers--
		less, err = buffersOfLayers(short, to)
		b.fixed += more * (b.fixed - less.fixed)
		b.token += more * (b.token - less.token)
		b.sequence += more * (b.sequence - less.sequence)
	}
	b.distance = distanceBuffers(s, to)
	return b, err
}

// buffersOfLayers returns the buffers of few layers, without those by distance.
func buffersOfLayers(s spec.Spec, to []purpose) (b Buffers, err error) {
	count := func(tokens, sequences int) (values int64) {
		if err == nil {
			values, err = countBuffers(s, tokens, sequences, to)
		}
		return values
	}
	b.fixed = count(1, 1)
	b.token, b.sequence = count(2, 1)-b.fixed, count(1, 2)-b.fixed
	return b, err
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

// distanceBuffers returns the number of values for each distance of two tokens in buffers that a network allocates when it first
// computes sequences of a length: see op.Relation.
func distanceBuffers(s spec.Spec, to []purpose) (values int64) {
	for _, purpose := range to {
		switch s.Relative.Kind {
		case spec.Biased: // the biases and, by layer, their gradients
			values += int64(s.Heads)
			if purpose == training {
				values += int64(s.Layers * s.Heads)
			}
		case spec.Disentangled: // the embeddings, their keys and queries; in training those by layer, and the gradients of all
			terms := 0
			for _, term := range []bool{s.Relative.ContentToPosition, s.Relative.PositionToContent} {
				if term {
					terms++
				}
			}
			if purpose == training {
				values += int64(2 * (1 + s.Layers*terms) * s.Hidden)
			} else {
				values += int64((1 + terms) * s.Hidden)
			}
		}
	}
	return values
}
