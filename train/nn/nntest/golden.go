// Package nntest reads the golden files of the families of models, for the tests of package nn and of the packages above it. It may
// import nn. Begin reading at Read.
package nntest

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/train/nn"
)

// A Golden is the result of PyTorch and transformers with a small model. testdata/families.py makes it.
type Golden struct {
	Name      string
	Config    json.RawMessage      `json:"config"`    // the model's config.json
	Tensors   map[string][]int     `json:"tensors"`   // shapes by name
	Logits    [][]float64          `json:"logits"`    // [sequences, classes] of Batch
	Loss      float64              `json:"loss"`      // of Batch
	Encodings [][]float64          `json:"encodings"` // [sequences, hidden] of Batch
	Gradients map[string][]float64 `json:"gradients"` // of Batch: a Sketch by parameter
	Losses    map[string][]float64 `json:"losses"`    // of 50 steps of AdamW by weight decay

	inputs struct {
		Batch []Sequence `json:"batch"`
		Data  []Sequence `json:"data"`
	}
}

// A Sequence is a sequence of tokens with its class.
type Sequence struct {
	IDs   []int32 `json:"ids"`
	Types []int32 `json:"types"`
	Gold  int32   `json:"gold"`
}

// Read returns the golden models in a folder, by name.
func Read(t testing.TB, folder string) []*Golden {
	t.Helper()
	const inputs = "sequences.json"
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d golden files in %s, %v", len(paths), folder, err)
	}
	var list []*Golden
	for _, path := range paths {
		if filepath.Base(path) == inputs {
			continue
		}
		g := &Golden{Name: strings.TrimSuffix(filepath.Base(path), ".json")}
		decode(t, path, g)
		decode(t, filepath.Join(folder, inputs), &g.inputs)
		list = append(list, g)
	}
	return list
}

func decode(t testing.TB, path string, value any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Sequences returns the sequences of Batch.
func (g *Golden) Sequences() []Sequence { return g.inputs.Batch }

// Batch returns the batch of the logits, the loss, the encodings and the gradients.
func (g *Golden) Batch() *nn.Batch { return batch(g.inputs.Batch, 0) }

// Short returns the first sequences of Batch, cut after a few tokens. One of them has a pad token among the others.
func (g *Golden) Short() *nn.Batch {
	list := slices.Clone(g.inputs.Batch[:3])
	for i, s := range list {
		n := min(len(s.IDs), 9)
		list[i].IDs, list[i].Types = s.IDs[:n], s.Types[:n]
	}
	return batch(list, 7)
}

// StepSequences is the number of sequences in a step of Losses.
const StepSequences = 8

// Step returns the batch of a step of Losses, counted from 0.
func (g *Golden) Step(i int) *nn.Batch {
	from := i * StepSequences % len(g.inputs.Data)
	return batch(g.inputs.Data[from:from+StepSequences], int64(i))
}

func batch(list []Sequence, step int64) *nn.Batch {
	b := &nn.Batch{Starts: []int32{0}, Step: step}
	for _, s := range list {
		b.IDs, b.Types, b.Gold = append(b.IDs, s.IDs...), append(b.Types, s.Types...), append(b.Gold, s.Gold)
		b.Starts = append(b.Starts, int32(len(b.IDs)))
	}
	return b
}

// Folder writes the model into a new folder and returns it. rename gives a tensor its name in the file, "" to leave it out; nil keeps
// all names.
func (g *Golden) Folder(t testing.TB, rename func(name string) string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.json"), g.Config, 0o644); err != nil {
		t.Fatal(err)
	}
	var tensors []nn.Tensor
	for _, name := range slices.Sorted(maps.Keys(g.Tensors)) {
		tensor := nn.Tensor{Name: name, Shape: g.Tensors[name], Values: Values(name, g.Tensors[name])}
		if rename != nil {
			tensor.Name = rename(name)
		}
		if tensor.Name != "" {
			tensors = append(tensors, tensor)
		}
	}
	if err := nn.SaveTensors(filepath.Join(folder, "model.safetensors"), tensors); err != nil {
		t.Fatal(err)
	}
	return folder
}

// mixed returns a pseudo-random integer that depends only on the index.
func mixed(index uint32) uint32 {
	h := index * 2654435761
	h = (h ^ h>>15) * 739982445
	return h ^ h>>12
}

// Values returns the values of a golden model's parameter: uniform in [-1/4, 1/4), in [3/4, 5/4) for the scales of layer-norms.
func Values(name string, shape []int) []float32 {
	size, seed, centre := 1, uint32(0), 0.0
	for _, n := range shape {
		size *= n
	}
	for _, c := range []byte(name) {
		seed = seed*31 + uint32(c)
	}
	if len(shape) == 1 && strings.HasSuffix(name, ".weight") {
		centre = 1
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = float32(float64(mixed(uint32(i)+seed)>>8)/(1<<25) - 0.25 + centre)
	}
	return values
}

// Sketch returns the norm of a gradient and its sums under eight assignments of signs, which depend only on the index.
func Sketch(gradient []float32) []float64 {
	sketch := make([]float64, 9)
	for i, v := range gradient {
		sketch[0] += float64(v) * float64(v)
		h := mixed(uint32(i + 1))
		for bit := range 8 {
			if h>>(8+bit)&1 == 1 {
				sketch[1+bit] -= float64(v)
			} else {
				sketch[1+bit] += float64(v)
			}
		}
	}
	sketch[0] = math.Sqrt(sketch[0])
	return sketch
}

// Distance estimates the distance between two gradients by their sketches: the root mean square of the differences of the sums.
func Distance(a, b []float64) float64 {
	square := 0.0
	for i := 1; i < len(a); i++ {
		square += (a[i] - b[i]) * (a[i] - b[i]) / float64(len(a)-1)
	}
	return max(math.Abs(a[0]-b[0]), math.Sqrt(square))
}
