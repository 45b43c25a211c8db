package tokenizer

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// readSaved prints the IDs and the inputs that AutoTokenizer gives for a pair, and those for two texts of which it pads one.
const readSaved = `import json, sys
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
pair, padded = tokenizer("A Dog", "runs"), tokenizer(["A Dog runs", "A"], padding=True)
print(json.dumps({"ids": pair["input_ids"], "inputs": sorted(pair), "padded": padded["input_ids"][1],
                  "longest": tokenizer.model_max_length}))
`

// AutoTokenizer would make the texts lower-case by the default of BERT's class, and knows the pad token only by the settings.
func TestTransformersReadsASavedTokenizer(t *testing.T) {
	python := os.Getenv("FTFT_TRAINER_PYTHON")
	if python == "" {
		t.Skip("FTFT_TRAINER_PYTHON is not set: a Python with torch and transformers; .ci/run outside sets it")
	}
	cased, err := Train([]string{"A Dog runs", "a dog runs", "the dog"}, 60, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	pad, _ := cased.model.id(padToken)
	for modelType, types := range map[string]bool{"bert": true, "distilbert": false, "electra": true, "roberta": false} {
		folder := t.TempDir()
		for name, content := range map[string][]byte{
			"config.json": []byte(`{"model_type": "` + modelType + `"}`), "tokenizer.json": cased.JSON(),
			"tokenizer_config.json": cased.Settings(16, int(pad), types),
		} {
			if err := os.WriteFile(filepath.Join(folder, name), content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command(python, "-c", readSaved, folder).Output()
		var got struct {
			IDs     []int32  `json:"ids"`
			Inputs  []string `json:"inputs"`
			Padded  []int32  `json:"padded"`
			Longest int      `json:"longest"`
		}
		if err == nil {
			err = json.Unmarshal(out, &got)
		}
		inputs := []string{"attention_mask", "input_ids"}
		if types {
			inputs = append(inputs, "token_type_ids")
		}
		padded := cased.Encode("A", "", false, 0).IDs
		for range len(cased.Encode("A Dog runs", "", false, 0).IDs) - len(padded) {
			padded = append(padded, pad)
		}
		if err != nil || !slices.Equal(got.IDs, cased.Encode("A Dog", "runs", true, 0).IDs) || !slices.Equal(got.Inputs, inputs) ||
			!slices.Equal(got.Padded, padded) || got.Longest != 16 {
			t.Errorf("%s: got %+v, %v", modelType, got, err)
		}
	}
}

func TestSettingsNameThePadTokenOfTheModel(t *testing.T) {
	words, err := Train([]string{"a dog runs"}, 60, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	pad, _ := words.model.id(padToken)
	for id, want := range map[int]string{int(pad): padToken, 1 << 20: ""} {
		var got map[string]any
		if err := json.Unmarshal(words.Settings(16, id, false), &got); err != nil {
			t.Fatal(err)
		}
		if token, _ := got["pad_token"].(string); token != want || got["tokenizer_class"] != "PreTrainedTokenizerFast" {
			t.Errorf("token %d: %v", id, got)
		}
	}
}
