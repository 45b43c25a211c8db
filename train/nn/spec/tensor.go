package spec

import (
	"cmp"
	"fmt"
)

// A Kind is the kind of a parameter. It determines its initial values and whether weight decay applies.
type Kind string

// The kinds of parameters.
const (
	Embedding Kind = "embedding"  // [rows, hidden] a table
	Weight    Kind = "weight"     // [out, in], or the embeddings of distances, [rows, hidden]
	Bias      Kind = "bias"       // [out], or by distance and head, [rows, heads]
	NormScale Kind = "norm-scale" // [hidden] initially one
	NormBias  Kind = "norm-bias"  // [hidden] initially zero
)

// Decays reports whether weight decay applies: it does to weights and embeddings, not to biases and layer-norms.
func (k Kind) Decays() bool { return k == Weight || k == Embedding }

// A Tensor describes a parameter of a model. Its name is that in the state dict of the family's
// ForSequenceClassification.
type Tensor struct {
	Name  string
	Shape []int // row-major; a linear layer's weight is [out, in]
	Kind  Kind
	Head  bool // whether it belongs to the classifier or the layer before it, which a pre-trained model may lack
}

// Size returns the number of values.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Layer returns the prefix of the names in layer i, counted from 0, including the final dot.
func (n *Names) Layer(i int) string { return fmt.Sprintf("%s%d.", n.LayerPrefix, i) }

// Tensors returns every parameter, in the order of the computation. Without labels there is no classifier. The Spec must be valid.
func (s Spec) Tensors() []Tensor {
	n := s.Names()
	list := make([]Tensor, 0, 14+16*s.Layers)
	head := false
	table := func(name string, rows int) {
		list = append(list, Tensor{name, []int{rows, s.Embedding}, Embedding, false})
	}
	linear := func(name string, out, in int, unbiased bool) {
		list = append(list, Tensor{name + ".weight", []int{out, in}, Weight, head})
		if !unbiased {
			list = append(list, Tensor{name + ".bias", []int{out}, Bias, head})
		}
	}
	norm := func(name string, width int) {
		list = append(list, Tensor{name + ".weight", []int{width}, NormScale, head})
		if !s.Unbiased.Norms {
			list = append(list, Tensor{name + ".bias", []int{width}, NormBias, head})
		}
	}

	table(n.WordEmbeddings, s.Vocabulary)
	if s.PositionTable {
		table(n.PositionEmbeddings, s.Positions)
	}
	if s.Types > 0 {
		table(n.TypeEmbeddings, s.Types)
	}
	norm(n.EmbeddingNorm, s.Embedding)
	if s.Embedding != s.Hidden {
		linear(n.EmbeddingProjection, s.Hidden, s.Embedding, false)
	}
	switch s.Relative.Kind {
	case Biased:
		list = append(list, Tensor{n.RelativeTable, []int{s.Relative.Rows(), s.Heads}, Bias, false})
	case Disentangled:
		list = append(list, Tensor{n.RelativeTable, []int{s.Relative.Rows(), s.Hidden}, Weight, false})
		if s.Relative.Norm {
			norm(n.RelativeNorm, s.Hidden)
		}
	}
	for i := range s.Layers {
		layer := n.Layer(i)
		if s.PreNorm && i > 0 {
			norm(layer+n.AttentionNorm, s.Hidden)
		}
		if n.QKV != "" {
			linear(layer+n.QKV, 3*s.Hidden, s.Hidden, s.Unbiased.Attention)
		} else {
			linear(layer+n.Query, s.Hidden, s.Hidden, s.Unbiased.Attention)
			linear(layer+n.Key, s.Hidden, s.Hidden, s.Unbiased.Attention)
			linear(layer+n.Value, s.Hidden, s.Hidden, s.Unbiased.Attention)
		}
		linear(layer+n.AttentionOut, s.Hidden, s.Hidden, s.Unbiased.Attention)
		if !s.PreNorm {
			norm(layer+n.AttentionNorm, s.Hidden)
		} else {
			norm(layer+n.OutputNorm, s.Hidden)
		}
		linear(layer+n.FeedForwardIn, s.InnerWidth(), s.Hidden, s.Unbiased.FeedForward)
		linear(layer+n.FeedForward, s.Hidden, s.Intermediate, s.Unbiased.FeedForward)
		if !s.PreNorm {
			norm(layer+n.OutputNorm, s.Hidden)
		}
	}
	if s.PreNorm {
		norm(n.FinalNorm, s.Hidden)
	}
	head = true
	linear(n.HeadDense, s.Hidden, s.Hidden, s.Unbiased.Head)
	if s.HeadNorm {
		norm(n.HeadNorm, s.Hidden)
	}
	if len(s.Labels) > 0 {
		linear(n.Classifier, len(s.Labels), s.Hidden, false)
	}
	return list
}

// InnerWidth returns the number of outputs of the first linear layer of a feed-forward layer.
func (s Spec) InnerWidth() int {
	if s.Gated {
		return 2 * s.Intermediate
	}
	return s.Intermediate
}

// A Size is a size in config.json that the shape of a tensor tells as well.
type Size struct {
	Key       string // in config.json
	Value     int    // by config.json
	Tensor    string
	Dimension int // of the tensor's shape that is the size
}

// Sizes returns the sizes that tensors tell. The number of layers is not among them.
func (s Spec) Sizes() []Size {
	n, k := s.Names(), &s.family().keys
	list := []Size{
		{k.vocabulary, s.Vocabulary, n.WordEmbeddings, 0},
		{cmp.Or(k.embedding, k.hidden), s.Embedding, n.WordEmbeddings, 1},
		{k.intermediate, s.Intermediate, n.Layer(0) + n.FeedForward + ".weight", 1},
	}
	if s.PositionTable {
		list = append(list, Size{k.positions, s.Positions, n.PositionEmbeddings, 0})
	}
	if s.Types > 0 {
		list = append(list, Size{k.types, s.Types, n.TypeEmbeddings, 0})
	}
	if k.embedding != "" {
		list = append(list, Size{k.hidden, s.Hidden, n.Layer(0) + n.Query + ".weight", 0})
	}
	return list
}

// LayersKey returns the key of the number of layers in config.json.
func (s Spec) LayersKey() string { return s.family().keys.layers }

// Tables returns the number of parameters in the tables of words, positions and types, which training can leave as they are.
func (s Spec) Tables() int64 {
	rows := int64(s.Vocabulary) + int64(s.Types)
	if s.PositionTable {
		rows += int64(s.Positions)
	}
	return rows * int64(s.Embedding)
}

// A Count holds numbers of parameters.
type Count struct {
	Total      int64 `json:"total"`
	Embeddings int64 `json:"embeddings"` // tables of words, positions and types
	Encoder    int64 `json:"encoder"`    // layers, and what follows the embeddings: a layer-norm, a projection
	Head       int64 `json:"head"`       // the classifier and the layer before it
}

// Body returns the number of parameters without embedding tables and head, which is the size that papers state for a model.
// Compute is calculated from it.
func (c Count) Body() int64 { return c.Encoder }

// Parameters returns the numbers of parameters. It takes the same time for any number of layers.
func (s Spec) Parameters() Count {
	if s.Layers < 1 {
		return s.count()
	}
	one, two := s, s
	one.Layers, two.Layers = 1, 2
	c := one.count() // the first layer of a pre-norm model lacks a layer-norm that all others have
	rest := int64(s.Layers-1) * (two.count().Encoder - c.Encoder)
	c.Encoder += rest
	c.Total += rest
	return c
}

// count adds up the sizes of all parameters.
func (s Spec) count() (c Count) {
	for _, t := range s.Tensors() {
		n := int64(t.Size())
		c.Total += n
		switch {
		case t.Head:
			c.Head += n
		case t.Kind == Embedding:
			c.Embeddings += n
		default:
			c.Encoder += n
		}
	}
	return c
}
