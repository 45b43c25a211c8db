package spec

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ftft/internal/limit"
)

func TestParseReadsJSONBack(t *testing.T) {
	s := Scratch(2, 36, 3, 52, 97, 40, []string{"entailment", "neutral", "contradiction"})
	s.Activation, s.ClassifierDropout = GeluTanh, 0.3
	got, err := Parse("config.json", s.JSON())
	if err != nil || !reflect.DeepEqual(got.Spec, s) {
		t.Errorf("got %+v (%v), want %+v", got, err, s)
	}
}

// Every family reads back what it writes, and the names of its tensors are distinct.
func TestFamiliesReadTheirJSONBack(t *testing.T) {
	for _, modelType := range Families() {
		f, err := Parse("config.json", []byte(`{"model_type": "`+modelType+`", "id2label": ["a", "b", "c"]}`))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("config.json", f.Spec.JSON())
		if err != nil || !reflect.DeepEqual(again.Spec, f.Spec) {
			t.Errorf("%s: got %+v (%v), want %+v", modelType, again, err, f.Spec)
		}
		seen := map[string]bool{}
		for _, tensor := range f.Spec.Tensors() {
			if seen[tensor.Name] || tensor.Name != f.Spec.Canonical(tensor.Name) || strings.HasPrefix(tensor.Name, ".") {
				t.Errorf("%s: a tensor %q", modelType, tensor.Name)
			}
			seen[tensor.Name] = true
		}
	}
}

func TestParseRefusesUnsupportedModels(t *testing.T) {
	for text, want := range map[string]string{
		`{"model_type": "albert"}`:                                              `c.json:1: model_type: "albert" is not supported; `,
		`{"architectures": ["AlbertModel"]}`:                                    `c.json:1: architectures: "AlbertModel" is not `,
		"{\n\"model_type\": \"bert\",\n\"position_embedding_type\": \"alibi\"}": `c.json:3: position_embedding_type: "alibi" is not supported`,
		`{"model_type": "bert", "is_decoder": true}`:                            "decoder",
		`{"model_type": "bert", "hidden_act": "silu"}`:                          `"silu"`,
		`{"model_type": "bert", "hidden_size": 770}`:                            "770 is not a multiple of num_attention_heads, 12",
		`{"model_type": "bert", "id2label": {"0": "a", "2": "b"}}`:              `none of index 1; the indices: "0" and "2"`,
		`{"model_type": "bert", "id2label": {"0": "a", "1": ["b"]}}`:            "label 1 is not a text",
		`{"model_type": "bert", "id2label": "a"}`:                               "neither an object of labels by index nor a list",
		`{"model_type": "bert", "num_labels": 1}`:                               `only one label ("LABEL_0")`,
		`{"model_type": "bert", "num_labels": 16777216}`:                        "num_labels is 16777216; use 2 to 65536",
		`{"model_type": "bert", "num_labels": -1}`:                              "num_labels is -1",
		`{"model_type": "bert", "num_labels": 3, "id2label": ["a", "b"]}`:       "it names 2 labels, num_labels is 3",
		`{"model_type": "bert", "id2label": ["a", "b"], "label2id": {"a": 1}}`:  `label 0 is "a", but label2id gives it 1`,
		`{"model_type": "bert", "problem_type": "regression"}`:                  "regression",
		`{"model_type": "bert", "hidden_size": 64.5}`:                           "hidden_size: 64.5, where a whole number is expected",
		"{\"model_type\": \"bert\",\n\"layer_norm_eps\": NaN}":                  "c.json:2: not JSON: NaN is no number in JSON",
		`{"model_type": "bert", "vocab_size": -5}`:                              "vocab_size: -5 is out of range",
		`{"model_type": "bert", "num_attention_heads": 0}`:                      "num_attention_heads: 0 is out of range",
		`{"model_type": "bert", "num_hidden_layers": 16777216}`:                 "num_hidden_layers: 16777216 is out of range; use 1 to 4096",
		`{"model_type": "bert", "hidden_size": 16777216}`:                       "hidden_size: 16777216 is out of range",
		`{"model_type": "distilbert", "n_layers": 0}`:                           "n_layers: 0 is out of range",
		`{"model_type": "distilbert", "dim": 770}`:                              "dim: 770 is not a multiple of n_heads, 12",
		`{"model_type": "distilbert", "activation": "silu"}`:                    `activation: "silu" is not supported`,
		`{"model_type": "distilbert", "seq_classif_dropout": 1}`:                "seq_classif_dropout: 1 is out of range",
		`{"model_type": "electra", "embedding_size": 0}`:                        "embedding_size: 0 is out of range",
		`{"model_type": "roberta", "max_position_embeddings": 2}`:               "max_position_embeddings: 2 leaves no position for a token",
		`{"model_type": "camembert", "is_decoder": true}`:                       "decoder",
		`{"model_type": "bert", "pad_token_id": 30522}`:                         "pad_token_id: 30522 is not a row of the vocabulary",
		`{"model_type"`: "c.json:1: not JSON: the text ends too early",
		"":              "c.json: is empty",
	} {
		_, err := Parse("c.json", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "c.json:") {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// transformers leaves id2label out where it holds the defaults, and older versions left model_type out.
func TestParseReadsWhatOtherVersionsWrite(t *testing.T) {
	for text, want := range map[string][]string{
		`{"model_type": "bert"}`:                                                              nil,
		`{"architectures": ["BertForSequenceClassification"]}`:                                nil,
		`{"architectures": ["BertPreTrainedModel"]}`:                                          nil,
		`{"model_type": "bert", "num_labels": 3}`:                                             {"LABEL_0", "LABEL_1", "LABEL_2"},
		`{"model_type": "bert", "_num_labels": 2}`:                                            {"LABEL_0", "LABEL_1"},
		`{"model_type": "bert", "id2label": {"0": 0, "1": 1.5, "2": true}}`:                   {"0", "1.5", "true"},
		`{"model_type": "bert", "id2label": ["no", "yes"], "num_labels": 2}`:                  {"no", "yes"},
		`{"model_type": "bert", "id2label": {"1": "b", "0": "a"}, "label2id": {"b": "1"}}`:    {"a", "b"},
		`{"model_type": "bert", "id2label": {"1": "b", "0": "a"}, "label2id": ["a", "b"]}`:    {"a", "b"},
		`{"model_type": "bert", "id2label": null, "num_labels": null, "label2id": null}`:      nil,
		`{"model_type": "bert", "id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "label2id": 1}`: {"LABEL_0", "LABEL_1"},
	} {
		f, err := Parse("c.json", []byte(text))
		if err != nil || !slices.Equal(f.Spec.Labels, want) {
			t.Errorf("%s: got %+v, %v; want %q", text, f, err, want)
		}
	}
}

// A config.json without sizes has those of transformers, whose classifiers with two labels have these numbers of parameters
// (AutoModelForSequenceClassification.from_config(AutoConfig.for_model(name)), transformers 5.24 and 4.44).
func TestDefaultsAreThoseOfTransformers(t *testing.T) {
	for modelType, want := range map[string]struct {
		total   int64
		longest int
		pad     int
		dropout [2]float64 // on the first token's hidden state, before the classifier
	}{
		Bert:       {109483778, 512, 0, [2]float64{0, 0.1}},
		Roberta:    {124646402, 510, 1, [2]float64{0.1, 0.1}},
		XLMRoberta: {109483778, 510, 1, [2]float64{0.1, 0.1}},
		Camembert:  {109483778, 510, 1, [2]float64{0.1, 0.1}},
		DistilBert: {66955010, 512, 0, [2]float64{0, 0.2}},
		Electra:    {13549314, 512, 0, [2]float64{0.1, 0.1}},
	} {
		f, err := Parse("config.json", []byte(`{"model_type": "`+modelType+`", "num_labels": 2}`))
		if err != nil {
			t.Fatal(err)
		}
		s := f.Spec
		got := [2]float64{s.HeadDropout, s.ClassifierDropout}
		if total := s.Parameters().Total; total != want.total || s.Longest() != want.longest || s.Pad != want.pad || got != want.dropout {
			t.Errorf("%s: %d parameters, %d positions, pad %d, dropout %v; want %+v", modelType, total, s.Longest(), s.Pad, got, want)
		}
	}
}

// The dropout of a classifier is that of the hidden states, unless config.json has one of its own.
func TestDropoutOfTheHead(t *testing.T) {
	for text, want := range map[string][2]float64{
		`{"model_type": "bert", "hidden_dropout_prob": 0.3}`:                                  {0, 0.3},
		`{"model_type": "roberta", "hidden_dropout_prob": 0.3, "classifier_dropout": null}`:   {0.3, 0.3},
		`{"model_type": "electra", "hidden_dropout_prob": 0.3, "classifier_dropout": 0}`:      {0, 0},
		`{"model_type": "distilbert", "dropout": 0.3}`:                                        {0, 0.2},
		`{"model_type": "distilbert", "seq_classif_dropout": 0.4, "classifier_dropout": 0.5}`: {0, 0.4},
	} {
		f, err := Parse("config.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]float64{f.Spec.HeadDropout, f.Spec.ClassifierDropout}; got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// BERT-base with a pooler and without a classifier has 109,482,240 parameters.
func TestParametersCountsBertBase(t *testing.T) {
	f, err := Parse("config.json", []byte(`{"model_type": "bert"}`))
	if err != nil {
		t.Fatal(err)
	}
	c := f.Spec.Parameters()
	if c.Total != 109482240 || c.Embeddings != (30522+512+2)*768 || c != f.Spec.count() {
		t.Errorf("got %+v", c)
	}
}

func TestParametersOfTheLargestModelFitInAnInteger(t *testing.T) {
	s := Scratch(MaxLayers, MaxWidth, 1, MaxWidth, MaxRows, MaxRows, []string{"a", "b"})
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	limit.Check(t, 1<<20, 5, func() {
		if c := s.Parameters(); c.Encoder < MaxLayers*6*MaxWidth*MaxWidth || c.Total < c.Encoder {
			t.Errorf("got %+v", c)
		}
	})
}

// Whatever the text is, Parse allocates in proportion to it.
func FuzzConfig(f *testing.F) {
	f.Add(Scratch(2, 36, 3, 52, 97, 40, []string{"entailment", "neutral", "contradiction"}).JSON())
	f.Add([]byte(`{"model_type": "deberta-v2", "relative_attention": true, "share_att_key": true, "pos_att_type": "c2p"}`))
	f.Add([]byte(`{"model_type": "mpnet", "relative_attention_num_buckets": 32}`))
	f.Add([]byte(`{"model_type": "bert", "num_hidden_layers": 16777216, "num_labels": 65536}`))
	f.Add([]byte(`{"model_type": "bert", "id2label": ["a", 1, null], "label2id": {"a": "0"}, "hidden_size": 1e99}`))
	f.Add([]byte(`{"model_type": "modernbert", "num_hidden_layers": 2, "layer_types": ["sliding_attention", "full_attention"],
		"rope_parameters": {"full_attention": {"rope_theta": 3.5, "rope_type": "default"}, "sliding_attention": null},
		"global_attn_every_n_layers": 2, "classifier_pooling": "mean", "local_rope_theta": null, "rope_scaling": {}}`))
	for _, modelType := range Families() {
		f.Add([]byte(`{"model_type": "` + modelType + `", "num_labels": 2, "pad_token_id": 3}`))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		limit.Check(t, 256<<20+uint64(200*len(text)), 20, func() {
			file, err := Parse("config.json", text)
			if err != nil {
				return
			}
			s := file.Spec
			s.Parameters()
			if s.Validate() != nil {
				t.Errorf("accepted %+v", s)
			}
			if len(s.Labels) > 1000 {
				return // 65,536 labels are written and read in over a second, the time of 20,000 other executions
			}
			text := s.JSON()
			if !json.Valid(text) {
				t.Errorf("%+v is written as %s", s, text)
			}
			if again, err := Parse("config.json", text); err != nil || !reflect.DeepEqual(again.Spec, s) {
				t.Errorf("%+v does not survive being written: %+v, %v", s, again, err)
			}
		})
	})
}
