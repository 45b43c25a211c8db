package nn

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/train/nn/kernel"
)

// golden is the content of golden.json, the results of PyTorch and transformers. testdata/parity.py makes it.
type golden struct {
	Batch       []goldenSequence `json:"batch"`
	Activations map[string]struct {
		Logits [][]float64 `json:"logits"`
		Loss   float64     `json:"loss"`
	} `json:"activations"`
	Encodings map[string][][]float64 `json:"encodings"` // [sequences, hidden] by activation
	Half      map[string]float64     `json:"half"`      // sum of the values by tensor
	Bfloat16  map[string]float64     `json:"bfloat16"`
	Bare      map[string][]string    `json:"bare"` // names of a BertModel's tensors with a pooler ("pooler") and without ("none")
}

type goldenSequence struct {
	IDs   []int32 `json:"ids"`
	Types []int32 `json:"types"`
	Gold  int32   `json:"gold"`
}

// readGolden reads golden.json and returns it with its batch.
func readGolden(t *testing.T) (g golden, b *Batch) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	b = &Batch{Starts: []int32{0}}
	for _, s := range g.Batch {
		b.IDs, b.Types, b.Gold = append(b.IDs, s.IDs...), append(b.Types, s.Types...), append(b.Gold, s.Gold)
		b.Starts = append(b.Starts, int32(len(b.IDs)))
	}
	return g, b
}

// PyTorch pads every sequence to the longest; this package pads none.
func TestLogitsAndGradientsMatchPyTorch(t *testing.T) {
	g, batch := readGolden(t)
	gradients, err := openSafetensors("testdata/gradients.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer gradients.file.Close()
	if len(g.Activations) != 3 {
		t.Fatalf("%d golden activations", len(g.Activations))
	}
	for _, path := range kernel.Paths() {
		for activation, want := range g.Activations {
			t.Run(path.String()+" "+activation, func(t *testing.T) {
				s, w, _, err := Load("testdata/small", []string{"a", "b", "c"}, 1)
				if err != nil {
					t.Fatal(err)
				}
				s.Activation = activation
				n, err := New[float32](s, w, Options{MaxTokens: batch.Tokens(), MaxSequences: batch.Sequences(), Path: path})
				if err != nil {
					t.Fatal(err)
				}
				defer n.Close()
				loss, logits, err := n.Train(batch)
				if err != nil {
					t.Fatal(err)
				}
				worst := math.Abs(loss - want.Loss)
				if !(worst <= 1e-5) { // fails on NaN
					t.Errorf("loss %v, want %v", loss, want.Loss)
				}
				trained := slices.Clone(logits)
				predicted, err := n.Predict(batch)
				if err != nil || len(trained) != 3*len(want.Logits) || !slices.Equal(trained, predicted) {
					t.Errorf("without dropout, training gives the logits %v and prediction %v, %v", trained, predicted, err)
				}
				for i, row := range want.Logits {
					for c, value := range row {
						worst = max(worst, math.Abs(float64(trained[3*i+c])-value))
					}
				}
				if !(worst <= 1e-4) {
					t.Errorf("logits differ by %g", worst)
				}
				furthest, parameter, rounding := 0.0, "", 0.0
				for _, p := range n.Parameters() {
					values, err := gradients.read(activation + ":" + p.Name)
					if err != nil || len(values) != len(p.Grad) {
						t.Fatalf("%s: %d golden values for %d, %v", p.Name, len(values), len(p.Grad), err)
					}
					d := distance(p.Grad, values)
					// The bias of the keys adds the same to all scores of a query, so its gradient is zero but for rounding.
					if strings.HasSuffix(p.Name, s.Names().Key+".bias") {
						zero := make([]float32, len(values))
						d = max(distance(values, zero), distance(p.Grad, zero))
						rounding = max(rounding, d)
						if !(d <= 1e-6) {
							t.Errorf("the gradient of %s has norm %g", p.Name, d)
						}
						continue
					}
					if !(d <= 1e-4) {
						t.Errorf("the gradient of %s differs by %g", p.Name, d)
					}
					if d > furthest {
						furthest, parameter = d, p.Name
					}
				}
				t.Logf("loss and logits within %.1e, gradients within %.1e, relative (%s), those of key biases below %.1e",
					worst, furthest, parameter, rounding)
			})
		}
	}
}

// The encodings have the same bits on all paths and with all numbers of threads, whatever the network computed before.
func TestEncodingsMatchPyTorch(t *testing.T) {
	g, batch := readGolden(t)
	if len(g.Encodings) != 3 {
		t.Fatalf("%d golden activations", len(g.Encodings))
	}
	for activation, rows := range g.Encodings {
		var want, first []float32
		for _, row := range rows {
			for _, v := range row {
				want = append(want, float32(v))
			}
		}
		for _, path := range kernel.Paths() {
			for _, threads := range []int{1, 2, 5} {
				got := encoded(t, activation, batch, path, threads)
				if d := distance(got, want); len(got) != len(want) || !(d <= 1e-5) {
					t.Errorf("%s, %v: encodings differ by %g, relative", activation, path, d)
				} else if first == nil {
					first = got
					t.Logf("%s: encodings within %.1e, relative", activation, d)
				}
				if !slices.Equal(got, first) {
					t.Errorf("%s, %v, %d threads: other bits", activation, path, threads)
				}
			}
		}
	}
}

// encoded returns the golden model's encodings of a batch. With one thread it loads the encoder alone; with more it computes
// gradients and logits first.
func encoded(t *testing.T, activation string, batch *Batch, path kernel.Path, threads int) []float32 {
	var labels []string // the model's own
	if threads == 1 {
		labels = []string{}
	}
	s, w, _, err := Load("testdata/small", labels, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Activation = activation
	n, err := New[float32](s, w, Options{MaxTokens: batch.Tokens() + 9, MaxSequences: batch.Sequences() + 1, Path: path, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if threads > 1 {
		if _, _, err := n.Train(batch); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Predict(batch); err != nil {
			t.Fatal(err)
		}
	}
	encodings, err := n.Encode(batch)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(encodings)
}

func TestAnEncoderCannotClassify(t *testing.T) {
	_, batch := readGolden(t)
	s, w, report, err := Load("testdata/small", []string{}, 1)
	ignored := []string{"classifier.bias", "classifier.weight"}
	if err != nil || !slices.Equal(report.Ignored, ignored) || len(report.Initialised) > 0 {
		t.Fatalf("report %+v, %v", report, err)
	}
	n, err := New[float32](s, w, Options{MaxTokens: batch.Tokens(), MaxSequences: batch.Sequences()})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, err := n.Predict(batch); err == nil || !strings.Contains(err.Error(), "no labels") {
		t.Errorf("predicting: %v", err)
	}
	if _, _, err := n.Train(batch); err == nil || !strings.Contains(err.Error(), "no labels") {
		t.Errorf("training: %v", err)
	}
}

// distance returns the norm of a-b, divided by the norm of b if that is not zero.
func distance(a, b []float32) float64 {
	difference, norm := 0.0, 0.0
	for i, v := range b {
		d := float64(a[i]) - float64(v)
		difference += d * d
		norm += float64(v) * float64(v)
	}
	if norm == 0 {
		norm = 1
	}
	return math.Sqrt(difference / norm)
}

// variant returns a folder with the golden model's config.json and other weights.
func variant(t *testing.T, weights []byte) string {
	folder := t.TempDir()
	config, err := os.ReadFile("testdata/small/config.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"config.json": config, "model.safetensors": weights} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestHalfPrecisionWeightsMatchPyTorch(t *testing.T) {
	g, _ := readGolden(t)
	_, full, _, err := Load("testdata/small", nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, sums := range map[string]map[string]float64{"half": g.Half, "bfloat16": g.Bfloat16} {
		digits := map[string]float64{"half": 0x1p-11, "bfloat16": 0x1p-8}[name] // half a unit in the last place
		weights, err := os.ReadFile("testdata/" + name + ".safetensors")
		if err != nil {
			t.Fatal(err)
		}
		_, w, report, err := Load(variant(t, weights), []string{"a", "b", "c"}, 1)
		if err != nil || len(report.Initialised)+len(report.Ignored) > 0 || len(w) != len(sums) {
			t.Fatalf("%s: %d tensors, report %+v, %v", name, len(w), report, err)
		}
		for tensor, want := range sums {
			got := 0.0
			for i, v := range w[tensor] {
				got += float64(v)
				if exact := float64(full[tensor][i]); !(math.Abs(float64(v)-exact) <= max(digits*math.Abs(exact), 0x1p-25)) {
					t.Fatalf("%s: value %d of %s is %v, want about %v", name, i, tensor, v, exact)
				}
			}
			if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
				t.Errorf("%s: the values of %s add up to %v, want %v", name, tensor, got, want)
			}
		}
	}
}

// The tensors of a BertModel have no prefix. It has no classifier, and may have no pooler.
func TestLoadReadsABertModel(t *testing.T) {
	g, _ := readGolden(t)
	s, w, _, err := Load("testdata/small", nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	shapes := map[string][]int{}
	for _, tensor := range s.Tensors() {
		shapes[tensor.Name] = tensor.Shape
	}
	for pooler, fresh := range map[string]int{"pooler": 2, "none": 4} {
		names := g.Bare[pooler]
		if len(names) != len(shapes)-fresh {
			t.Fatalf("pooler %s: %d golden names", pooler, len(names))
		}
		var file strings.Builder
		shape, values := func(n string) []int { return shapes["bert."+n] }, func(n string) []float32 { return w["bert."+n] }
		err := writeSafetensors(&file, names, shape, values)
		if err != nil {
			t.Fatal(err)
		}
		_, got, report, err := Load(variant(t, []byte(file.String())), []string{"x", "y"}, 1)
		if err != nil || len(report.Initialised) != fresh {
			t.Fatalf("pooler %s: initialised %v, %v", pooler, report.Initialised, err)
		}
		for _, name := range names {
			if !slices.Equal(got["bert."+name], w["bert."+name]) {
				t.Errorf("pooler %s: %s has other values", pooler, name)
			}
		}
		if weight := got["classifier.weight"]; len(weight) != 2*s.Hidden || deviation(weight) < 0.01 || deviation(weight) > 0.03 {
			t.Errorf("a new classifier of %d values, deviation %v", len(weight), deviation(weight))
		}
	}
}

func deviation(values []float32) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(len(values)))
}
