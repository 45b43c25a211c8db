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

// The benchmarks of many runs follow 2,000 in one folder.
const manyExperiments = 400

// BenchmarkOpenManyRuns measures the first poll.
func BenchmarkOpenManyRuns(b *testing.B) {
	root := b.TempDir()
	watchtest.Many(root, manyExperiments)
	for b.Loop() {
		if s := New(root).Poll(""); len(s.Groups) != manyExperiments {
			b.Fatal(s.Problem)
		}
	}
}

// BenchmarkPollManyRuns measures a poll in which nothing, or one log, has changed.
func BenchmarkPollManyRuns(b *testing.B) {
	root := b.TempDir()
	watchtest.Many(root, manyExperiments)
	plan := watchtest.Plan{Manifest: rundir.Manifest{Role: rundir.Reference}, Examples: 10, BatchSize: 10, Steps: 1 << 30, Speed: 1}
	w := watchtest.New(rundir.Dir(filepath.Join(root, "r")), plan)
	defer w.Die()
	f := New(root)
	for range wholeNewest {
		f.Poll(w.Dir)
	}
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			f.Poll(w.Dir)
		}
	})
	b.Run("idle", func(b *testing.B) {
		idle := New(root)
		focus := rundir.Dir(filepath.Join(root, "snli-0399-reference"))
		for range wholeNewest {
			idle.Poll(focus)
		}
		for b.Loop() {
			idle.Poll(focus)
		}
	})
	b.Run("one log grows", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			w.Step++
			w.Log(&rundir.Steps{Losses: []float32{1}, Seconds: 1})
			b.StartTimer()
			f.Poll(w.Dir)
		}
	})
}
