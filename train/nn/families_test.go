package nn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/train/nn"
	"ftft/train/nn/kernel"
	"ftft/train/nn/nntest"
	"ftft/train/nn/spec"
)

// load returns a golden model.
func load(t *testing.T, g *nntest.Golden) (spec.Spec, nn.Weights) {
	t.Helper()
	s, w, report, err := nn.Load(g.Folder(t, nil), []string{"a", "b", "c"}, 1)
	if err != nil || len(report.Initialised)+len(report.Ignored) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	return s, w
}

// Logits, loss, gradients and encodings are those of PyTorch, which pads every sequence to the longest. They have the same bits on all
// paths and with all numbers of threads.
func TestFamiliesMatchPyTorch(t *testing.T) {
	for _, g := range nntest.Read(t, "testdata/families") {
		t.Run(g.Name, func(t *testing.T) {
			s, w := load(t, g)
			var first []float32 // logits, encodings and gradients
			for _, path := range kernel.Paths() {
				for _, threads := range []int{1, 2, 5} {
					got := compare(t, g, s, w, path, threads)
					if first == nil {
						first = got
					}
					if !slices.Equal(got, first) {
						t.Errorf("%v, %d threads: other bits", path, threads)
					}
				}
			}
		})
	}
}

// compare compares the results of a network with a golden model's and returns them.
func compare(t *testing.T, g *nntest.Golden, s spec.Spec, w nn.Weights, path kernel.Path, threads int) (all []float32) {
	batch := g.Batch()
	net, err := nn.New[float32](s, w, nn.Options{
		MaxTokens: batch.Tokens() + 9, MaxSequences: batch.Sequences() + 1, Path: path, Threads: threads,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	loss, logits, err := net.Train(batch)
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(loss-g.Loss) <= 1e-5) { // fails on NaN
		t.Errorf("loss %v, want %v", loss, g.Loss)
	}
	all = slices.Clone(logits)
	predicted, err := net.Predict(batch)
	if err != nil || !slices.Equal(all, predicted) {
		t.Errorf("without dropout, training gives the logits %v and prediction %v, %v", all, predicted, err)
	}
	worst := furthest(t, all, g.Logits)
	if !(worst <= 1e-4) {
		t.Errorf("logits differ by %g", worst)
	}
	encodings, err := net.Encode(batch)
	if err != nil {
		t.Fatal(err)
	}
	apart := furthest(t, encodings, g.Encodings)
	if !(apart <= 1e-4) {
		t.Errorf("encodings differ by %g", apart)
	}
	all = append(all, encodings...)

	relative := 0.0
	for _, p := range net.Parameters() {
		want, got := g.Gradients[p.Name], nntest.Sketch(p.Grad)
		if len(want) != len(got) {
			t.Fatalf("no golden gradient of %s", p.Name)
		}
		if want[0] <= 1e-6 { // that of a key's bias, which shifts all scores of a query alike, is rounding
			if !(got[0] <= 2e-6) {
				t.Errorf("the gradient of %s has norm %g", p.Name, got[0])
			}
		} else if d := nntest.Distance(got, want) / want[0]; !(d <= 1e-4) {
			t.Errorf("the gradient of %s differs by %g, relative", p.Name, d)
		} else {
			relative = max(relative, d)
		}
		all = append(all, p.Grad...)
	}
	if path == kernel.Paths()[0] && threads == 1 {
		t.Logf("logits within %.1e, encodings within %.1e, gradients within %.1e, relative", worst, apart, relative)
	}
	return all
}

// furthest returns the greatest difference between values and rows.
func furthest(t *testing.T, values []float32, rows [][]float64) (worst float64) {
	t.Helper()
	want := slices.Concat(rows...)
	if len(values) != len(want) {
		t.Fatalf("%d values, want %d", len(values), len(want))
	}
	for i, v := range want {
		worst = max(worst, math.Abs(float64(values[i])-v))
	}
	return worst
}

// Dropout is on. It drops the same elements in each run of a step, so the loss is a smooth function of the parameters.
func TestFamiliesMatchFiniteDifferences(t *testing.T) {
	for _, g := range nntest.Read(t, "testdata/families") {
		t.Run(g.Name, func(t *testing.T) {
			s, w := load(t, g)
			b, rate := g.Short(), 0.2
			n, err := nn.New[float64](s, w, nn.Options{MaxTokens: b.Tokens(), MaxSequences: b.Sequences(), Threads: 1, Seed: 3, Dropout: &rate})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			loss := func() float64 {
				l, _, err := n.Train(b)
				if err != nil {
					t.Fatal(err)
				}
				return l
			}
			loss()
			gradients := map[string][]float64{}
			for _, p := range n.Parameters() {
				gradients[p.Name] = slices.Clone(p.Grad)
			}
			r := rand.New(rand.NewPCG(5, 6))
			for _, p := range n.Parameters() {
				for range 2 {
					i := r.IntN(len(p.Data))
					if p.Kind == spec.Embedding && p.Shape[0] == s.Vocabulary {
						i = int(b.IDs[r.IntN(len(b.IDs))])*p.Shape[1] + i%p.Shape[1] // in the row of a token of the batch
						if i/p.Shape[1] == s.Pad {
							continue
						}
					}
					if p.Name == s.Names().PositionEmbeddings && s.FirstPosition > 0 && i/p.Shape[1] == s.Pad {
						continue
					}
					const h = 1e-5
					value := p.Data[i]
					p.Data[i] = value + h
					above := loss()
					p.Data[i] = value - h
					below := loss()
					p.Data[i] = value
					want, got := (above-below)/(2*h), gradients[p.Name][i]
					if math.Abs(got-want) > 1e-7+1e-5*math.Abs(want) {
						t.Errorf("%s[%d]: gradient %g, finite difference %g", p.Name, i, got, want)
					}
				}
			}
		})
	}
}

// The tensors of a Model have no prefix, and it has no classifier; old files have other names for the parameters of layer-norms.
func TestLoadReadsEveryFamilysEncoder(t *testing.T) {
	for _, g := range nntest.Read(t, "testdata/families") {
		s, w := load(t, g)
		base := s.Names().Base
		folder := g.Folder(t, func(name string) string {
			rest, ok := strings.CutPrefix(name, base)
			if !ok {
				return ""
			}
			rest = strings.Replace(rest, "LayerNorm.weight", "LayerNorm.gamma", 1)
			return strings.Replace(rest, "LayerNorm.bias", "LayerNorm.beta", 1)
		})
		_, got, report, err := nn.Load(folder, []string{"x", "y"}, 1)
		if err != nil || len(report.Ignored) > 0 {
			t.Errorf("%s: %+v, %v", g.Name, report, err)
			continue
		}
		for _, tensor := range s.Tensors() {
			if fresh := slices.Contains(report.Initialised, tensor.Name); fresh == strings.HasPrefix(tensor.Name, base) {
				t.Errorf("%s: %s is initialised: %v", g.Name, tensor.Name, fresh)
			} else if !fresh && !slices.Equal(got[tensor.Name], w[tensor.Name]) {
				t.Errorf("%s: %s has other values", g.Name, tensor.Name)
			}
		}
	}
}

// The weights of a model that another class of its family has saved, such as ForMaskedLM, serve a classifier. Load reports what it does
// not need.
func TestLoadReadsOtherClassesOfAFamily(t *testing.T) {
	var classes map[string]struct {
		Model   string   `json:"model"`
		Tensors []string `json:"tensors"`
	}
	text, err := os.ReadFile("testdata/others.json")
	if err == nil {
		err = json.Unmarshal(text, &classes)
	}
	if err != nil || len(classes) < 10 {
		t.Fatal(len(classes), err)
	}
	models := map[string]*nntest.Golden{}
	for _, g := range nntest.Read(t, "testdata/families") {
		models[g.Name] = g
	}
	for class, c := range classes {
		g := models[c.Model]
		s, _ := load(t, g)
		folder, missing := g.Folder(t, nil), map[string]spec.Tensor{}
		for _, tensor := range s.Tensors() {
			missing[tensor.Name] = tensor
		}
		var tensors []nn.Tensor
		var ignored []string
		for _, name := range c.Tensors {
			tensor, ok := missing[s.Canonical(name)]
			if !ok {
				tensor.Shape = []int{1}
				ignored = append(ignored, name)
			}
			delete(missing, s.Canonical(name))
			tensors = append(tensors, nn.Tensor{Name: name, Shape: tensor.Shape, Values: nntest.Values(name, tensor.Shape)})
		}
		if err := nn.SaveTensors(filepath.Join(folder, "model.safetensors"), tensors); err != nil {
			t.Fatal(err)
		}
		_, _, report, err := nn.Load(folder, []string{"a", "b", "c"}, 1)
		slices.Sort(ignored)
		if err != nil || !slices.Equal(report.Ignored, ignored) || len(report.Initialised) != len(missing) {
			t.Errorf("%s: %v; ignored %v, want %v", class, err, report.Ignored, ignored)
		}
	}
}

// The message about a size that the weights do not have names the key of the family's own config.json.
func TestOtherSizesAreNamedByTheirKeys(t *testing.T) {
	for _, g := range nntest.Read(t, "testdata/families") {
		s, _ := load(t, g)
		keys := map[string]int{s.LayersKey(): s.Layers}
		for _, size := range s.Sizes() {
			keys[size.Key] = size.Value
		}
		for key, value := range keys {
			other := value * 2
			if key == "max_position_embeddings" {
				other = value + 7
			}
			folder := configured(t, g, func(config map[string]any) {
				config[key] = other
				delete(config, "layer_types") // the lists and sizes that would disagree before the weights do
				delete(config, "pooler_hidden_size")
			})
			want := fmt.Sprintf("config.json:1: %s: %d, but the weights in model.safetensors have %d", key, other, value)
			if _, err := nn.Labels(folder); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", g.Name, err, want)
			}
		}
	}
}

// configured writes a golden model with a changed config.json and returns its folder.
func configured(t *testing.T, g *nntest.Golden, change func(config map[string]any)) string {
	t.Helper()
	folder, config := g.Folder(t, nil), map[string]any{}
	if err := json.Unmarshal(g.Config, &config); err != nil {
		t.Fatal(err)
	}
	change(config)
	text, err := json.Marshal(config)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "config.json"), text, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// A classifier without names for its labels has those of transformers.
func TestAClassifierWithoutLabelsHasThoseOfTransformers(t *testing.T) {
	for _, g := range nntest.Read(t, "testdata/families") {
		folder := configured(t, g, func(config map[string]any) {
			delete(config, "id2label")
			delete(config, "label2id")
		})
		if labels, err := nn.Labels(folder); err != nil || !slices.Equal(labels, []string{"LABEL_0", "LABEL_1", "LABEL_2"}) {
			t.Errorf("%s: %v, %v", g.Name, labels, err)
		}
	}
}

// transformers draws from normal distributions that it cuts off at two standard deviations: 0.02 for what reads the hidden states,
// 0.02/√(2 layers) for what writes them, 1/√hidden for the classifier. The cut leaves 88 % of a standard deviation.
func TestInitialWeightsOfPreNormModels(t *testing.T) {
	for _, g := range nntest.Read(t, "testdata/families") {
		s, _ := load(t, g)
		if g.Name != "modernbert" {
			continue
		}
		w := nn.Init(s, 1)
		for name, deviation := range map[string]float64{
			"model.layers.1.attn.Wqkv.weight": 0.02, "model.layers.1.mlp.Wi.weight": 0.02, "model.embeddings.tok_embeddings.weight": 0.02,
			"model.layers.1.attn.Wo.weight": 0.02 / math.Sqrt(8), "model.layers.1.mlp.Wo.weight": 0.02 / math.Sqrt(8),
			"head.dense.weight": 0.02 / math.Sqrt(8), "classifier.weight": 1.0 / 6,
		} {
			square, largest := 0.0, 0.0
			for _, v := range w[name] {
				square, largest = square+float64(v)*float64(v), max(largest, math.Abs(float64(v)))
			}
			if got := math.Sqrt(square/float64(len(w[name]))) / deviation; got < 0.8 || got > 0.96 || largest > 2.0001*deviation {
				t.Errorf("%s: standard deviation %g of %g, largest value %g", name, got, deviation, largest)
			}
		}
	}
}

// A network that has not trained has no gradients.
func TestFamiliesPredictWithoutTraining(t *testing.T) {
	for _, g := range nntest.Read(t, "testdata/families") {
		s, w := load(t, g)
		b := g.Batch()
		n, err := nn.New[float32](s, w, nn.Options{MaxTokens: b.Tokens(), MaxSequences: b.Sequences()})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		logits, err := n.Predict(b)
		if err != nil {
			t.Fatal(err)
		}
		if worst := furthest(t, logits, g.Logits); !(worst <= 1e-4) {
			t.Errorf("%s: logits differ by %g", g.Name, worst)
		}
	}
}
