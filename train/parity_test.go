package train

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/datamap/dynamics"
	"ftft/internal/slow"
	"ftft/train/corpus"
	"ftft/train/nn"
	"ftft/train/nn/kernel"
	"ftft/train/nn/optim"
)

// pretrained loads a pre-trained encoder with a classifier of fixed weights and the first rows of some real pairs, and fills golden
// with PyTorch's results on them from file.
func pretrained(t *testing.T, rows int, file string, golden any) (*Model, *Encoded) {
	const shared = "../../shared/data"
	folder, pairs := filepath.Join(shared, "models/minilm-l6"), filepath.Join(shared, "nli/snli_train.jsonl")
	for _, path := range []string{folder, pairs} {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("no pre-trained encoder, or no pairs, to compare with: %v", err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, golden); err != nil {
		t.Fatal(err)
	}
	labels := []string{"entailment", "neutral", "contradiction"}
	set, err := corpus.ReadFile(pairs, corpus.Columns{Text: "premise", TextPair: "hypothesis", Label: "label"}, labels)
	if err != nil {
		t.Fatal(err)
	}
	model, err := loadModel(folder, labels, 128, true, 1)
	if err != nil {
		t.Fatal(err)
	}
	weight := model.Weights["classifier.weight"]
	for i := range weight {
		weight[i] = float32(0.1 * math.Sin(float64(i+1)))
	}
	copy(model.Weights["classifier.bias"], []float32{0.1, 0.2, 0.3})
	return model, Encode(model.Tokenizer, set.Examples[:rows], 0)
}

// Two hundred steps of fine-tuning, in the order of the file and without dropout, against PyTorch and transformers: see
// nn/testdata/trajectory.py. The plain path would take half an hour; another test shows that it gives the same bits.
func TestLossesOfFineTuningMatchPyTorch(t *testing.T) {
	const steps, batchSize, warmup, rate = 200, 4, 20, 1e-4
	var golden struct {
		Losses []float64 `json:"losses"`
	}
	model, encoded := pretrained(t, steps*batchSize, "nn/testdata/trajectory.json", &golden)
	if len(golden.Losses) != steps {
		t.Fatalf("%d golden losses", len(golden.Losses))
	}
	paths, compared := kernel.Paths()[1:], golden.Losses
	if !slow.Enabled() {
		paths, compared = paths[max(0, len(paths)-1):], compared[:12]
	}
	for _, kernels := range paths {
		t.Run(kernels.String(), func(t *testing.T) {
			none := 0.0
			net, err := nn.New[float32](model.Spec, model.Weights, nn.Options{
				MaxTokens: encoded.Capacity(batchSize), MaxSequences: batchSize, Dropout: &none, Path: kernels,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer net.Close()
			adam := optim.New(net, optim.Config{Epsilon: 1e-6, WeightDecay: 0.01})
			var batch nn.Batch
			worst, at := 0.0, 0
			for i, want := range compared {
				var rows []int
				for j := range batchSize {
					rows = append(rows, i*batchSize+j)
				}
				encoded.fill(&batch, rows)
				loss, _, err := net.Train(&batch)
				if err != nil {
					t.Fatal(err)
				}
				adam.Step(rate*optim.Schedule(i+1, steps, warmup), optim.ClipScale(adam.Norm(), 1))
				d := math.Abs(loss - want)
				if d > worst {
					at = i
				}
				worst = max(worst, d) // a NaN stays
			}
			if !(worst <= 1e-3) {
				t.Errorf("losses differ by %g, at step %d", worst, at+1)
			}
			t.Logf("%d losses within %.1e (at step %d); the last is %.4f", len(compared), worst, at+1, compared[len(compared)-1])
		})
	}
}

// From texts to gradients, with a pre-trained encoder and real pairs, against transformers: see nn/testdata/encoder.py.
func TestGradientsOfAPretrainedEncoderMatchPyTorch(t *testing.T) {
	const rows = 16
	var golden struct {
		IDs       [][]int32             `json:"ids"`
		Logits    [][]float64           `json:"logits"`
		Loss      float64               `json:"loss"`
		Gradients map[string][9]float64 `json:"gradients"` // see sketch
	}
	model, encoded := pretrained(t, rows, "nn/testdata/encoder.json", &golden)
	for _, kernels := range kernel.Paths() {
		if kernels == kernel.Plain && !slow.Enabled() {
			continue // takes half a minute
		}
		t.Run(kernels.String(), func(t *testing.T) {
			none := 0.0
			net, err := nn.New[float32](model.Spec, model.Weights, nn.Options{
				MaxTokens: encoded.Capacity(rows), MaxSequences: rows, Dropout: &none, Path: kernels,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer net.Close()
			var batch nn.Batch
			all := make([]int, rows)
			for i := range all {
				all[i] = i
				if got := encoded.ids[encoded.starts[i]:encoded.starts[i+1]]; !slices.Equal(got, golden.IDs[i]) {
					t.Fatalf("pair %d has the tokens %v, want %v", i, got, golden.IDs[i])
				}
			}
			encoded.fill(&batch, all)
			loss, logits, err := net.Train(&batch)
			if err != nil || len(logits) != 3*len(golden.Logits) {
				t.Fatal(len(logits), err)
			}
			if !(math.Abs(loss-golden.Loss) <= 1e-5) { // also fails on NaN
				t.Errorf("loss %v, want %v", loss, golden.Loss)
			}
			worst := 0.0
			for i, v := range logits {
				worst = max(worst, math.Abs(float64(v)-golden.Logits[i/3][i%3]))
			}
			if !(worst <= 1e-4) {
				t.Errorf("logits differ by %g", worst)
			}
			furthest, name := 0.0, ""
			for _, p := range net.Parameters() {
				want, ok := golden.Gradients[p.Name]
				if !ok {
					t.Fatalf("no golden gradient of %s", p.Name)
				}
				got, square := sketch(p.Grad), 0.0
				for i := 1; i < len(got); i++ {
					square += (got[i] - want[i]) * (got[i] - want[i]) / float64(len(got)-1)
				}
				d := max(math.Abs(got[0]-want[0]), math.Sqrt(square))
				// A key's bias shifts all scores of a query alike: apart from rounding, its gradient is zero.
				if strings.HasSuffix(p.Name, model.Spec.Names().Key+".bias") {
					if !(max(want[0], got[0]) <= 1e-6) {
						t.Errorf("the gradient of %s has norm %g", p.Name, got[0])
					}
					continue
				}
				if d /= want[0]; !(d <= 1e-4) {
					t.Errorf("the gradient of %s differs by %g, relative", p.Name, d)
				}
				if d > furthest {
					furthest, name = d, p.Name
				}
			}
			t.Logf("loss within %.1e, logits within %.1e, gradients within %.1e, relative (%s)",
				math.Abs(loss-golden.Loss), worst, furthest, name)
		})
	}
}

// From texts to encodings, with pre-trained sentence encoders without classifiers and real pairs, against transformers: see
// nn/testdata/pooled.py. The plain path would take half a minute; another test shows that it gives the same bits.
func TestEncodingsOfPretrainedEncodersMatchPyTorch(t *testing.T) {
	const shared, rows = "../../shared/data", 16
	pairs := filepath.Join(shared, "nli/snli_dev.jsonl")
	for _, name := range []string{"minilm-l3", "minilm-l6"} {
		folder := filepath.Join(shared, "models", name)
		for _, path := range []string{folder, pairs} {
			if _, err := os.Stat(path); err != nil {
				t.Skipf("no pre-trained encoder, or no pairs, to compare with: %v", err)
			}
		}
		want, shape, err := dynamics.ReadNPYFloat32("nn/testdata/" + name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		set, err := corpus.ReadFile(pairs, corpus.Columns{Text: "premise", TextPair: "hypothesis"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		model, err := loadModel(folder, []string{"yes", "no"}, 128, true, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(shape, []int{rows, model.Spec.Hidden}) {
			t.Fatalf("golden encodings of shape %v", shape)
		}
		encoded := Encode(model.Tokenizer, set.Examples[:rows], 0)
		var bits []float32
		for i, kernels := range kernel.Paths()[1:] {
			got := embed(t, model, encoded, i+1, kernels)
			if bits == nil {
				bits = got
			}
			if !slices.Equal(got, bits) {
				t.Errorf("%s, %v: other bits", name, kernels)
			}
			worst := largestDistance(got, want, model.Spec.Hidden)
			if !(worst <= 1e-5) { // also fails on NaN
				t.Errorf("%s, %v: encodings differ by %g, relative", name, kernels, worst)
			}
			t.Logf("%s, %v: every encoding within %.1e, relative", name, kernels, worst)
		}
	}
}

// embed returns a set's encodings, computed five examples at a time.
func embed(t *testing.T, model *Model, set *Encoded, threads int, path kernel.Path) []float32 {
	const size = 5
	net, err := nn.New[float32](model.Spec, model.Weights, nn.Options{
		MaxTokens: set.Capacity(size), MaxSequences: size, Threads: threads, Path: path,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	var progress []int
	encodings, err := Embed(net, set, size, func(done int) error { progress = append(progress, done); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{5, 10, 15, 16}; !slices.Equal(progress, want) {
		t.Errorf("progress %v, want %v", progress, want)
	}
	return encodings
}

// largestDistance returns the largest distance between a row of a and the same row of b, as a fraction of the latter's norm.
func largestDistance(a, b []float32, columns int) float64 {
	worst := 0.0
	for from := 0; from < len(b); from += columns {
		difference, norm := 0.0, 0.0
		for i := from; i < from+columns; i++ {
			d := float64(a[i]) - float64(b[i])
			difference += d * d
			norm += float64(b[i]) * float64(b[i])
		}
		worst = max(worst, math.Sqrt(difference/norm)) // a NaN stays
	}
	return worst
}

// sketch returns a gradient's norm, and its sums under eight choices of signs that depend on the index alone. The root mean square
// of the sums' differences estimates the distance of two gradients.
func sketch(gradient []float32) (s [9]float64) {
	for i, v := range gradient {
		h := uint32(i+1) * 2654435761
		h = (h ^ h>>15) * 739982445
		h ^= h >> 12
		g := float64(v)
		s[0] += g * g
		for bit := range 8 {
			if h>>(8+bit)&1 == 1 {
				s[1+bit] -= g
			} else {
				s[1+bit] += g
			}
		}
	}
	s[0] = math.Sqrt(s[0])
	return s
}
