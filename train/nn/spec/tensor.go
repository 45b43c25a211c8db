package spec

import "fmt"

// A Kind says what a parameter is for: how it is initialised and whether it decays.
type Kind string

const (
	Embedding Kind = "embedding"  // [rows, hidden], looked up by row
	Weight    Kind = "weight"     // [out, in]
	Bias      Kind = "bias"       // [out]
	NormScale Kind = "norm-scale" // [hidden], starts at one
	NormBias  Kind = "norm-bias"  // [hidden], starts at zero
)

// Decays reports whether weight decay applies: to weights and embeddings, not to biases and norms.
func (k Kind) Decays() bool { return k == Weight || k == Embedding }

// A Tensor is one parameter of a model: its name in BertForSequenceClassification's state dict and its shape.
type Tensor struct {
	Name  string
	Shape []int // row-major; a linear layer's weight is [out, in]
	Kind  Kind
	Head  bool // pooler or classifier: made new where a pre-trained model has none
}

// Size is the number of values.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Names of the parameters outside the layers, as in a BertForSequenceClassification.
const (
	WordEmbeddings     = "bert.embeddings.word_embeddings.weight"
	PositionEmbeddings = "bert.embeddings.position_embeddings.weight"
	TypeEmbeddings     = "bert.embeddings.token_type_embeddings.weight"
	EmbeddingNorm      = "bert.embeddings.LayerNorm" // .weight, .bias
	PoolerDense        = "bert.pooler.dense"         // .weight, .bias
	Classifier         = "classifier"                // .weight, .bias
)

// Parts of a layer, after the prefix that Layer gives; each has a .weight and a .bias.
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

// Layer is the prefix of the parameters of layer i, counted from 0, with its final dot.
func Layer(i int) string { return fmt.Sprintf("bert.encoder.layer.%d.", i) }

// Tensors lists every parameter in the order of transformers' state dict. The classifier is left out where there
// are no labels. All shapes are those of the Spec, which must be valid.
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

// A Count is a number of parameters by where they are.
type Count struct {
	Total      int64 `json:"total"`
	Embeddings int64 `json:"embeddings"` // the tables: words, positions, types
	Encoder    int64 `json:"encoder"`    // the layers, and the layer-norm of the embeddings
	Head       int64 `json:"head"`       // pooler and classifier
}

// Body is the size by which papers name a model: without embedding tables, and without the task's head, which
// pre-trained models may lack. Compute is reckoned by it.
func (c Count) Body() int64 { return c.Encoder }

// Parameters counts the parameters.
func (s Spec) Parameters() Count {
	var c Count
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
