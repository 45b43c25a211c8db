package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// config is the part of a BERT's config.json that this package reads and writes.
type config struct {
	Architectures     []string          `json:"architectures"`
	ModelType         string            `json:"model_type"`
	Vocabulary        int               `json:"vocab_size"`
	Positions         int               `json:"max_position_embeddings"`
	Types             int               `json:"type_vocab_size"`
	Hidden            int               `json:"hidden_size"`
	Layers            int               `json:"num_hidden_layers"`
	Heads             int               `json:"num_attention_heads"`
	Intermediate      int               `json:"intermediate_size"`
	Activation        string            `json:"hidden_act"`
	Epsilon           float64           `json:"layer_norm_eps"`
	Dropout           float64           `json:"hidden_dropout_prob"`
	AttentionDropout  float64           `json:"attention_probs_dropout_prob"`
	ClassifierDropout *float64          `json:"classifier_dropout"` // null = Dropout
	InitializerRange  float64           `json:"initializer_range"`
	Pad               int               `json:"pad_token_id"`
	PositionType      string            `json:"position_embedding_type"`
	Decoder           bool              `json:"is_decoder,omitempty"`
	CrossAttention    bool              `json:"add_cross_attention,omitempty"`
	Problem           string            `json:"problem_type,omitempty"`
	Label             map[string]string `json:"id2label"`
	ID                map[string]int    `json:"label2id"`
}

// Parse reads a BERT's config.json. Absent keys have the defaults of transformers. Parse returns an error for a model that
// package nn cannot compute. The labels are those of id2label, by index.
func Parse(text []byte) (Spec, error) {
	c := config{ // the defaults of transformers' BertConfig
		Vocabulary: 30522, Positions: 512, Types: 2, Hidden: 768, Layers: 12, Heads: 12, Intermediate: 3072,
		Activation: Gelu, Epsilon: 1e-12, Dropout: 0.1, AttentionDropout: 0.1, InitializerRange: 0.02,
		PositionType: "absolute",
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return Spec{}, fmt.Errorf("config.json: %w", err)
	}
	if c.ModelType != Bert {
		return Spec{}, fmt.Errorf("config.json: model_type %q is not supported; supported: %q", c.ModelType, Bert)
	}
	switch {
	case c.PositionType != "absolute":
		return Spec{}, fmt.Errorf("config.json: position_embedding_type %q is not supported; supported: absolute", c.PositionType)
	case c.Decoder || c.CrossAttention:
		return Spec{}, fmt.Errorf("config.json: a decoder (is_decoder, add_cross_attention) is not supported; use an encoder")
	case c.Problem != "" && c.Problem != "single_label_classification":
		return Spec{}, fmt.Errorf("config.json: problem_type %q is not supported; supported: single_label_classification", c.Problem)
	}
	labels, err := labelsOf(c.Label)
	if err != nil {
		return Spec{}, err
	}
	s := Spec{
		Family: Bert, Vocabulary: c.Vocabulary, Positions: c.Positions, Types: c.Types,
		Hidden: c.Hidden, Layers: c.Layers, Heads: c.Heads, Intermediate: c.Intermediate,
		Activation: c.Activation, Epsilon: c.Epsilon,
		Dropout: c.Dropout, AttentionDropout: c.AttentionDropout, ClassifierDropout: c.Dropout,
		InitializerRange: c.InitializerRange, Pooler: true, Labels: labels, Pad: c.Pad,
	}
	if c.ClassifierDropout != nil {
		s.ClassifierDropout = *c.ClassifierDropout
	}
	switch s.Activation {
	case "gelu_pytorch_tanh", "gelu_fast":
		s.Activation = GeluTanh
	}
	if err := s.Validate(); err != nil {
		return Spec{}, fmt.Errorf("config.json: %w", err)
	}
	return s, nil
}

// labelsOf returns the labels of id2label by index. Without id2label there are none, whereas transformers assumes two
// labels without a meaning.
func labelsOf(names map[string]string) ([]string, error) {
	var labels []string
	for i := range len(names) {
		name, ok := names[strconv.Itoa(i)]
		if !ok {
			return nil, fmt.Errorf("config.json: id2label has %d labels but none of index %d; its indices: %v",
				len(names), i, slices.Sorted(maps.Keys(names)))
		}
		labels = append(labels, name)
	}
	return labels, nil
}

// JSON returns the config.json of a BertForSequenceClassification.
func (s Spec) JSON() []byte {
	c := config{
		Architectures: []string{"BertForSequenceClassification"}, ModelType: s.Family,
		Vocabulary: s.Vocabulary, Positions: s.Positions, Types: s.Types,
		Hidden: s.Hidden, Layers: s.Layers, Heads: s.Heads, Intermediate: s.Intermediate,
		Activation: s.Activation, Epsilon: s.Epsilon,
		Dropout: s.Dropout, AttentionDropout: s.AttentionDropout, ClassifierDropout: &s.ClassifierDropout,
		InitializerRange: s.InitializerRange, Pad: s.Pad, PositionType: "absolute",
		Label: map[string]string{}, ID: map[string]int{},
	}
	for i, label := range s.Labels {
		c.Label[strconv.Itoa(i)] = label
		c.ID[label] = i
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		panic("spec: " + err.Error()) // only NaN or infinity could cause it, and Validate refuses both
	}
	return append(text, '\n')
}
