package optim

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"ftft/train/nn"
	"ftft/train/nn/kernel"
	"ftft/train/nn/nntest"
)

// The test takes 50 steps with warm-up, linear decay and clipping. The golden losses come from nn/testdata/parity.py.
func TestLossesMatchPyTorchAdamW(t *testing.T) {
	var golden struct {
		Data []struct {
			IDs   []int32 `json:"ids"`
			Types []int32 `json:"types"`
			Gold  int32   `json:"gold"`
		} `json:"data"`
		Losses map[string][]float64 `json:"losses"`
	}
	text, err := os.ReadFile("../testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	const batch, rate = 8, 1e-3
	for _, path := range kernel.Paths() {
		for name, decay := range map[string]float64{"0": 0, "0.01": 0.01, "1": 1} {
			s, w, _, err := nn.Load("../testdata/small", nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			none := 0.0
			net, err := nn.New[float32](s, w, nn.Options{MaxTokens: 30 * batch, MaxSequences: batch, Dropout: &none, Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer net.Close()
			adam, steps, worst := New(net, Config{Epsilon: 1e-6, WeightDecay: decay}), len(golden.Losses[name]), 0.0
			if steps != 50 {
				t.Fatalf("%d golden losses", steps)
			}
			for i, want := range golden.Losses[name] {
				b := &nn.Batch{Starts: []int32{0}, Step: int64(i)}
				from := i * batch % len(golden.Data)
				for _, e := range golden.Data[from : from+batch] {
					b.IDs, b.Types, b.Gold = append(b.IDs, e.IDs...), append(b.Types, e.Types...), append(b.Gold, e.Gold)
					b.Starts = append(b.Starts, int32(len(b.IDs)))
				}
				loss, _, err := net.Train(b)
				if err != nil {
					t.Fatal(err)
				}
				adam.Step(rate*Schedule(i+1, steps, steps/10), ClipScale(adam.Norm(), 1))
				worst = max(worst, math.Abs(loss-want))
			}
			// A decay of 0.01 changes the losses by at most 2e-4. The negated comparison fails on NaN.
			if !(worst <= 2e-5) {
				t.Errorf("%v, decay %s: losses differ by %g", path, name, worst)
			}
			t.Logf("%v, decay %s: 50 losses within %.1e, the last %.4f", path, name, worst, golden.Losses[name][steps-1])
		}
	}
}

func TestFamiliesTrainAsInPyTorch(t *testing.T) {
	for _, g := range nntest.Read(t, "../testdata/families") {
		s, w, _, err := nn.Load(g.Folder(t, nil), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		for name, decay := range map[string]float64{"0": 0, "1": 1} {
			const longest = 30
			net, err := nn.New[float32](s, w, nn.Options{MaxTokens: longest * nntest.StepSequences, MaxSequences: nntest.StepSequences})
			if err != nil {
				t.Fatal(err)
			}
			defer net.Close()
			adam, steps, worst := New(net, Config{Epsilon: 1e-6, WeightDecay: decay}), len(g.Losses[name]), 0.0
			if steps != 50 {
				t.Fatalf("%s: %d golden losses", g.Name, steps)
			}
			for i, want := range g.Losses[name] {
				loss, _, err := net.Train(g.Step(i))
				if err != nil {
					t.Fatal(err)
				}
				adam.Step(1e-3*Schedule(i+1, steps, steps/10), ClipScale(adam.Norm(), 1))
				worst = max(worst, math.Abs(loss-want))
			}
			if !(worst <= 2e-5) { // fails on NaN
				t.Errorf("%s, decay %s: losses differ by %g", g.Name, name, worst)
			}
			t.Logf("%s, decay %s: 50 losses within %.1e, the last %.4f", g.Name, name, worst, g.Losses[name][steps-1])
		}
	}
}
