// Package spec describes a model as data: its sizes, its parameters by name and shape, and its config.json.
//
// Names, shapes and keys are those of Hugging Face transformers, so that each can open what the other writes. The package
// computes nothing and imports only internal packages; package nn builds a network from a Spec. Begin reading at Spec.
package spec

import (
	"errors"
	"fmt"
	"math"
)

// A Spec describes a transformer encoder with a classification head. It determines the shapes of all parameters and the
// computation, but not the training.
type Spec struct {
	Family string // "bert": post-norm layers, learned absolute positions, tanh pooler over the first token

	Vocabulary   int // rows of the word embeddings
	Positions    int // rows of the position embeddings: the longest sequence, in tokens
	Types        int // rows of the token-type embeddings: 2 for pairs
	Hidden       int // width of the hidden states
	Layers       int
	Heads        int // attention heads in each layer; the width of a head is Hidden/Heads
	Intermediate int // width of the feed-forward layer

	Activation string  // of the feed-forward layer: Gelu, GeluTanh or Relu
	Epsilon    float64 // added to the variance in every layer-norm

	// Dropout rates.
	Dropout           float64 // after the embeddings and after both projections of a layer
	AttentionDropout  float64 // on the attention probabilities
	ClassifierDropout float64 // on the pooled vector, before the classifier

	InitializerRange float64 // standard deviation of new weights

	Pooler bool     // whether a linear layer with tanh follows the first token; a BERT always has one
	Labels []string // by class index; empty = no classifier
	Pad    int      // ID of [PAD], whose embedding is initialised to zero and has no gradient
}

// The activations, by the names that config.json gives them.
const (
	Gelu     = "gelu"     // x Φ(x) by the error function (Hendrycks and Gimpel, 2016)
	GeluTanh = "gelu_new" // its approximation by tanh; gelu_pytorch_tanh and gelu_fast are the same function
	Relu     = "relu"
)

// Bert is the only family so far (Devlin et al., 2019).
const Bert = "bert"

// Scratch returns a BERT of the given sizes with the defaults of transformers for all else: GELU, epsilon 1e-12, dropout
// 0.1, two token types. It differs in the standard deviation of new weights, which is 1/√hidden: the default of 0.02 suits
// a width of 768 or more, and a narrow model learns less from it in the same number of steps.
func Scratch(layers, hidden, heads, intermediate, vocabulary, positions int, labels []string) Spec {
	return Spec{
		Family:     Bert,
		Vocabulary: vocabulary, Positions: positions, Types: 2,
		Hidden: hidden, Layers: layers, Heads: heads, Intermediate: intermediate,
		Activation: Gelu, Epsilon: 1e-12,
		Dropout: 0.1, AttentionDropout: 0.1, ClassifierDropout: 0.1,
		InitializerRange: 1 / math.Sqrt(float64(hidden)),
		Pooler:           true,
		Labels:           labels,
	}
}

// Validate returns one error that lists every invalid value, each on a line that begins with its key in config.json.
func (s Spec) Validate() error {
	var list []error
	for _, p := range s.problems() {
		list = append(list, fmt.Errorf("%s: %s", p.key, p.message))
	}
	return errors.Join(list...)
}

// A problem is an invalid value and its key in config.json.
type problem struct{ key, message string }

// problems returns every invalid value.
func (s Spec) problems() (problems []problem) {
	fail := func(key, format string, args ...any) {
		problems = append(problems, problem{key, fmt.Sprintf(format, args...)})
	}
	if s.Family != Bert {
		fail("model_type", "%q is not supported; supported: %q", s.Family, Bert)
	}
	for _, size := range []struct {
		key          string
		value, limit int
	}{
		{"vocab_size", s.Vocabulary, MaxRows},
		{"max_position_embeddings", s.Positions, MaxRows},
		{"type_vocab_size", s.Types, MaxRows},
		{"hidden_size", s.Hidden, MaxWidth},
		{"num_hidden_layers", s.Layers, MaxLayers},
		{"num_attention_heads", s.Heads, MaxWidth},
		{"intermediate_size", s.Intermediate, MaxWidth},
	} {
		if size.value < 1 || size.value > size.limit {
			fail(size.key, "%d is out of range; use 1 to %d", size.value, size.limit)
		}
	}
	if s.Hidden > 0 && s.Heads > 0 && s.Hidden%s.Heads != 0 {
		fail("hidden_size", "%d is not a multiple of num_attention_heads, %d", s.Hidden, s.Heads)
	}
	switch s.Activation {
	case Gelu, GeluTanh, Relu:
	default:
		fail("hidden_act", "%q is not supported; supported: gelu, gelu_new, gelu_pytorch_tanh, relu", s.Activation)
	}
	if !(s.Epsilon > 0 && s.Epsilon < 1) {
		fail("layer_norm_eps", "%g is out of range; use a small positive number such as 1e-12", s.Epsilon)
	}
	for _, p := range []struct {
		key   string
		value float64
	}{
		{"hidden_dropout_prob", s.Dropout},
		{"attention_probs_dropout_prob", s.AttentionDropout},
		{"classifier_dropout", s.ClassifierDropout},
	} {
		if !(p.value >= 0 && p.value < 1) {
			fail(p.key, "%g is out of range; use 0 or more, less than 1", p.value)
		}
	}
	if !(s.InitializerRange > 0 && s.InitializerRange < 10) {
		fail("initializer_range", "%g is out of range; use a small positive number such as 0.02", s.InitializerRange)
	}
	if s.Family == Bert && !s.Pooler {
		fail("pooler", "a BERT must have one")
	}
	if s.Pad < 0 || s.Vocabulary > 0 && s.Pad >= s.Vocabulary {
		fail("pad_token_id", "%d is not a row of the vocabulary of %d", s.Pad, s.Vocabulary)
	}
	if len(s.Labels) == 1 {
		fail("id2label", "there is only one label (%q); use two or more", s.Labels[0])
	}
	seen := map[string]int{}
	for i, label := range s.Labels {
		if label == "" {
			fail("id2label", "class %d has an empty name", i)
		} else if first, ok := seen[label]; ok {
			fail("id2label", "classes %d and %d are both named %q", first, i, label)
		}
		seen[label] = i
	}
	return problems
}

// Upper limits of sizes, above those of any encoder in use. The number of parameters fits in an int64.
const (
	MaxRows   = 1 << 24 // of a table of embeddings
	MaxWidth  = 1 << 17 // of hidden states and of the feed-forward layer
	MaxLayers = 4096
)
