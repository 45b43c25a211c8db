package spec

import "fmt"

// A Kind is the kind of a parameter. It determines its initial values and whether weight decay applies.
type Kind string

// The kinds of parameters.
const (
	Embedding Kind = "embedding"  // [rows, hidden] a table
	Weight    Kind = "weight"     // [out, in]
	Bias      Kind = "bias"       // [out]
	NormScale Kind = "norm-scale" // [hidden] initially one
	NormBias  Kind = "norm-bias"  // [hidden] initially zero
)

// Decays reports whether weight decay applies: it does to weights and embeddings, not to biases and layer-norms.
func (k Kind) Decays() bool { return k == Weight || k == Embedding }

// A Tensor describes a parameter of a model. Its name is that in the state dict of a BertForSequenceClassification.
type Tensor struct {
	Name  string
	Shape []int // row-major; a linear layer's weight is [out, in]
	Kind  Kind
	Head  bool // whether it belongs to the pooler or the classifier, which a pre-trained model may lack
}

// Size returns the number of values.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Names of the parameters outside the layers. Those without a suffix are prefixes of a .weight and a .bias.
const (
	WordEmbeddings     = "bert.embeddings.word_embeddings.weight"
	PositionEmbeddings = "bert.embeddings.position_embeddings.weight"
	TypeEmbeddings     = "bert.embeddings.token_type_embeddings.weight"
	EmbeddingNorm      = "bert.embeddings.LayerNorm"
	PoolerDense        = "bert.pooler.dense"
	Classifier         = "classifier"
)

// Names of the parts of a layer, to follow the prefix that Layer returns. Each has a .weight and a .bias.
const (
	Query         = "attention.self.query"
	Key           = "attention.self.key"
	Value         = "attention.self.value"
	AttentionOut  = "attention.output.dense"
	AttentionNorm = "attention.output.LayerNorm"
	FeedForwardIn = "intermediate.dense"
	FeedForward   = "output.dense"
	OutputNorm    = "output.LayerNorm"
)

// LayerPrefix is what the names in all layers begin with; the layer's number follows.
const LayerPrefix = "bert.encoder.layer."

// Layer returns the prefix of the names in layer i, counted from 0, including the final dot.
func Layer(i int) string { return fmt.Sprintf("%s%d.", LayerPrefix, i) }

// Tensors returns every parameter in the order of transformers' state dict. Without labels there is no classifier. The
// Spec must be valid.
func (s Spec) Tensors() []Tensor {
	list := make([]Tensor, 0, 9+16*s.Layers)
	head := false
	linear := func(name string, out, in int) {
		list = append(list,
			Tensor{name + ".weight", []int{out, in}, Weight, head},
			Tensor{name + ".bias", []int{out}, Bias, head})
	}
	norm := func(name string) {
		list = append(list,
			Tensor{name + ".weight", []int{s.Hidden}, NormScale, false},
			Tensor{name + ".bias", []int{s.Hidden}, NormBias, false})
	}

	list = append(list,
		Tensor{WordEmbeddings, []int{s.Vocabulary, s.Hidden}, Embedding, false},
		Tensor{PositionEmbeddings, []int{s.Positions, s.Hidden}, Embedding, false},
		Tensor{TypeEmbeddings, []int{s.Types, s.Hidden}, Embedding, false})
	norm(EmbeddingNorm)
	for i := range s.Layers {
		layer := Layer(i)
		linear(layer+Query, s.Hidden, s.Hidden)
		linear(layer+Key, s.Hidden, s.Hidden)
		linear(layer+Value, s.Hidden, s.Hidden)
		linear(layer+AttentionOut, s.Hidden, s.Hidden)
		norm(layer + AttentionNorm)
		linear(layer+FeedForwardIn, s.Intermediate, s.Hidden)
		linear(layer+FeedForward, s.Hidden, s.Intermediate)
		norm(layer + OutputNorm)
	}
	head = true
	if s.Pooler {
		linear(PoolerDense, s.Hidden, s.Hidden)
	}
	if len(s.Labels) > 0 {
		linear(Classifier, len(s.Labels), s.Hidden)
	}
	return list
}

// A Count holds numbers of parameters.
type Count struct {
	Total      int64 `json:"total"`
	Embeddings int64 `json:"embeddings"` // tables of words, positions and types
	Encoder    int64 `json:"encoder"`    // layers, and the layer-norm of the embeddings
	Head       int64 `json:"head"`       // pooler and classifier
}

// Body returns the number of parameters without embedding tables and head, which is the size that papers state for a model.
// Compute is calculated from it.
func (c Count) Body() int64 { return c.Encoder }

// Parameters returns the numbers of parameters. It takes the same time for any number of layers.
func (s Spec) Parameters() Count {
	none, one := s, s
	none.Layers, one.Layers = 0, 1
	c, layer := none.count(), one.count()
	layers := int64(s.Layers) * (layer.Encoder - c.Encoder)
	c.Encoder += layers
	c.Total += layers
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
