// Package nn makes a network of a Spec and its weights: it trains, predicts and encodes batches. It also reads and writes
// models in Hugging Face's layout.
//
// It may import the packages below it (kernel, op, spec) and internal packages. Begin reading at Net, then build.go.
package nn

import (
	"fmt"

	"ftft/train/nn/kernel"
	"ftft/train/nn/op"
	"ftft/train/nn/spec"
)

// Options configure a network.
type Options struct {
	MaxTokens    int         // capacity: tokens computed at a time
	MaxSequences int         // capacity: sequences computed at a time; a batch of more is computed in parts, with the same bits
	Threads      int         // 0 = GOMAXPROCS; the results do not depend on it
	Path         kernel.Path // zero = the fastest; the results do not depend on it
	Seed         int64       // of dropout
	Dropout      *float64    // replaces the model's rates; nil keeps them

	FreezeEmbeddings bool // the tables of words, positions and types are not trained
	OwnWeights       bool // the network may keep the memory of the weights, which the caller no longer uses, instead of a copy
}

// A Net is a model that can compute. Its methods must not be called concurrently.
type Net[T kernel.Float] struct {
	Spec       spec.Spec
	options    Options
	engine     *kernel.Engine[T]
	parameters []*Parameter[T]
	named      map[string]*Parameter[T]

	memory *op.Memory[T]
	graphs [purposes]*op.Graph[T] // each is built when it is first needed
}

// New returns a network with a copy of the weights, which must hold every parameter of the Spec in its size. A Spec without
// labels has no classifier: its network can only encode. With OwnWeights, a float32 network keeps the weights themselves.
func New[T kernel.Float](s spec.Spec, weights Weights, o Options) (*Net[T], error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if o.MaxTokens < 1 || o.MaxSequences < 1 {
		return nil, fmt.Errorf("the capacity must be at least one token and one sequence, not %d and %d", o.MaxTokens, o.MaxSequences)
	}
	if o.Dropout != nil {
		s = s.WithDropout(*o.Dropout)
	}
	n := &Net[T]{Spec: s, options: o, memory: op.NewMemory[T](), named: map[string]*Parameter[T]{}}
	for _, t := range s.Tensors() {
		values, ok := weights[t.Name]
		if !ok || len(values) != t.Size() {
			return nil, fmt.Errorf("weights of %s %v: got %d values, want %d", t.Name, t.Shape, len(values), t.Size())
		}
		p := &Parameter[T]{Tensor: t, Frozen: o.FreezeEmbeddings && isTable(s, t.Name)}
		if own, ok := any(values).([]T); ok && o.OwnWeights {
			p.Data = own
		} else {
			p.Data = make([]T, len(values))
			for i, v := range values {
				p.Data[i] = T(v)
			}
		}
		n.parameters = append(n.parameters, p)
		n.named[t.Name] = p
	}
	n.engine = kernel.NewEngine[T](o.Threads, o.Path)
	return n, nil
}

// isTable reports whether a tensor is a table of words, positions or types.
func isTable(s spec.Spec, name string) bool {
	n := s.Names()
	return name == n.WordEmbeddings || name == n.PositionEmbeddings || name == n.TypeEmbeddings
}

// AllocateGradients gives every parameter that is trained a gradient. Train does so as well.
func (n *Net[T]) AllocateGradients() {
	for _, p := range n.parameters {
		if p.Grad == nil && !p.Frozen {
			p.Grad = make([]T, len(p.Data))
		}
	}
}

// Train runs a batch forward, with dropout, and backward. It returns the mean cross-entropy and the logits [sequences,
// classes], which are valid until the next call, and sets the Grad of each parameter that is trained to the gradient of the loss.
func (n *Net[T]) Train(b *Batch) (loss float64, logits []T, err error) {
	return n.run(training, b)
}

// Predict returns the logits [sequences, classes] of a batch, computed without dropout and valid until the next call.
func (n *Net[T]) Predict(b *Batch) ([]T, error) {
	_, logits, err := n.run(prediction, b)
	return logits, err
}

// Encode returns the encodings [sequences, hidden] of a batch, computed without dropout and valid until the next call. The
// encoding of a sequence is the mean of the last layer's hidden states over its tokens, including special ones such as [CLS], like
// the mean pooling of sentence-transformers. The head is not used.
func (n *Net[T]) Encode(b *Batch) ([]T, error) {
	_, encodings, err := n.run(encoding, b)
	return encodings, err
}

// run runs a batch through the graph for a purpose, which it builds if needed.
func (n *Net[T]) run(to purpose, b *Batch) (loss float64, rows []T, err error) {
	if n.graphs[to] == nil {
		if to == training {
			n.AllocateGradients()
		}
		if n.graphs[to], err = build(n.Spec, n.named, n.engine, n.memory, n.options, to); err != nil {
			return 0, nil, err
		}
	}
	return n.graphs[to].Run(b)
}

// BufferValues returns the number of values in the buffers of all graphs built so far; see Buffers.
func (n *Net[T]) BufferValues() int64 { return n.memory.Values() }

// Threads returns the number of workers.
func (n *Net[T]) Threads() int { return n.engine.Threads() }

// Engine returns the engine that the network computes with. An optimiser shares it.
func (n *Net[T]) Engine() *kernel.Engine[T] { return n.engine }

// Parameters returns the parameters in the order of Spec.Tensors. An optimiser updates their Data in place.
func (n *Net[T]) Parameters() []*Parameter[T] { return n.parameters }

// Close stops the workers and frees the graphs. The network must not be used afterwards.
func (n *Net[T]) Close() error {
	defer n.engine.Close()
	for _, g := range n.graphs {
		if g != nil {
			if err := g.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}
