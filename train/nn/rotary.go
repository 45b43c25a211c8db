package nn

import (
	"ftft/train/nn/kernel"
	"ftft/train/nn/op"
	"ftft/train/nn/spec"
)

// rotaryLayers adds the layers of a model with PreNorm: attention with rotary positions and a gated feed-forward layer.
type rotaryLayers[T kernel.Float] struct {
	g     *op.Graph[T]
	s     spec.Spec
	names *spec.Names
	dense func(name string) op.Dense[T]
	norm  func(name string) op.LayerNorm[T]
	next  func() int // numbers the dropouts

	global, local kernel.Rotary[T]
}

// newRotaryLayers returns the layers of a graph. It computes the turns of as many positions as a sequence can have.
func newRotaryLayers[T kernel.Float](g *op.Graph[T], s spec.Spec, o Options, dense func(name string) op.Dense[T],
	norm func(name string) op.LayerNorm[T], next func() int) *rotaryLayers[T] {
	positions, width := min(s.Longest(), o.MaxTokens), s.Hidden/s.Heads
	l := &rotaryLayers[T]{g: g, s: s, names: s.Names(), dense: dense, norm: norm, next: next}
	l.global = kernel.NewRotary[T](positions, width, s.Theta)
	l.local = kernel.NewRotary[T](positions, width, s.LocalTheta)
	return l
}

// add adds layer i. last tells whether only the first token of each sequence is read afterwards.
func (l *rotaryLayers[T]) add(x op.Hidden[T], i int, last bool) op.Hidden[T] {
	n, layer := l.names, l.names.Layer(i)
	turns := l.global
	if l.s.Reach(i) >= 0 {
		turns = l.local
	}
	attend := l.g.AttendRotary
	if last {
		attend = l.g.AttendRotaryFirst
	}
	attention := op.PreNorm[T]{Dense: l.dense(layer + n.AttentionOut), Dropout: l.s.AttentionDropout, Site: l.next()}
	if i > 0 {
		attention.Norm = l.norm(layer + n.AttentionNorm)
	}
	x = attend(x, op.Rotary[T]{
		QKV: l.dense(layer + n.QKV), Heads: l.s.Heads, Turns: turns, Reach: l.s.Reach(i), Rate: l.s.AttentionDropout, Site: l.next(),
	}, attention)
	return l.g.FeedForwardGated(x, activations[l.s.Activation], l.dense(layer+n.FeedForwardIn), l.s.InnerDropout, l.next(),
		op.PreNorm[T]{Norm: l.norm(layer + n.OutputNorm), Dense: l.dense(layer + n.FeedForward)})
}
