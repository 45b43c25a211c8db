package nn_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/train/nn"
	"ftft/train/nn/nntest"
)

// transformers opens what Save writes, with every tensor in its place, and computes the same logits.
func TestTransformersOpensWhatSaveWrites(t *testing.T) {
	python := os.Getenv("FTFT_TRAINER_PYTHON")
	if python == "" {
		t.Skip("FTFT_TRAINER_PYTHON is not set: a Python with torch and transformers; .ci/run outside sets it")
	}
	labels := []string{"no", "yes"}
	want := map[string][]float32{} // logits by folder
	for _, g := range nntest.Read(t, "testdata/families") {
		// The golden model has another classifier, so this one is new.
		trained := g.Folder(t, func(name string) string {
			if strings.HasPrefix(name, "classifier.") {
				return ""
			}
			return name
		})
		s, w, _, err := nn.Load(trained, labels, 3)
		if err != nil {
			t.Fatal(err)
		}
		batch := g.Batch()
		net, err := nn.New[float32](s, w, nn.Options{MaxTokens: batch.Tokens(), MaxSequences: batch.Sequences()})
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		logits, err := net.Predict(batch)
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		if err := nn.Save(folder, s, nn.Tensors(net.Parameters())); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(g.Sequences())
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, "batch.json"), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		want[folder] = slices.Clone(logits)
	}
	folders := slices.Collect(maps.Keys(want))
	if out, err := exec.Command(python, append([]string{"testdata/reopens.py"}, folders...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	unknown := 0 // models of families that this version of transformers does not have
	for folder, values := range want {
		var got struct {
			Logits [][]float64 `json:"logits"`
			Labels []string    `json:"labels"`
		}
		text, err := os.ReadFile(filepath.Join(folder, "logits.json"))
		if errors.Is(err, fs.ErrNotExist) {
			unknown++
			continue
		}
		if err == nil {
			err = json.Unmarshal(text, &got)
		}
		if err != nil || !slices.Equal(got.Labels, labels) {
			t.Fatal(got.Labels, err)
		}
		if worst := furthest(t, values, got.Logits); !(worst <= 1e-5) {
			config, _ := os.ReadFile(filepath.Join(folder, "config.json"))
			t.Errorf("logits differ by %g with %s", worst, config)
		}
	}
	t.Logf("%d models opened, %d of families that this transformers does not have", len(want)-unknown, unknown)
	if unknown > len(want)/2 {
		t.Error("too few are opened")
	}
}
