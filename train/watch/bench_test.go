package watch

import (
	"path/filepath"
	"testing"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// BenchmarkPoll measures a poll after one event has been added to a log of 20,000.
func BenchmarkPoll(b *testing.B) {
	root := b.TempDir()
	dir := rundir.Dir(filepath.Join(root, "r"))
	plan := watchtest.Plan{Manifest: rundir.Manifest{Role: rundir.Reference}, Examples: 10, BatchSize: 10, Steps: 10, Speed: 1}
	w := watchtest.New(dir, plan)
	defer w.Die()
	add := func() { w.Log(&rundir.Steps{Losses: []float32{1, 2, 3}, Seconds: 1}) }
	for range 20_000 {
		w.Step += 3
		add()
	}
	f := New(root)
	f.Poll("")
	for b.Loop() {
		b.StopTimer()
		w.Step += 3
		add()
		b.StartTimer()
		f.Poll("")
	}
}
