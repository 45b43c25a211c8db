package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ftft/train/nn"
	"ftft/train/nn/kernel"
	"ftft/train/nn/nntest"
	"ftft/train/nn/spec"
)

// wide returns a model of which the larger products are computed in blocks by all workers, and a batch for it.
func wide() (spec.Spec, nn.Weights, *nn.Batch) {
	s := spec.Scratch(2, 60, 4, 200, 97, 32, []string{"a", "b", "c"})
	r := rand.New(rand.NewPCG(1, 2))
	b := &nn.Batch{Starts: []int32{0}}
	for i, length := range []int{31, 1, 1, 17, 32, 2, 9, 25, 1} {
		for range length {
			b.IDs = append(b.IDs, int32(r.IntN(97)))
			b.Types = append(b.Types, int32(r.IntN(2)))
		}
		b.Starts = append(b.Starts, int32(len(b.IDs)))
		b.Gold = append(b.Gold, int32(i%3))
	}
	return s, nn.Init(s, 4), b
}

// bitsOf returns what two steps on a batch compute: losses, logits, gradients, predictions and encodings.
func bitsOf(t *testing.T, s spec.Spec, w nn.Weights, b *nn.Batch, o nn.Options) (names []string, bits [][]float32) {
	n, err := nn.New[float32](s, w, o)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	add := func(name string, values []float32) {
		names, bits = append(names, name), append(bits, slices.Clone(values))
	}
	for step := range 2 {
		b.Step = int64(step)
		loss, logits, err := n.Train(b)
		if err != nil {
			t.Fatal(err)
		}
		add(fmt.Sprintf("loss %v", loss), logits)
		for _, p := range n.Parameters() {
			add(fmt.Sprintf("gradient of %s, rows %v", p.Name, p.Touched), p.Grad)
		}
	}
	for _, f := range []func(*nn.Batch) ([]float32, error){n.Predict, n.Encode} {
		rows, err := f(b)
		if err != nil {
			t.Fatal(err)
		}
		add("rows", rows)
	}
	return names, bits
}

func TestPartsOfABatchGiveTheBitsOfTheWhole(t *testing.T) {
	check := func(t *testing.T, s spec.Spec, w nn.Weights, b *nn.Batch, paths []kernel.Path, counts ...int) {
		rate := 0.1
		all := nn.Options{MaxTokens: b.Tokens(), MaxSequences: b.Sequences(), Threads: 1, Seed: 3, Dropout: &rate}
		names, want := bitsOf(t, s, w, b, all)
		for _, path := range paths {
			for _, sequences := range counts {
				o := all
				o.Path, o.MaxSequences, o.Threads = path, sequences, 1+sequences%3
				gotNames, got := bitsOf(t, s, w, b, o)
				for i := range want {
					if names[i] != gotNames[i] {
						t.Fatalf("%v, %d at a time: %s, want %s", path, sequences, gotNames[i], names[i])
					}
					for j := range want[i] {
						if math.Float32bits(got[i][j]) != math.Float32bits(want[i][j]) {
							t.Fatalf("%v, %d at a time: %s[%d] is %g, want %g", path, sequences, names[i], j, got[i][j], want[i][j])
						}
					}
				}
			}
		}
	}
	s, w, b := wide()
	check(t, s, w, b, kernel.Paths(), 1, 2, 4, 8)
	for _, g := range nntest.Read(t, "testdata/families") {
		t.Run(g.Name, func(t *testing.T) {
			s, w := load(t, g)
			check(t, s, w, g.Batch(), []kernel.Path{kernel.Best}, 1, 3)
		})
	}
}

func TestPartsOfABatchDoNotAllocate(t *testing.T) {
	s, w, b := wide()
	allocations := func(sequences int) float64 {
		n, err := nn.New[float32](s, w, nn.Options{MaxTokens: b.Tokens(), MaxSequences: sequences, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		step := func() {
			if _, _, err := n.Train(b); err != nil {
				t.Fatal(err)
			}
		}
		step()
		return min(testing.AllocsPerRun(1, step), testing.AllocsPerRun(1, step), testing.AllocsPerRun(1, step))
	}
	// Gorgonia allocates in each pass; nothing else does.
	if one, nine := allocations(9), allocations(1); nine > 9*one {
		t.Errorf("%g allocations in one pass, %g in nine", one, nine)
	}
}

func TestTrainRefusesTooManyTokensAtATime(t *testing.T) {
	s, w, b := wide()
	n, err := nn.New[float32](s, w, nn.Options{MaxTokens: 30, MaxSequences: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, _, err := n.Train(b); err == nil || err.Error() != "sequences of 31 tokens together, and the network computes at most 30 at a time" {
		t.Error(err)
	}
}
