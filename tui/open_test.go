package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/tui/feed/feedtest"
)

// BenchmarkOpen is the time from nothing to the first frame with the map of a finished run of MNLI's size: 392,702 examples,
// 5 epochs, 3 classes.
func BenchmarkOpen(b *testing.B) {
	root := b.TempDir()
	const n, batch, epochs = 392702, 1 << 15, 5
	steps := epochs * ((n + batch - 1) / batch)
	dir := rundir.Dir(root + "/big")
	w := feedtest.New(dir, feedtest.Plan{Manifest: rundir.Manifest{ID: "big", Role: rundir.Reference}, Examples: n, BatchSize: batch, Steps: steps, Speed: 1})
	w.Train(steps)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	b.ResetTimer()
	for b.Loop() {
		a := New(Options{Root: root})
		a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
		a.Update(a.feed.Poll(""))
		a.Update(a.feed.Poll(a.focus))
		if a.seen() == nil || len(a.seen().Points) != n {
			b.Fatal("no map")
		}
		a.View()
	}
}
