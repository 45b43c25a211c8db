package nn

import (
	"errors"

	"ftft/train/nn/kernel"
	"ftft/train/nn/op"
	"ftft/train/nn/spec"
)

// A purpose selects what a graph computes.
type purpose int

const (
	training   purpose = iota // logits, loss and gradients
	prediction                // logits
	encoding                  // the mean of the last layer's hidden states over a sequence's tokens; without the head
	purposes                  // the number of purposes
)

// build makes the graph of a model for a purpose. Its operations stand in the order of computation.
func build[T kernel.Float](s spec.Spec, named map[string]*Parameter[T], engine *kernel.Engine[T], memory *op.Memory[T], o Options,
	to purpose) (*op.Graph[T], error) {
	if len(s.Labels) == 0 && to != encoding {
		return nil, errors.New("the model has no labels, so it cannot classify")
	}
	g := op.NewGraph(engine, memory, o.MaxTokens, o.MaxSequences, s.Hidden, o.Seed, to == training)
	p := func(name string) *Parameter[T] { return named[name] }
	dense := func(name string) op.Dense[T] {
		return op.Dense[T]{Weight: p(name + ".weight"), Bias: p(name + ".bias")}
	}
	site := 0 // the number of the latest dropout in the model
	next := func() int { site++; return site }

	n := s.Names()
	x := g.Embed(op.Embeddings[T]{
		Words: p(n.WordEmbeddings), Positions: p(n.PositionEmbeddings), Types: p(n.TypeEmbeddings), Pad: s.Pad, First: s.FirstPosition,
	})
	norm := func(name string) op.LayerNorm[T] {
		return op.LayerNorm[T]{Scale: p(name + ".weight"), Shift: p(name + ".bias"), Epsilon: s.Epsilon}
	}
	x = g.Norm(x, norm(n.EmbeddingNorm))
	hidden := g.Hidden(x, s.Dropout, next())
	if s.Embedding != s.Hidden {
		hidden = g.Project(hidden, dense(n.EmbeddingProjection))
	}
	first := to != encoding && !s.MeanPooling // whether the head reads only the first token
	relation := relate(g, s, p, next)
	var rotary *rotaryLayers[T]
	if s.PreNorm {
		rotary = newRotaryLayers(g, s, o, dense, norm, next)
	}
	for i := range s.Layers {
		layer := n.Layer(i)
		last := first && i == s.Layers-1
		if s.PreNorm {
			hidden = rotary.add(hidden, i, last)
			continue
		}
		out := func(part, norm string) op.Output[T] {
			return op.Output[T]{
				Dense: dense(layer + part), Scale: p(layer + norm + ".weight"), Shift: p(layer + norm + ".bias"),
				Dropout: s.Dropout, Site: next(), Epsilon: s.Epsilon,
			}
		}
		attend := g.Attend
		if last {
			attend = g.AttendFirst
		}
		hidden = attend(hidden, op.SelfAttention[T]{
			Query: dense(layer + n.Query), Key: dense(layer + n.Key), Value: dense(layer + n.Value), Heads: s.Heads,
			Dropout: s.AttentionDropout, Site: next(), Relation: relation,
		}, out(n.AttentionOut, n.AttentionNorm))
		hidden = g.FeedForward(hidden, activations[s.Activation], dense(layer+n.FeedForwardIn), out(n.FeedForward, n.OutputNorm))
	}
	if s.PreNorm {
		hidden = g.NormHidden(hidden, norm(n.FinalNorm))
	}
	if to == encoding {
		g.End(g.Mean(hidden))
		g.Compile()
		return g, nil
	}
	x = hidden.Node
	if s.MeanPooling {
		x = g.Mean(hidden)
	}
	if s.HeadDropout > 0 {
		x = g.Drop(x, s.HeadDropout, next())
	}
	x = g.Linear(x, activations[s.HeadActivation], dense(n.HeadDense))
	if s.HeadNorm {
		x = g.NormHead(x, norm(n.HeadNorm))
	}
	x = g.Linear(g.Drop(x, s.ClassifierDropout, next()), kernel.Identity, dense(n.Classifier))

	if to == training {
		g.CrossEntropy(x)
		if err := g.Differentiate(); err != nil {
			return nil, err
		}
	} else {
		g.End(x)
	}
	g.Compile()
	return g, nil
}

// relate returns what makes attention depend on the distances of tokens, nil if nothing does.
func relate[T kernel.Float](g *op.Graph[T], s spec.Spec, p func(name string) *Parameter[T], next func() int) op.Relation[T] {
	r, n := s.Relative, s.Names()
	switch r.Kind {
	case spec.Biased:
		return g.Biases(p(n.RelativeTable), s.Longest(), r.Row)
	case spec.Disentangled:
		t := op.DistanceTable[T]{
			Embeddings: p(n.RelativeTable), Epsilon: s.Epsilon, Row: r.Row, Longest: s.Longest(), Dropout: s.Dropout, Site: next,
			ContentToPosition: r.ContentToPosition, PositionToContent: r.PositionToContent,
		}
		if r.Norm {
			t.Scale, t.Shift = p(n.RelativeNorm+".weight"), p(n.RelativeNorm+".bias")
		}
		return g.Disentangled(t)
	}
	return nil
}

var activations = map[string]kernel.Activation{
	spec.Gelu:     kernel.GELU,
	spec.GeluTanh: kernel.GELUTanh,
	spec.Relu:     kernel.ReLU,
	spec.Tanh:     kernel.Tanh,
}
