package nn

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/train/nn/spec"
)

// golden is golden.json: what PyTorch and transformers computed; testdata/parity.py makes it.
type golden struct {
	Batch       []goldenSequence `json:"batch"`
	Activations map[string]struct {
		Logits [][]float64 `json:"logits"`
		Loss   float64     `json:"loss"`
	} `json:"activations"`
	Half     map[string]float64 `json:"half"` // sums of the tensors' values
	Bfloat16 map[string]float64 `json:"bfloat16"`
}

type goldenSequence struct {
	IDs   []int32 `json:"ids"`
	Types []int32 `json:"types"`
	Gold  int32   `json:"gold"`
}

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

// Every sequence is padded to the longest there, and none here.
func TestLogitsAndGradientsAreThoseOfPyTorch(t *testing.T) {
	g, batch := readGolden(t)
	gradients, err := openSafetensors("testdata/gradients.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer gradients.file.Close()
	for activation, want := range g.Activations {
		t.Run(activation, func(t *testing.T) {
			s, w, _, err := Load("testdata/small", []string{"a", "b", "c"}, 1)
			if err != nil {
				t.Fatal(err)
			}
			s.Activation = activation
			n, err := New[float32](s, w, Options{MaxTokens: batch.Tokens(), MaxSequences: batch.Sequences()})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			loss, logits, err := n.Train(batch)
			if err != nil {
				t.Fatal(err)
			}
			worst := math.Abs(loss - want.Loss)
			if worst > 1e-5 {
				t.Errorf("loss %v, want %v", loss, want.Loss)
			}
			for i, row := range want.Logits {
				for c, value := range row {
					worst = max(worst, math.Abs(float64(logits[3*i+c])-value))
				}
			}
			if worst > 1e-4 {
				t.Errorf("logits differ by %g", worst)
			}
			furthest, of := 0.0, ""
			for _, p := range n.Parameters() {
				values, err := gradients.read(activation + ":" + p.Name)
				if err != nil {
					t.Fatal(err)
				}
				if d := distance(p.Grad, values); d > furthest {
					furthest, of = d, p.Name
				}
			}
			if furthest > 1e-3 {
				t.Errorf("the gradient of %s differs by %g", of, furthest)
			}
			t.Logf("loss and logits within %.1e, gradients within %.1e, relative (%s)", worst, furthest, of)
		})
	}
}

// distance is the norm of a-b in norms of b. A key's bias moves all scores of a query alike, so that its gradient is
// nought but for rounding: norms below 1e-5 count as that.
func distance(a, b []float32) float64 {
	difference, norm := 0.0, 0.0
	for i, v := range b {
		d := float64(a[i]) - float64(v)
		difference += d * d
		norm += float64(v) * float64(v)
	}
	return math.Sqrt(difference) / max(math.Sqrt(norm), 1e-5)
}

// variant is a folder with the golden model's config.json and other weights.
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

func TestHalfPrecisionWeightsAreThoseThatPyTorchWrote(t *testing.T) {
	g, _ := readGolden(t)
	for name, sums := range map[string]map[string]float64{"half": g.Half, "bfloat16": g.Bfloat16} {
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
			for _, v := range w[tensor] {
				got += float64(v)
			}
			if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
				t.Errorf("%s: the values of %s add up to %v, want %v", name, tensor, got, want)
			}
		}
	}
}

// A BertModel's tensors have no prefix, and it has no classifier; some have no pooler either.
func TestBareEncodersLoad(t *testing.T) {
	s, w, _, err := Load("testdata/small", nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, pooler := range []bool{true, false} {
		var names []string
		shapes := map[string][]int{}
		for _, tensor := range s.Tensors() {
			if strings.HasPrefix(tensor.Name, spec.Classifier) || !pooler && tensor.Head {
				continue
			}
			name := strings.TrimPrefix(tensor.Name, "bert.")
			names, shapes[name] = append(names, name), tensor.Shape
		}
		var file strings.Builder
		err := writeSafetensors(&file, names, func(n string) []int { return shapes[n] }, func(n string) []float32 { return w["bert."+n] })
		if err != nil {
			t.Fatal(err)
		}
		_, got, report, err := Load(variant(t, []byte(file.String())), []string{"x", "y"}, 1)
		if want := map[bool]int{true: 2, false: 4}[pooler]; err != nil || len(report.Initialised) != want {
			t.Fatalf("pooler %v: initialised %v, %v", pooler, report.Initialised, err)
		}
		for name := range shapes {
			if distance(got["bert."+name], w["bert."+name]) != 0 {
				t.Errorf("pooler %v: %s has other values", pooler, name)
			}
		}
		if weight := got[spec.Classifier+".weight"]; len(weight) != 2*s.Hidden || deviation(weight) < 0.01 || deviation(weight) > 0.03 {
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
