package tui

import (
	"path/filepath"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// BenchmarkManyRuns measures a step of the cursor with its frame, and a poll's snapshot with its frame, in a list of 2,000 runs of
// which one trains.
func BenchmarkManyRuns(b *testing.B) {
	root := b.TempDir()
	watchtest.Many(root, 400)
	manifest := rundir.Manifest{Role: rundir.Reference}
	w := watchtest.New(rundir.Dir(filepath.Join(root, "r")), watchtest.Plan{Manifest: manifest, Examples: 10, BatchSize: 10, Steps: 1 << 30})
	defer w.Die()
	a := New(Options{Root: root})
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	for range 20 {
		a.Update(a.feed.Poll(a.focus))
	}
	a.Update(keyOf("4"))
	b.Run("step", func(b *testing.B) {
		for b.Loop() {
			a.Update(keyOf("down"))
			a.View()
		}
	})
	b.Run("sort", func(b *testing.B) {
		for b.Loop() {
			a.Update(keyOf("o"))
			a.View()
		}
	})
	b.Run("snapshot", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			w.Step++
			w.Log(&rundir.Steps{Losses: []float32{1}, Seconds: 1})
			s := a.feed.Poll(a.focus)
			b.StartTimer()
			a.Update(s)
			a.View()
		}
	})
}
