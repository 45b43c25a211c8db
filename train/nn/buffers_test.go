package nn_test

import (
	"testing"

	"ftft/train/nn"
	"ftft/train/nn/nntest"
	"ftft/train/nn/spec"
)

// The test trains and predicts with every family, and with a model of more layers than Buffers builds.
func TestBuffersAreThoseThatANetworkAllocates(t *testing.T) {
	check := func(name string, s spec.Spec, w nn.Weights, b *nn.Batch, train bool) {
		c := nn.Capacity{Sequences: b.Sequences(), Tokens: b.Tokens() + 100}
		for i := range b.Sequences() {
			c.Longest = max(c.Longest, int(b.Starts[i+1]-b.Starts[i]))
		}
		n, err := nn.New[float32](s, w, nn.Options{MaxTokens: c.Tokens, MaxSequences: c.Sequences, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		if train {
			if _, _, err := n.Train(b); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := n.Predict(b); err != nil {
			t.Fatal(err)
		}
		buffers, err := nn.CountBuffers(s, train)
		got := buffers.Values(c)
		const once = 100 // of a layer-norm without a shift, which is allocated when it is first computed
		if want := n.BufferValues(); err != nil || got > want || got < want-once {
			t.Errorf("%s, training %v: %d values, %v; the network has %d", name, train, got, err, want)
		}
	}
	for _, train := range []bool{true, false} {
		s, _, b := wide()
		s.Layers = 6
		check("wide", s, nn.Init(s, 1), b, train)
		for _, g := range nntest.Read(t, "testdata/families") {
			s, w := load(t, g)
			check(g.Name, s, w, g.Batch(), train)
		}
	}
}
