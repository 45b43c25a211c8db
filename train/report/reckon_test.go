package report

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/internal/disk"
	"ftft/train/cost"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// The FLOPs of an outside run are reckoned from its model's config.json and the tokens in its log; where that is not possible, the
// report has the reason and no number.
func TestFLOPsOfOutsideRuns(t *testing.T) {
	config := func(kind string) string {
		return fmt.Sprintf(`{"model_type": %q, "vocab_size": 100, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, `+
			`"intermediate_size": 16, "max_position_embeddings": 32, "num_labels": 3}`, kind)
	}
	file, err := spec.Parse("config.json", []byte(config("bert")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, kind, place, reason string }{
		{"folder of the model", "bert", "model", ""},
		{"checkpoint", "bert", "checkpoint", ""},
		{"RoBERTa", "roberta", "model", ""},
		{"unknown family", "albert", "model", "ftft does not know the FLOPs of models of the type albert"},
		{"no sizes", "", "", "neither a checkpoint nor the folder of its model has a config.json"},
		{"no tokens", "bert", "model", "its trainer logs no tokens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			dir, model := rundir.Dir(filepath.Join(root, "r")), filepath.Join(root, "model")
			manifest := rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Engine: rundir.Outside, Model: model}
			run := watchtest.New(dir, watchtest.Plan{Manifest: manifest, Examples: 40, BatchSize: 10, Steps: 8, Speed: 1})
			tokens := int64(400)
			if c.reason == "its trainer logs no tokens" {
				tokens = 0
			}
			run.Step = 4
			run.Log(&rundir.Steps{Losses: []float32{1, 1, 1, 1}, Tokens: tokens, Seconds: 2})
			run.Finish(rundir.Finish{Status: rundir.Complete})
			place := map[string]string{"model": model, "checkpoint": dir.Checkpoint(4)}[c.place]
			if place != "" {
				if err := disk.MkdirAll(place); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(place, "config.json"), []byte(config(c.kind)), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			r, err := OfRun(dir)
			if err != nil {
				t.Fatal(err)
			}
			record, err := rundir.ReadRecord(dir)
			if err != nil {
				t.Fatal(err)
			}
			sequences := float64(record.Totals[0].Step * 10)
			want := 0.0
			if c.reason == "" {
				want = sequences * cost.Sequence(file.Spec, 400/sequences)
			}
			arm := r.Arms[0]
			if math.Abs(arm.FLOPs-want) > 1e-6*want || !strings.Contains(arm.Uncounted, c.reason) || (arm.Uncounted == "") != (c.reason == "") {
				t.Errorf("%g FLOPs, want %g; reason %q", arm.FLOPs, want, arm.Uncounted)
			}
			text := strings.Join(r.Uncounted(), " ")
			if c.reason != "" && (arm.TFLOP() != "-" || !strings.Contains(text, "FLOPs of r are not known")) {
				t.Errorf("%s, %q", arm.TFLOP(), text)
			}
		})
	}
}
