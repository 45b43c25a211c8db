package optim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"
	"testing"

	"ftft/internal/slow"
	"ftft/train/nn"
	"ftft/train/nn/kernel"
	"ftft/train/nn/spec"
)

// golden is the SHA-256 of the weights by the number of steps of the training below. It is the same on every processor. A
// change that alters it alters the results of every experiment and belongs in the changelog.
var golden = map[int]string{
	20:  "5fb2131e05204f55486788e87720401d1c6e49ed265d55f1cf540c2d864346ac",
	200: "ad8ee3385712a91a6cd8a28b0457e2fb140d9e4093f8ab145c4561d27e80ff43",
}

// The training uses dropout, clipping and decay. A way is a path, a number of threads, and whether other goroutines keep
// the cores busy.
func TestWeightsHaveTheSameBitsEverywhere(t *testing.T) {
	type way struct {
		path    kernel.Path
		threads int
		busy    bool
	}
	steps := 200
	ways := []way{
		{kernel.Best, 1, false}, {kernel.Best, 2, false}, {kernel.Best, 3, false}, {kernel.Best, 8, false}, {kernel.Best, 2, true},
	}
	if !slow.Enabled() {
		ways, steps = ways[1:2], 20
	}
	for _, p := range kernel.Paths() {
		ways = append(ways, way{p, 2, false})
	}
	for _, w := range ways {
		if got := trained(t, w.path, w.threads, w.busy, steps); got != golden[steps] {
			t.Errorf("%v, %d threads, busy %v: weights %s, want %s", w.path, w.threads, w.busy, got, golden[steps])
		}
	}
}

// trained returns the hash of the weights after some steps.
func trained(t *testing.T, path kernel.Path, threads int, busy bool, steps int) string {
	if busy {
		var done atomic.Bool
		defer done.Store(true)
		for range 3 {
			go func() {
				for !done.Load() {
				}
			}()
		}
	}
	s := spec.Scratch(2, 48, 3, 96, 300, 64, []string{"a", "b", "c"})
	n, err := nn.New[float32](s, nn.Init(s, 1), nn.Options{MaxTokens: 300, MaxSequences: 12, Threads: threads, Path: path, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	adam, x := New(n, Config{Epsilon: 1e-6, WeightDecay: 0.01}), uint32(1)
	draw := func(below int) int32 {
		x = x*1664525 + 1013904223
		return int32(x >> 8 % uint32(below))
	}
	for step := range steps {
		b := &nn.Batch{Starts: []int32{0}, Step: int64(step)}
		for range 12 {
			for range 1 + draw(24) {
				b.IDs, b.Types = append(b.IDs, 1+draw(299)), append(b.Types, draw(2))
			}
			b.Starts, b.Gold = append(b.Starts, int32(len(b.IDs))), append(b.Gold, draw(3))
		}
		if _, _, err := n.Train(b); err != nil {
			t.Fatal(err)
		}
		adam.Step(1e-3*Schedule(step+1, 200, 20), ClipScale(adam.Norm(), 1))
	}
	hash := sha256.New()
	for _, p := range n.Parameters() {
		if err := binary.Write(hash, binary.LittleEndian, p.Data); err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}
