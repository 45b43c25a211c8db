package tui

import (
	"os"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// BenchmarkOpen is the time from nothing to the first frame with the map of a finished run of MNLI's size: 392,702 examples,
// 5 epochs, 3 classes.
func BenchmarkOpen(b *testing.B) {
	root := b.TempDir()
	const n, batch, epochs = 392702, 1 << 15, 5
	steps := epochs * ((n + batch - 1) / batch)
	dir := rundir.Dir(root + "/big")
	w := watchtest.New(dir, watchtest.Plan{Manifest: rundir.Manifest{ID: "big", Role: rundir.Reference}, Examples: n, BatchSize: batch, Steps: steps, Speed: 1})
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

// Studies that share every run open, are walked through run by run, and draw each curve once.
func TestStudiesThatShareRunsOpen(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	first, err := b.study.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	second := rundir.StudyDir(string(b.study) + "-2")
	if err := os.Mkdir(string(second), 0o777); err != nil {
		t.Fatal(err)
	}
	first.Created = first.Created.Add(time.Hour)
	if err := second.WriteStudy(first); err != nil {
		t.Fatal(err)
	}
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(400)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	b.look()
	b.shows("demo-2 · reference")
	for _, want := range []string{"demo-ftft", "demo-reference"} {
		if b.press("tab"); b.focus.ID() != want {
			t.Errorf("tab leads to %s, want %s", b.focus.ID(), want)
		}
	}
	if drawn := b.curves.drawn(); len(drawn) != 2 {
		t.Errorf("%d curves for two runs", len(drawn))
	}
	for _, key := range []string{"2", "4", "5"} {
		b.press(key)
		b.View()
	}
}
