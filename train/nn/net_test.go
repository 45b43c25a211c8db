package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ftft/train/nn/kernel"
	"ftft/train/nn/spec"
)

// small returns a model of odd sizes with random weights, and a batch for it.
func small(activation string) (spec.Spec, Weights, *Batch) {
	s := spec.Scratch(2, 12, 3, 20, 31, 16, []string{"a", "b", "c"})
	s.Activation = activation
	r := rand.New(rand.NewPCG(1, 2))
	w := Weights{}
	for _, t := range s.Tensors() {
		values := make([]float32, t.Size())
		for i := range values {
			values[i] = float32(r.NormFloat64()) * 0.3
			if t.Kind == spec.NormScale {
				values[i]++
			}
		}
		w[t.Name] = values
	}
	b := &Batch{Starts: []int32{0, 5, 6, 15}, Gold: []int32{2, 0, 1}, Step: 7}
	for i := range 15 {
		b.IDs = append(b.IDs, int32(1+r.IntN(30))) // not 0, because [PAD] has no gradient
		b.Types = append(b.Types, int32(i%2))
	}
	return s, w, b
}

func newNet[T kernel.Float](t testing.TB, s spec.Spec, w Weights, threads int) *Net[T] {
	n, err := New[T](s, w, Options{MaxTokens: 40, MaxSequences: 5, Threads: threads, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// Dropout is on. It drops the same elements in each run of a step, so the loss is a smooth function of the parameters.
func TestGradientsMatchFiniteDifferences(t *testing.T) {
	for _, activation := range []string{spec.Gelu, spec.GeluTanh, spec.Relu} {
		t.Run(activation, func(t *testing.T) {
			s, w, b := small(activation)
			n := newNet[float64](t, s, w, 2)
			loss := func() float64 {
				l, _, err := n.Train(b)
				if err != nil {
					t.Fatal(err)
				}
				return l
			}
			loss()
			grads := map[string][]float64{}
			for _, p := range n.Parameters() {
				grads[p.Name] = slices.Clone(p.Grad)
			}
			r := rand.New(rand.NewPCG(5, 6))
			for _, p := range n.Parameters() {
				for range 6 {
					i := r.IntN(len(p.Data))
					const h = 1e-5
					value := p.Data[i]
					p.Data[i] = value + h
					above := loss()
					p.Data[i] = value - h
					below := loss()
					p.Data[i] = value
					want, got := (above-below)/(2*h), grads[p.Name][i]
					if math.Abs(got-want) > 1e-7+1e-5*math.Abs(want) {
						t.Errorf("%s[%d]: gradient %g, finite difference %g", p.Name, i, got, want)
					}
				}
			}
		})
	}
}

func TestBitsDoNotDependOnThreadsOrOnEarlierBatches(t *testing.T) {
	s, w, b := small(spec.Gelu)
	result := func(threads int, warm bool) string {
		n := newNet[float32](t, s, w, threads)
		if warm {
			other := &Batch{IDs: make([]int32, 40), Types: make([]int32, 40), Starts: []int32{0, 16, 32, 40}, Gold: []int32{0, 0, 1}}
			if _, _, err := n.Train(other); err != nil {
				t.Fatal(err)
			}
		}
		loss, logits, err := n.Train(b)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(loss, logits)
		for _, p := range n.Parameters() {
			text += fmt.Sprint(p.Grad)
		}
		return text
	}
	want := result(1, false)
	for _, threads := range []int{1, 2, 5} {
		if result(threads, true) != want {
			t.Errorf("%d threads after another batch give other bits", threads)
		}
	}
}

func TestPredictionsDoNotDependOnTheBatch(t *testing.T) {
	s, w, b := small(spec.Gelu)
	n := newNet[float64](t, s, w, 1)
	together, err := n.Predict(b)
	if err != nil {
		t.Fatal(err)
	}
	together = slices.Clone(together)
	for i := range b.Sequences() {
		from, to := b.Starts[i], b.Starts[i+1]
		alone, err := n.Predict(&Batch{IDs: b.IDs[from:to], Types: b.Types[from:to], Starts: []int32{0, to - from}})
		if err != nil {
			t.Fatal(err)
		}
		for c, v := range alone {
			if math.Abs(v-together[i*3+c]) > 1e-12 {
				t.Errorf("sequence %d: %v alone, %v in the batch", i, alone, together[i*3:i*3+3])
			}
		}
	}
}
