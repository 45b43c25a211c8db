// Package nn is the network: a Spec and its weights made into a graph that trains and predicts, and Hugging Face's
// files in and out.
package nn

import (
	"fmt"

	"ftft/train/nn/kernel"
	"ftft/train/nn/op"
	"ftft/train/nn/spec"
)

// Options are what a network needs to know beside its model.
type Options struct {
	MaxTokens    int         // capacity: tokens in a batch
	MaxSequences int         // and sequences
	Threads      int         // 0 = as many as Go uses; the results do not depend on it
	Path         kernel.Path // likewise; the zero value is the fastest
	Seed         int64
	Dropout      *float64 // in place of the model's three rates; nil = as the model says
}

// A Net is a model at work. Its methods must not be called at the same time.
type Net[T kernel.Float] struct {
	Spec       spec.Spec
	options    Options
	engine     *kernel.Engine[T]
	parameters []*Parameter[T]
	named      map[string]*Parameter[T]

	memory *op.Memory[T]
	graphs [purposes]*op.Graph[T] // each built at its first use
}

// New makes a network of a model's weights, which are copied. Every parameter of the Spec must be among them, in its
// size. Without labels there is no classifier, and the network can only encode.
func New[T kernel.Float](s spec.Spec, weights Weights, o Options) (*Net[T], error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if o.MaxTokens < 1 || o.MaxSequences < 1 {
		return nil, fmt.Errorf("no room for a batch: %d tokens, %d sequences", o.MaxTokens, o.MaxSequences)
	}
	if o.Dropout != nil {
		s.Dropout, s.AttentionDropout, s.ClassifierDropout = *o.Dropout, *o.Dropout, *o.Dropout
	}
	n := &Net[T]{Spec: s, options: o, memory: op.NewMemory[T](), named: map[string]*Parameter[T]{}}
	for _, t := range s.Tensors() {
		values, ok := weights[t.Name]
		if !ok || len(values) != t.Size() {
			return nil, fmt.Errorf("weights of %s %v: got %d values, want %d", t.Name, t.Shape, len(values), t.Size())
		}
		p := &Parameter[T]{Tensor: t, Data: make([]T, len(values)), Grad: make([]T, len(values))}
		for i, v := range values {
			p.Data[i] = T(v)
		}
		n.parameters = append(n.parameters, p)
		n.named[t.Name] = p
	}
	n.engine = kernel.NewEngine[T](o.Threads, o.Path)
	return n, nil
}

// Train runs a batch forward, with dropout, and backward. It returns the mean cross-entropy, and the logits [sequences,
// classes], valid until the next call; the parameters' Grad are then those of the loss.
func (n *Net[T]) Train(b *Batch) (loss float64, logits []T, err error) {
	return n.run(training, b)
}

// Predict gives the logits [sequences, classes] of a batch, without dropout; they are valid until the next call.
func (n *Net[T]) Predict(b *Batch) ([]T, error) {
	_, logits, err := n.run(prediction, b)
	return logits, err
}

// Encode gives the mean-pooled encodings [sequences, hidden] of a batch, without dropout: of each sequence the mean of
// the last layer's hidden states over all its tokens, [CLS] and [SEP] included, as sentence-transformers' mean pooling
// has it. Neither pooler nor classifier is read. The encodings are valid until the next call.
func (n *Net[T]) Encode(b *Batch) ([]T, error) {
	_, encodings, err := n.run(encoding, b)
	return encodings, err
}

// run runs a batch through the graph for a purpose.
func (n *Net[T]) run(to purpose, b *Batch) (loss float64, rows []T, err error) {
	if n.graphs[to] == nil {
		if n.graphs[to], err = build(n.Spec, n.named, n.engine, n.memory, n.options, to); err != nil {
			return 0, nil, err
		}
	}
	return n.graphs[to].Run(b)
}

// Threads is the number of workers.
func (n *Net[T]) Threads() int { return n.engine.Threads() }

// Engine is what the network computes with; an optimiser shares it.
func (n *Net[T]) Engine() *kernel.Engine[T] { return n.engine }

// Parameters lists what an optimiser moves, in the order of the Spec.
func (n *Net[T]) Parameters() []*Parameter[T] { return n.parameters }

// Close ends the workers.
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
