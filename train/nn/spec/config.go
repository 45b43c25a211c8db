package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
)

// config is what a config.json holds beside the values of a Spec.
type config struct {
	Spec
	classifierDropout *float64 // null = Dropout, or the family's own rate
	positionType      string
	decoder           bool
	crossAttention    bool
	problem           string
	label             json.RawMessage
	id                idsByLabel
	labelCount        *int
	oldLabelCount     *int // of transformers before 3.0
}

// settings returns the family's keys with the values in c, in the order in which JSON writes them.
func (c *config) settings(f *family) (list []setting) {
	k := &f.keys
	for _, s := range []setting{
		{k.vocabulary, &c.Vocabulary}, {k.positions, &c.Positions}, {k.types, &c.Types}, {k.embedding, &c.Embedding},
		{k.hidden, &c.Hidden}, {k.layers, &c.Layers}, {k.heads, &c.Heads}, {k.intermediate, &c.Intermediate},
		{k.activation, &c.Activation}, {k.epsilon, &c.Epsilon},
		{k.dropout, &c.Dropout}, {k.attentionDropout, &c.AttentionDropout}, {k.classifierDropout, &c.classifierDropout},
		{k.initializerRange, &c.InitializerRange}, {k.pad, &c.Pad}, {k.positionType, &c.positionType},
	} {
		if s.key != "" {
			list = append(list, s)
		}
	}
	return list
}

// object returns a pointer to a struct that JSON decodes into the values of settings and encodes from them, in their order.
func object(settings []setting) any {
	fields := make([]reflect.StructField, len(settings))
	for i, s := range settings {
		tag := reflect.StructTag(`json:"` + s.key + `"`)
		fields[i] = reflect.StructField{Name: "Setting" + strconv.Itoa(i), Type: reflect.TypeOf(s.value), Tag: tag}
	}
	o := reflect.New(reflect.StructOf(fields))
	for i, s := range settings {
		o.Elem().Field(i).Set(reflect.ValueOf(s.value))
	}
	return o.Interface()
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

// Parse reads the text of a config.json; path is its name in messages. Absent keys have the defaults of transformers. Parse returns
// a *fault.Bad for a model that package nn cannot compute. The labels are those of id2label, by index, or else LABEL_0, LABEL_1, … by
// num_labels.
func Parse(path string, text []byte) (*File, error) {
	file := &File{path: path, lines: lines(text)}
	refuse := func(key, format string, args ...any) (fault.Problem, bool) {
		return file.At(key, format, args...), true
	}
	refused := func(p fault.Problem) error { return &fault.Bad{Problems: []fault.Problem{p}} }

	var kind struct {
		ModelType     string   `json:"model_type"`
		Architectures []string `json:"architectures"`
	}
	if err := fault.DecodeJSON(path, text, &kind); err != nil {
		return nil, err
	}
	f, problem, ok := familyNamed(kind.ModelType, kind.Architectures, refuse)
	if ok {
		return nil, refused(problem)
	}
	c := config{Spec: f.defaults, positionType: "absolute"}
	c.Family = f.modelType
	own, complete := f.ownSettings(&c.Spec)
	settings := slices.Concat(c.settings(f), own, []setting{
		{"is_decoder", &c.decoder}, {"add_cross_attention", &c.crossAttention}, {"problem_type", &c.problem},
		{"id2label", &c.label}, {"label2id", &c.id}, {"num_labels", &c.labelCount}, {"_num_labels", &c.oldLabelCount},
	})
	if err := fault.DecodeJSON(path, text, object(settings)); err != nil {
		return nil, err
	}
	if problem, ok := c.unsupported(refuse); ok {
		return nil, refused(problem)
	}
	if problem, ok := complete(refuse); ok {
		return nil, refused(problem)
	}
	c.complete(f)

	var bad fault.Bad
	var message string
	if c.Labels, message = c.labels(); message != "" {
		bad.Problems = append(bad.Problems, file.At("id2label", "%s", message))
	}
	for _, p := range c.problems() {
		bad.Problems = append(bad.Problems, file.At(p.key, "%s", p.message))
	}
	if len(bad.Problems) > 0 {
		return nil, &bad
	}
	file.Spec = c.Spec
	return file, nil
}

// familyNamed returns the family that a config.json names, or a problem if there is none.
func familyNamed(modelType string, architectures []string, refuse refuse) (f *family, problem fault.Problem, refused bool) {
	if modelType != "" {
		if f = familyOf(modelType); f == nil {
			problem, refused = refuse("model_type", "%.80q is not supported; supported: %s", modelType, strings.Join(Families(), ", "))
		}
		return f, problem, refused
	}
	f = &bert
	for _, class := range architectures { // files of 2019 lack model_type
		if f = familyOfClass(class); f == nil {
			problem, refused = refuse("architectures", "%.80q is not supported; supported: models of the types %s", class,
				strings.Join(Families(), ", "))
			return nil, problem, refused
		}
	}
	return f, fault.Problem{}, false
}

// ownSettings returns what own returns, nothing where a family has no keys of its own.
func (f *family) ownSettings(s *Spec) (list []setting, complete func(refuse refuse) (fault.Problem, bool)) {
	if f.own == nil {
		return nil, func(refuse) (fault.Problem, bool) { return fault.Problem{}, false }
	}
	return f.own(s)
}

// complete sets the values that follow from those read.
func (c *config) complete(f *family) {
	switch {
	case c.classifierDropout != nil:
		c.ClassifierDropout = *c.classifierDropout
	case !f.fixedDropout:
		c.ClassifierDropout = c.Dropout
	}
	if f.dropsFirst {
		c.HeadDropout = c.ClassifierDropout
	}
	if f.skipsPad {
		c.FirstPosition = c.Pad + 1
	}
	if f.keys.embedding == "" {
		c.Embedding = c.Hidden
	}
	c.Activation = standard(c.Activation)
}

// standard returns the constant for an activation that has several names.
func standard(activation string) string {
	switch activation {
	case "gelu_pytorch_tanh", "gelu_fast":
		return GeluTanh
	}
	return activation
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

// unsupported returns the first thing about a model of any family that package nn cannot compute.
func (c *config) unsupported(refuse refuse) (fault.Problem, bool) {
	switch {
	case c.positionType != "absolute":
		return refuse("position_embedding_type", "%.80q is not supported; supported: absolute", c.positionType)
	case c.decoder:
		return refuse("is_decoder", "a decoder is not supported; use an encoder")
	case c.crossAttention:
		return refuse("add_cross_attention", "a decoder is not supported; use an encoder")
	case c.problem != "" && c.problem != "single_label_classification":
		return refuse("problem_type", "%.80q is not supported; supported: single_label_classification", c.problem)
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
	count := c.labelCount
	if count == nil {
		count = c.oldLabelCount
	}
	if len(c.label) == 0 || string(c.label) == "null" {
		switch {
		case count == nil:
			return nil, ""
		case *count < 1 || *count > maxLabels:
			return nil, fmt.Sprintf("absent, and num_labels is %d; use 2 to %d", *count, maxLabels)
		}
		return DefaultLabels(*count), ""
	}
	if labels, message = namesByIndex(c.label); message != "" {
		return nil, message
	}
	if count != nil && *count != len(labels) && len(labels) > 0 {
		return nil, fmt.Sprintf("it names %d labels, num_labels is %d: correct one of them", len(labels), *count)
	}
	for i, label := range labels {
		if id, ok := c.id[label]; ok && strings.Trim(string(id), `"`) != strconv.Itoa(i) {
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

// JSON returns the config.json of the family's ForSequenceClassification. The Spec must be valid.
func (s Spec) JSON() []byte {
	f := s.family()
	c := config{Spec: s, positionType: "absolute", classifierDropout: &s.ClassifierDropout, id: idsByLabel{}}
	names := map[string]string{}
	for i, label := range s.Labels {
		names[strconv.Itoa(i)] = label
		c.id[label] = json.RawMessage(strconv.Itoa(i))
	}
	own, _ := f.ownSettings(&c.Spec)
	own = slices.DeleteFunc(own, func(s setting) bool {
		v := reflect.ValueOf(s.value).Elem()
		return v.Kind() == reflect.Pointer && v.IsNil()
	})
	text, err := json.MarshalIndent(object(slices.Concat(
		[]setting{{"architectures", &[]string{f.class + "ForSequenceClassification"}}, {"model_type", &s.Family}},
		c.settings(f), own,
		[]setting{{"id2label", &names}, {"label2id", &c.id}},
	)), "", "  ")
	if err != nil {
		panic("spec: " + err.Error()) // only NaN or infinity could cause it, and Validate refuses both
	}
	return append(text, '\n')
}
