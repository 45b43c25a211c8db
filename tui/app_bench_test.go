package tui

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/train/watch/watchtest"
	"ftft/tui/view"
)

// largeRun returns a workbench on a complete run of 400,000 examples, 10 epochs and 3 classes.
func largeRun(b *testing.B) *App {
	b.Helper()
	const n, batch, epochs = 400_000, 1 << 15, 10
	root, steps := b.TempDir(), epochs*((n+batch-1)/batch)
	manifest := rundir.Manifest{ID: "big", Role: rundir.Reference}
	w := watchtest.New(rundir.Dir(filepath.Join(root, "big")),
		watchtest.Plan{Manifest: manifest, Examples: n, BatchSize: batch, Steps: steps, Evaluate: 12, Speed: 1})
	w.Train(steps)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	w = nil // BenchmarkLarge measures the memory of the workbench alone
	a := New(Options{Root: root})
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	for range 100 {
		_, cmd := a.Update(a.feed.Poll(a.focus))
		settle(a, cmd)
		if picture := a.seen(); picture != nil && !picture.Preview && picture.Map.Len() == n {
			settle(a, a.measureHealth())
			return a
		}
		time.Sleep(10 * time.Millisecond) // the feed pauses between two pictures
	}
	b.Fatal("the map does not appear")
	return nil
}

// settle executes the first command of an update and those that follow from its result. It does not poll again.
func settle(a *App, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, cmd := range msg[:min(len(msg), 1)] {
			settle(a, cmd)
		}
	case watch.Snapshot:
		a.Update(msg)
	case finished:
		_, next := a.Update(msg)
		settle(a, next)
	}
}

// BenchmarkLarge measures frames and keys on 400,000 examples. The budget of the map is 4 ms, that of all work between two frames
// 8 ms. MiB-held is the heap after everything has been read; its budget is 400.
func BenchmarkLarge(b *testing.B) {
	a := largeRun(b)
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	memory := float64(stats.HeapAlloc) / (1 << 20)
	for _, size := range [][2]int{{120, 40}, {300, 100}} {
		a.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		name := func(action string) string { return fmt.Sprintf("%s/%dx%d", action, size[0], size[1]) }
		b.Run(name("map"), func(b *testing.B) { // as if the points were new, so that each is binned
			a.table.press("1")
			for b.Loop() {
				a.onMap().view = view.Map{}
				a.stale = true
				a.View()
			}
			b.ReportMetric(memory, "MiB-held")
		})
		for _, screen := range a.screens {
			b.Run(name("frame "+screen.home().tab), func(b *testing.B) {
				a.table.press(screen.home().key)
				for b.Loop() {
					a.stale = true
					a.View()
				}
			})
		}
		a.table.press("1")
		for _, key := range []string{"i", "e"} {
			b.Run(name("frame key "+key), func(b *testing.B) {
				a.table.press(key)
				for b.Loop() {
					a.stale = true
					a.View()
				}
				a.table.press(key)
			})
		}
		b.Run(name("threshold step"), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				a.health.running = true // the health is computed in the background, which is not measured
				a.Update(tea.KeyPressMsg{Text: "[]"[i%2 : i%2+1], Code: rune("[]"[i%2])})
				a.View()
			}
		})
		b.Run(name("strategy"), func(b *testing.B) {
			for b.Loop() {
				a.health.running = true
				a.Update(tea.KeyPressMsg{Text: "s", Code: 's'})
				a.View()
			}
		})
	}
}

// BenchmarkOpen measures the time until the first frame with the map of a complete run of MNLI's size: 392,702 examples,
// 5 epochs, 3 classes.
func BenchmarkOpen(b *testing.B) {
	root := b.TempDir()
	const n, batch, epochs = 392702, 1 << 15, 5
	steps := epochs * ((n + batch - 1) / batch)
	dir := rundir.Dir(root + "/big")
	manifest := rundir.Manifest{ID: "big", Role: rundir.Reference}
	w := watchtest.New(dir, watchtest.Plan{Manifest: manifest, Examples: n, BatchSize: batch, Steps: steps, Speed: 1})
	w.Train(steps)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	b.ResetTimer()
	for b.Loop() {
		a := New(Options{Root: root})
		a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
		a.Update(a.feed.Poll(""))
		a.Update(a.feed.Poll(a.focus))
		if a.seen() == nil || len(a.seen().Points) != n {
			b.Fatal("the map does not appear")
		}
		a.View()
	}
}
