package train

import (
	"strings"
	"testing"

	"ftft/train/nn/spec"
	"ftft/train/tokenizer"
)

// Positions before the first token's are no room for tokens, and a family without types, or with one for all tokens, reads pairs.
func TestFitOfATokenizer(t *testing.T) {
	words, err := tokenizer.Train([]string{"a few words", "and more of them"}, 60, true, nil) // its pairs have two types
	if err != nil {
		t.Fatal(err)
	}
	const sizes = `, "vocab_size": 100, "max_position_embeddings": 20`
	for text, want := range map[string]string{
		`{"model_type": "bert"` + sizes + `}`:                               "",
		`{"model_type": "bert"` + sizes + `, "type_vocab_size": 1}`:         "gives the tokens of a pair 2 types, and the model has 1",
		`{"model_type": "roberta"` + sizes + `, "type_vocab_size": 1}`:      "max_length 20 is more than the model's 18 positions",
		`{"model_type": "camembert"` + sizes + `, "pad_token_id": 4}`:       "max_length 20 is more than the model's 15 positions",
		`{"model_type": "distilbert"` + sizes + `}`:                         "",
		`{"model_type": "distilbert", "vocab_size": 5}`:                     "the word embeddings 5 rows",
		`{"model_type": "electra"` + sizes + `, "type_vocab_size": 1}`:      "gives the tokens of a pair 2 types",
		`{"model_type": "roberta", "vocab_size": 99, "type_vocab_size": 1}`: "",
	} {
		f, err := spec.Parse("config.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		err = CheckFit("folder", f.Spec, words, 20, true)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
