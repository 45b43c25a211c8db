package optim

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"ftft/train/nn"
	"ftft/train/nn/nntest"
)

// testdata/families.py trains the models with requires_grad = False for the embeddings.
func TestFrozenEmbeddingsTrainAsInPyTorch(t *testing.T) {
	var golden map[string][]float64
	text, err := os.ReadFile("../testdata/frozen.json")
	if err == nil {
		err = json.Unmarshal(text, &golden)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range nntest.Read(t, "../testdata/families") {
		losses := golden[g.Name]
		if len(losses) != 50 {
			t.Errorf("%s: %d golden losses; run families.py frozen", g.Name, len(losses))
			continue
		}
		s, w, _, err := nn.Load(g.Folder(t, nil), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		const longest = 30
		net, err := nn.New[float32](s, w, nn.Options{ // in parts, which changes no bit
			MaxTokens: longest * 3, MaxSequences: 3, FreezeEmbeddings: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer net.Close()
		adam, worst := New(net, Config{Epsilon: 1e-6, WeightDecay: 1}), 0.0
		for i, want := range losses {
			loss, _, err := net.Train(g.Step(i))
			if err != nil {
				t.Fatal(err)
			}
			adam.Step(1e-3*Schedule(i+1, len(losses), len(losses)/10), ClipScale(adam.Norm(), 1))
			worst = max(worst, math.Abs(loss-want))
		}
		if !(worst <= 2e-5) { // fails on NaN
			t.Errorf("%s: losses differ by %g", g.Name, worst)
		}
		frozen, names := 0, s.Names()
		for _, p := range net.Parameters() {
			table := slices.Contains([]string{names.WordEmbeddings, names.PositionEmbeddings, names.TypeEmbeddings}, p.Name)
			if table != p.Frozen || p.Frozen && (p.Grad != nil || !slices.Equal(p.Data, w[p.Name])) {
				t.Errorf("%s: %s is frozen: %v, has %d gradients", g.Name, p.Name, p.Frozen, len(p.Grad))
			}
			if p.Frozen {
				frozen++
			}
		}
		for _, moment := range adam.Tensors() {
			if strings.HasSuffix(moment.Name, names.WordEmbeddings) {
				t.Errorf("%s: there is a moment %s", g.Name, moment.Name)
			}
		}
		if want := 2*len(net.Parameters()) - 2*frozen; frozen == 0 || len(adam.Tensors()) != want {
			t.Errorf("%s: %d frozen parameters, %d moments, want %d", g.Name, frozen, len(adam.Tensors()), want)
		}
	}
}
