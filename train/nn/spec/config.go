package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
)

// config is the part of a BERT's config.json that this package reads and writes.
type config struct {
	Architectures     []string        `json:"architectures"`
	ModelType         string          `json:"model_type"`
	Vocabulary        int             `json:"vocab_size"`
	Positions         int             `json:"max_position_embeddings"`
	Types             int             `json:"type_vocab_size"`
	Hidden            int             `json:"hidden_size"`
	Layers            int             `json:"num_hidden_layers"`
	Heads             int             `json:"num_attention_heads"`
	Intermediate      int             `json:"intermediate_size"`
	Activation        string          `json:"hidden_act"`
	Epsilon           float64         `json:"layer_norm_eps"`
	Dropout           float64         `json:"hidden_dropout_prob"`
	AttentionDropout  float64         `json:"attention_probs_dropout_prob"`
	ClassifierDropout *float64        `json:"classifier_dropout"` // null = Dropout
	InitializerRange  float64         `json:"initializer_range"`
	Pad               int             `json:"pad_token_id"`
	PositionType      string          `json:"position_embedding_type"`
	Decoder           bool            `json:"is_decoder,omitempty"`
	CrossAttention    bool            `json:"add_cross_attention,omitempty"`
	Problem           string          `json:"problem_type,omitempty"`
	Label             json.RawMessage `json:"id2label"`
	ID                idsByLabel      `json:"label2id"`
	LabelCount        *int            `json:"num_labels,omitempty"`
	OldLabelCount     *int            `json:"_num_labels,omitempty"` // of transformers before 3.0
}

// idsByLabel is the value of label2id. What is not an object of numbers counts for nothing: id2label alone gives the labels.
type idsByLabel map[string]json.RawMessage

func (ids *idsByLabel) UnmarshalJSON(text []byte) error {
	*ids = nil
	var values map[string]json.RawMessage
	if json.Unmarshal(text, &values) == nil {
		*ids = values
	}
	return nil
}

// A File is the content of a config.json.
type File struct {
	Spec Spec // its labels are those that the file names, and may be none where the weights have a classifier

	path  string
	lines map[string]int // of the keys
}

// At returns a problem with the value of a key, at its line.
func (f *File) At(key, format string, args ...any) fault.Problem {
	return fault.Problem{File: f.path, Line: f.lines[key], Message: key + ": " + fmt.Sprintf(format, args...)}
}

// Parse reads the text of a BERT's config.json; path is its name in messages. Absent keys have the defaults of transformers. Parse
// returns a *fault.Bad for a model that package nn cannot compute. The labels are those of id2label, by index, or else LABEL_0,
// LABEL_1, … by num_labels.
func Parse(path string, text []byte) (*File, error) {
	c := config{ // the defaults of transformers' BertConfig
		Vocabulary: 30522, Positions: 512, Types: 2, Hidden: 768, Layers: 12, Heads: 12, Intermediate: 3072,
		Activation: Gelu, Epsilon: 1e-12, Dropout: 0.1, AttentionDropout: 0.1, InitializerRange: 0.02,
		PositionType: "absolute",
	}
	if err := fault.DecodeJSON(path, text, &c); err != nil {
		return nil, err
	}
	f := &File{path: path, lines: lines(text)}
	if problem, ok := c.unsupported(f); ok {
		return nil, &fault.Bad{Problems: []fault.Problem{problem}}
	}
	var bad fault.Bad
	labels, message := c.labels()
	if message != "" {
		bad.Problems = append(bad.Problems, f.At("id2label", "%s", message))
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
	for _, p := range s.problems() {
		bad.Problems = append(bad.Problems, f.At(p.key, "%s", p.message))
	}
	if len(bad.Problems) > 0 {
		return nil, &bad
	}
	f.Spec = s
	return f, nil
}

// lines returns the line of each key of the outermost object of a valid JSON text.
func lines(text []byte) map[string]int {
	lines := map[string]int{}
	line, depth, start := 1, 0, -1 // start of the string that the scan is in, -1 outside of strings
	key := ""                      // the last string at depth 1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			line++
		case start >= 0 && c == '\\':
			i++ // the escaped character
		case start >= 0 && c == '"':
			if depth == 1 {
				key = string(text[start:i])
			}
			start = -1
		case start >= 0:
		case c == '"':
			start = i + 1
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ':' && depth == 1:
			lines[key] = line
		}
	}
	return lines
}

// unsupported returns the first thing about a model that package nn cannot compute.
func (c *config) unsupported(f *File) (fault.Problem, bool) {
	refuse := func(key, format string, args ...any) (fault.Problem, bool) { return f.At(key, format, args...), true }
	family := c.ModelType
	if family == "" { // files of 2019 lack the key
		family = Bert
		for _, name := range c.Architectures {
			if !strings.HasPrefix(name, "Bert") {
				return refuse("architectures", "%q is not supported; supported: BertModel, BertForSequenceClassification", name)
			}
		}
	}
	switch {
	case family != Bert:
		return refuse("model_type", "%q is not supported; supported: %q", family, Bert)
	case c.PositionType != "absolute":
		return refuse("position_embedding_type", "%q is not supported; supported: absolute", c.PositionType)
	case c.Decoder:
		return refuse("is_decoder", "a decoder is not supported; use an encoder")
	case c.CrossAttention:
		return refuse("add_cross_attention", "a decoder is not supported; use an encoder")
	case c.Problem != "" && c.Problem != "single_label_classification":
		return refuse("problem_type", "%q is not supported; supported: single_label_classification", c.Problem)
	}
	return fault.Problem{}, false
}

// DefaultLabels returns the labels of a classifier without names, as transformers names them: LABEL_0, LABEL_1, ...
func DefaultLabels(count int) []string {
	labels := make([]string, count)
	for i := range labels {
		labels[i] = "LABEL_" + strconv.Itoa(i)
	}
	return labels
}

// maxLabels is the largest number of classes.
const maxLabels = 1 << 16

// labels returns the labels by index: those of id2label or, without it, the default ones for num_labels. It returns none where
// neither is given; transformers then assumes two if the weights have a classifier. The message says what is wrong with them.
func (c *config) labels() (labels []string, message string) {
	count := c.LabelCount
	if count == nil {
		count = c.OldLabelCount
	}
	if len(c.Label) == 0 || string(c.Label) == "null" {
		switch {
		case count == nil:
			return nil, ""
		case *count < 1 || *count > maxLabels:
			return nil, fmt.Sprintf("absent, and num_labels is %d; use 2 to %d", *count, maxLabels)
		}
		return DefaultLabels(*count), ""
	}
	if labels, message = namesByIndex(c.Label); message != "" {
		return nil, message
	}
	if count != nil && *count != len(labels) && len(labels) > 0 {
		return nil, fmt.Sprintf("it names %d labels, num_labels is %d: correct one of them", len(labels), *count)
	}
	for i, label := range labels {
		if id, ok := c.ID[label]; ok && strings.Trim(string(id), `"`) != strconv.Itoa(i) {
			return nil, fmt.Sprintf("label %d is %q, but label2id gives it %.20s: correct one of them", i, label, id)
		}
	}
	return labels, ""
}

// namesByIndex reads the value of id2label: an object of names by index or a list of names. Names may be texts, numbers, true or
// false.
func namesByIndex(text json.RawMessage) (labels []string, message string) {
	var values []json.RawMessage
	if json.Unmarshal(text, &values) != nil {
		byIndex := map[string]json.RawMessage{}
		if json.Unmarshal(text, &byIndex) != nil {
			return nil, "it is neither an object of labels by index nor a list of labels"
		}
		for i := range len(byIndex) {
			value, ok := byIndex[strconv.Itoa(i)]
			if !ok {
				return nil, fmt.Sprintf("there are %d labels but none of index %d; the indices: %s", len(byIndex), i,
					fault.Names(slices.Sorted(maps.Keys(byIndex))))
			}
			values = append(values, value)
		}
	}
	if len(values) > maxLabels {
		return nil, fmt.Sprintf("%d labels are too many; use 2 to %d", len(values), maxLabels)
	}
	for i, value := range values {
		var name string
		switch {
		case value[0] == '"' && json.Unmarshal(value, &name) == nil:
		case value[0] == '{' || value[0] == '[' || string(value) == "null":
			return nil, fmt.Sprintf("label %d is not a text", i)
		default:
			name = string(value) // a number, true or false
		}
		labels = append(labels, name)
	}
	return labels, ""
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
		ID: idsByLabel{},
	}
	names := map[string]string{}
	for i, label := range s.Labels {
		names[strconv.Itoa(i)] = label
		c.ID[label] = json.RawMessage(strconv.Itoa(i))
	}
	var err error
	if c.Label, err = json.Marshal(names); err != nil {
		panic("spec: " + err.Error()) // texts are always JSON
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		panic("spec: " + err.Error()) // only NaN or infinity could cause it, and Validate refuses both
	}
	return append(text, '\n')
}
