// Package spec describes a model as data: its sizes, its parameters by name and shape, and its config.json.
//
// Names, shapes and keys are those of Hugging Face transformers, so that each can open what the other writes. The package
// computes nothing and imports only internal packages; package nn builds a network from a Spec. Begin reading at Spec.
package spec

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"
)

// A Spec describes a transformer encoder with a classification head. It determines the shapes of all parameters and the
// computation, but not the training.
type Spec struct {
	Family string // model_type: see the constants; the names of the tensors and the keys of config.json follow from it

	Vocabulary    int  // rows of the word embeddings
	Positions     int  // max_position_embeddings: rows of the position embeddings; see Longest
	FirstPosition int  // row of a sequence's first token; if it is not 0, that of a pad is one less and is not counted
	PositionTable bool // whether there are position embeddings
	Types         int  // rows of the token-type embeddings: 2 for pairs, 0 = there are none
	Embedding     int  // width of the embeddings; a linear layer projects them to Hidden if the two differ
	Hidden        int  // width of the hidden states
	Layers        int
	Heads         int // attention heads in each layer; the width of a head is Hidden/Heads
	Intermediate  int // width of the feed-forward layer
	Relative      Relative

	// Rotary position embeddings (Su et al., 2021).
	Theta      float64 // base of the angles in layers that attend to all tokens; 0 = there are none
	LocalTheta float64 // base in layers that attend to near tokens
	Local      []bool  // by layer: whether a token attends to near tokens only; empty = in no layer
	Window     int     // how many tokens are near, half of them on either side; see Reach

	PreNorm  bool     // whether each half of a layer begins with its layer-norm; the first layer has none for its attention
	Gated    bool     // whether the feed-forward layer is a gated linear unit
	Unbiased Unbiased // what has no bias

	Activation     string  // of the feed-forward layer: Gelu, GeluTanh or Relu
	HeadActivation string  // of the head's dense layer: Tanh, Relu, Gelu or GeluTanh
	HeadNorm       bool    // whether a layer-norm follows the head's dense layer
	MeanPooling    bool    // whether the head reads the mean of the hidden states of all tokens, not that of the first token
	Epsilon        float64 // added to the variance in every layer-norm

	// Dropout rates.
	Dropout           float64 // after the embeddings and, without PreNorm, after both projections of a layer
	AttentionDropout  float64 // on the attention probabilities and, with PreNorm, after the projection of attention
	InnerDropout      float64 // on the result of a gated linear unit
	HeadDropout       float64 // on the first token's hidden state, before the head's dense layer
	ClassifierDropout float64 // before the classifier

	InitializerRange float64 // standard deviation of new weights

	Labels []string // by class index; empty = no classifier
	Pad    int      // ID of the pad token, whose embedding is initialised to zero and has no gradient
}

// Unbiased tells which linear layers, and whether the layer-norms, have no bias. The classifier always has one.
type Unbiased struct{ Attention, FeedForward, Norms, Head bool }

// The activations, by the names that config.json gives them.
const (
	Gelu     = "gelu"     // x Φ(x) by the error function (Hendrycks and Gimpel, 2016)
	GeluTanh = "gelu_new" // its approximation by tanh; gelu_pytorch_tanh and gelu_fast are the same function
	Relu     = "relu"
	Tanh     = "tanh" // of a head only
)

// Longest returns the length of the longest sequence, in tokens.
func (s Spec) Longest() int { return s.Positions - s.FirstPosition }

// Reach returns how far from a token those are, at most, that it attends to in a layer; -1 = any.
func (s Spec) Reach(layer int) int {
	if layer < len(s.Local) && s.Local[layer] {
		return s.Window / 2
	}
	return -1
}

// WithDropout returns the Spec with one rate for all of its dropouts.
func (s Spec) WithDropout(rate float64) Spec {
	s.Dropout, s.AttentionDropout, s.ClassifierDropout = rate, rate, rate
	if s.family().dropsFirst {
		s.HeadDropout = rate
	}
	if s.Gated {
		s.InnerDropout = rate
	}
	return s
}

// Scratch returns a BERT of the given sizes with the defaults of transformers for all else: GELU, epsilon 1e-12, dropout
// 0.1, two token types. It differs in the standard deviation of new weights, which is 1/√hidden: the default of 0.02 suits
// a width of 768 or more, and a narrow model learns less from it in the same number of steps.
func Scratch(layers, hidden, heads, intermediate, vocabulary, positions int, labels []string) Spec {
	return Spec{
		Family:     Bert,
		Vocabulary: vocabulary, Positions: positions, PositionTable: true, Types: 2,
		Embedding: hidden, Hidden: hidden, Layers: layers, Heads: heads, Intermediate: intermediate,
		Activation: Gelu, HeadActivation: Tanh, Epsilon: 1e-12,
		Dropout: 0.1, AttentionDropout: 0.1, ClassifierDropout: 0.1,
		InitializerRange: 1 / math.Sqrt(float64(hidden)),
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
	f := familyOf(s.Family)
	if f == nil {
		fail("model_type", "%.80q is not supported; supported: %s", s.Family, strings.Join(Families(), ", "))
		return problems
	}
	k := &f.keys
	for _, size := range []struct {
		key          string
		value, limit int
	}{
		{k.vocabulary, s.Vocabulary, MaxRows},
		{k.positions, s.Positions, MaxRows},
		{k.types, s.Types, MaxRows},
		{k.embedding, s.Embedding, MaxWidth},
		{k.hidden, s.Hidden, MaxWidth},
		{k.layers, s.Layers, MaxLayers},
		{k.heads, s.Heads, MaxWidth},
		{k.intermediate, s.Intermediate, MaxWidth},
	} {
		least := 1
		if size.key == k.types && f.mayLackTypes {
			least = 0
		}
		if size.key != "" && (size.value < least || size.value > size.limit) {
			fail(size.key, "%d is out of range; use %d to %d", size.value, least, size.limit)
		}
	}
	if s.Hidden > 0 && s.Heads > 0 && s.Hidden%s.Heads != 0 {
		fail(k.hidden, "%d is not a multiple of %s, %d", s.Hidden, k.heads, s.Heads)
	}
	switch s.Activation {
	case Gelu, GeluTanh, Relu:
	default:
		fail(k.activation, "%q is not supported; supported: gelu, gelu_new, gelu_pytorch_tanh, relu", s.Activation)
	}
	switch s.HeadActivation {
	case Gelu, GeluTanh, Relu, Tanh:
	default:
		fail("classifier_activation", "%q is not supported; supported: gelu, gelu_new, gelu_pytorch_tanh, relu, tanh", s.HeadActivation)
	}
	if s.Theta != 0 {
		s.rotaryProblems(fail)
	}
	if !(s.Epsilon > 0 && s.Epsilon < 1) {
		fail(cmp.Or(k.epsilon, "epsilon"), "%g is out of range; use a small positive number such as 1e-12", s.Epsilon)
	}
	for _, p := range []struct {
		key   string
		value float64
	}{
		{k.dropout, s.Dropout},
		{k.attentionDropout, s.AttentionDropout},
		{k.classifierDropout, s.ClassifierDropout},
		{"mlp_dropout", s.InnerDropout},
	} {
		if p.key != "" && !(p.value >= 0 && p.value < 1) {
			fail(p.key, "%g is out of range; use 0 or more, less than 1", p.value)
		}
	}
	if !(s.InitializerRange > 0 && s.InitializerRange < 10) {
		fail(k.initializerRange, "%g is out of range; use a small positive number such as 0.02", s.InitializerRange)
	}
	if s.Positions > 0 && s.Longest() < 1 {
		fail(k.positions, "%d leaves no position for a token: the first one has position %d", s.Positions, s.FirstPosition)
	}
	if rows := s.Relative.Rows(); s.Relative.Kind != NoRelative && (rows < 1 || rows > MaxRows) {
		fail(f.names.RelativeTable, "%d rows are out of range; use 1 to %d", rows, MaxRows)
	}
	if s.Pad < 0 || s.Vocabulary > 0 && s.Pad >= s.Vocabulary {
		fail(k.pad, "%d is not a row of the vocabulary of %d", s.Pad, s.Vocabulary)
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

// rotaryProblems reports every invalid value of rotary position embeddings.
func (s Spec) rotaryProblems(fail func(key, format string, args ...any)) {
	k := &s.family().keys
	if s.Heads > 0 && s.Hidden%s.Heads == 0 && s.Hidden/s.Heads%2 != 0 {
		fail(k.heads, "%d makes heads of width %d; rotary positions need an even one", s.Heads, s.Hidden/s.Heads)
	}
	for _, theta := range []struct {
		key   string
		value float64
	}{{"global_rope_theta", s.Theta}, {"local_rope_theta", s.LocalTheta}} {
		if !(theta.value >= 1 && theta.value <= 1e30) {
			fail(theta.key, "%g is out of range; use 1 or more, such as 10000", theta.value)
		}
	}
	if s.Window < 0 || s.Window > MaxRows {
		fail("local_attention", "%d is out of range; use 0 to %d", s.Window, MaxRows)
	}
}

// Upper limits of sizes, above those of any encoder in use. The number of parameters fits in an int64.
const (
	MaxRows   = 1 << 24 // of a table of embeddings
	MaxWidth  = 1 << 17 // of hidden states and of the feed-forward layer
	MaxLayers = 4096
)
