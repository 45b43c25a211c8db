package spec

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseReadsJSONBack(t *testing.T) {
	s := Scratch(2, 36, 3, 52, 97, 40, []string{"entailment", "neutral", "contradiction"})
	s.Activation, s.ClassifierDropout = GeluTanh, 0.3
	got, err := Parse(s.JSON())
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("got %+v (%v), want %+v", got, err, s)
	}
}

func TestParseRefusesUnsupportedModels(t *testing.T) {
	for text, want := range map[string]string{
		`{"model_type": "roberta"}`:                                         `"roberta" is not supported`,
		`{"model_type": "bert", "position_embedding_type": "relative_key"}`: "relative_key",
		`{"model_type": "bert", "is_decoder": true}`:                        "decoder",
		`{"model_type": "bert", "hidden_act": "silu"}`:                      `"silu"`,
		`{"model_type": "bert", "hidden_size": 770}`:                        "770 is not a multiple of num_attention_heads, 12",
		`{"model_type": "bert", "id2label": {"0": "a", "2": "b"}}`:          "none of index 1",
		`{"model_type": "bert", "problem_type": "regression"}`:              "regression",
		`{"model_type"`: "config.json",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// BERT-base with a pooler and without a classifier has 109,482,240 parameters.
func TestParametersCountsBertBase(t *testing.T) {
	s, err := Parse([]byte(`{"model_type": "bert"}`))
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Parameters(); c.Total != 109482240 || c.Embeddings != (30522+512+2)*768 {
		t.Errorf("got %+v", c)
	}
}
