package nn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ftft/internal/fault"
	"ftft/internal/limit"
	"ftft/train/nn/spec"
)

// saved writes a small model with random weights and returns its folder.
func saved(t *testing.T) (string, spec.Spec, Weights) {
	s, w, _ := small(spec.Gelu)
	n := newNet[float32](t, s, w, 1)
	folder := t.TempDir()
	if err := Save(folder, s, Tensors(n.Parameters())); err != nil {
		t.Fatal(err)
	}
	return folder, s, w
}

func TestLoadReadsWhatSaveWrote(t *testing.T) {
	folder, s, w := saved(t)
	gotSpec, gotWeights, report, err := Load(folder, s.Labels, 1)
	if err != nil || !reflect.DeepEqual(gotSpec, s) || !reflect.DeepEqual(gotWeights, w) || len(report.Initialised) > 0 {
		t.Errorf("spec %+v, report %+v, %v", gotSpec, report, err)
	}
}

func TestLabelsAreMatchedByName(t *testing.T) {
	folder, s, w := saved(t)
	_, got, _, err := Load(folder, []string{"c", "a", "b"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	h := s.Hidden
	if !reflect.DeepEqual(got["classifier.weight"][:h], w["classifier.weight"][2*h:]) ||
		got["classifier.bias"][1] != w["classifier.bias"][0] {
		t.Error("the classifier's rows do not follow the labels")
	}
	if _, _, _, err := Load(folder, []string{"x", "y", "z"}, 1); err == nil || !strings.Contains(err.Error(), "matched by name") {
		t.Errorf("other labels: %v", err)
	}
}

func TestLoadRefusesDamagedModels(t *testing.T) {
	config := func(old, new string) func(w, c []byte) ([]byte, []byte) {
		return func(w, c []byte) ([]byte, []byte) { return w, swap(c, old, new) }
	}
	header := func(old, new string) func(w, c []byte) ([]byte, []byte) {
		return func(w, c []byte) ([]byte, []byte) {
			end := 8 + binary.LittleEndian.Uint64(w)
			text := swap(w[8:end], old, new)
			return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, w[end:]), c
		}
	}
	for want, damage := range map[string]func(weights, config []byte) ([]byte, []byte){
		"cut short":                  func(w, c []byte) ([]byte, []byte) { return w[:len(w)-5], c },
		"4 bytes are too few":        func(w, c []byte) ([]byte, []byte) { return w[:4], c },
		"not a safetensors file, or": func(w, c []byte) ([]byte, []byte) { return w[:100], c },
		"4 bytes follow the last":    func(w, c []byte) ([]byte, []byte) { return append(w, 0, 0, 0, 0), c },
		"value 0 is NaN; the weights must be finite": func(w, c []byte) ([]byte, []byte) {
			return append(w[:len(w)-12], 0, 0, 0xc0, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0), c
		},
		"config.json:%d: max_position_embeddings: 15, but the weights in model.safetensors have 16": config(
			`"max_position_embeddings": 16`, `"max_position_embeddings": 15`),
		"config.json:%d: num_hidden_layers: 1, but the weights in model.safetensors have 2": config(
			`"num_hidden_layers": 2`, `"num_hidden_layers": 1`),
		"config.json:%d: num_hidden_layers: 4096, but": config(`"num_hidden_layers": 2`, `"num_hidden_layers": 4096`),
		"config.json:%d: hidden_size: 131070, but":     config(`"hidden_size": 12`, `"hidden_size": 131070`),
		"config.json:%d: intermediate_size: 21, but":   config(`"intermediate_size": 20`, `"intermediate_size": 21`),
		"config.json:%d: type_vocab_size: 9, but":      config(`"type_vocab_size": 2`, `"type_vocab_size": 9`),
		"config.json:%d: id2label: there are 4 labels": config(`"2": "c"`, `"2": "c", "3": "d"`),
		"layer.1.intermediate.dense.weight (20 x 12) is missing": header(
			`"bert.encoder.layer.1.intermediate.dense.weight"`, `"bert.encoder.layer.1.intermediate.dense.weigth"`),
		"weigth (20 x 12) has no place in the model": header(
			`"bert.encoder.layer.1.intermediate.dense.weight"`, `"bert.encoder.layer.1.intermediate.dense.weigth"`),
		"leave a gap before them":                  header(`"data_offsets":[0,`, `"data_offsets":[4,`),
		"cannot be at bytes":                       header(`"data_offsets":[0,`, `"data_offsets":[-4,`),
		"needs two data_offsets, and has 3":        header(`"data_offsets":[0,`, `"data_offsets":[0,0,`),
		"twice":                                    header(`"bert.pooler.dense.bias"`, `"bert.pooler.dense.weight"`),
		"overlap those of another tensor":          header(`"data_offsets":[1488,`, `"data_offsets":[1484,`),
		"type \"Q32\" is unknown":                  header(`"dtype":"F32"`, `"dtype":"Q32"`),
		"has a data_offsets of another":            header(`"data_offsets":[0,`, `"data_offsets":["0",`),
		"is damaged: it is not JSON":               header(`"dtype":"F32"`, `"dtype"::F32"`),
		"type I32 is not supported":                header(`"dtype":"F32"`, `"dtype":"I32"`),
		"impossible shape 9999999999 x 9999999999": header(`"shape":[31,12]`, `"shape":[9999999999,9999999999]`),
	} {
		folder, s, _ := saved(t)
		paths := [2]string{filepath.Join(folder, "model.safetensors"), filepath.Join(folder, "config.json")}
		weights, _ := os.ReadFile(paths[0])
		text, _ := os.ReadFile(paths[1])
		weights, text = damage(weights, text)
		os.WriteFile(paths[0], weights, 0o644)
		os.WriteFile(paths[1], text, 0o644)
		line := 0
		if key, _, ok := strings.Cut(strings.TrimPrefix(want, "config.json:%d: "), ":"); ok {
			line = 1 + strings.Count(string(text[:max(0, bytes.Index(text, []byte(`"`+key)))]), "\n")
		}
		want = strings.Replace(want, "%d", strconv.Itoa(line), 1)
		var bad *fault.Bad
		limit.Check(t, 1<<20, 10, func() {
			if _, _, _, err := Load(folder, s.Labels, 1); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

func swap(text []byte, old, new string) []byte {
	return []byte(strings.Replace(string(text), old, new, 1))
}

func TestLoadReadsPretrainedModels(t *testing.T) {
	for _, name := range []string{"minilm-l3", "minilm-l6"} {
		folder := filepath.Join("../../../shared/data/models", name)
		if _, err := os.Stat(folder); err != nil {
			t.Skipf("no pre-trained model to read: %v", err)
		}
		s, w, report, err := Load(folder, []string{"yes", "no"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(w) != len(s.Tensors()) {
			t.Errorf("%s: %d of %d parameters", name, len(w), len(s.Tensors()))
		}
		// Sentence encoders have no classifier, and the smaller one has no pooler either.
		if want := map[string]int{"minilm-l3": 4, "minilm-l6": 2}[name]; len(report.Initialised) != want {
			t.Errorf("%s: initialised %v", name, report.Initialised)
		}
	}
}
