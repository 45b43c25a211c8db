package nn

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

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
	if !reflect.DeepEqual(got[spec.Classifier+".weight"][:h], w[spec.Classifier+".weight"][2*h:]) ||
		got[spec.Classifier+".bias"][1] != w[spec.Classifier+".bias"][0] {
		t.Error("the classifier's rows do not follow the labels")
	}
	if _, _, _, err := Load(folder, []string{"x", "y", "z"}, 1); err == nil || !strings.Contains(err.Error(), "matched by name") {
		t.Errorf("other labels: %v", err)
	}
}

func TestLoadRefusesDamagedModels(t *testing.T) {
	for want, damage := range map[string]func(weights, config []byte) ([]byte, []byte){
		"cut short":              func(w, c []byte) ([]byte, []byte) { return w[:len(w)-5], c },
		"not a safetensors file": func(w, c []byte) ([]byte, []byte) { return w[:4], c },
		"or cut short":           func(w, c []byte) ([]byte, []byte) { return w[:100], c },
		"in the file, [15 12]": func(w, c []byte) ([]byte, []byte) {
			return w, swap(c, `"max_position_embeddings": 16`, `"max_position_embeddings": 15`)
		},
		"has no place in the model": func(w, c []byte) ([]byte, []byte) {
			return w, swap(c, `"num_hidden_layers": 2`, `"num_hidden_layers": 1`)
		},
		"layer.2.intermediate.dense.weight [20 12] is missing": func(w, c []byte) ([]byte, []byte) {
			return w, swap(c, `"num_hidden_layers": 2`, `"num_hidden_layers": 3`)
		},
		"overlap others": func(w, c []byte) ([]byte, []byte) { return swap(w, `"data_offsets":[0,`, `"data_offsets":[4,`), c },
	} {
		folder, s, _ := saved(t)
		paths := [2]string{filepath.Join(folder, "model.safetensors"), filepath.Join(folder, "config.json")}
		weights, _ := os.ReadFile(paths[0])
		config, _ := os.ReadFile(paths[1])
		weights, config = damage(weights, config)
		os.WriteFile(paths[0], weights, 0o644)
		os.WriteFile(paths[1], config, 0o644)
		if _, _, _, err := Load(folder, s.Labels, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func swap(text []byte, old, new string) []byte {
	return []byte(strings.Replace(string(text), old, new, 1))
}

func TestHalfWidensHalfPrecision(t *testing.T) {
	for bits, want := range map[uint16]float32{
		0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x0001: 5.960464477539063e-08, 0x8000: 0, 0x7bff: 65504,
		0x03ff: 6.097555160522461e-05,
	} {
		if got := half(bits); got != want {
			t.Errorf("%#x: %g, want %g", bits, got, want)
		}
	}
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
