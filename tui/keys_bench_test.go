package tui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// BenchmarkKeys measures Update and View after a key, without background work, on a map of MNLI's size: 392,702 examples and
// 5 epochs.
func BenchmarkKeys(b *testing.B) {
	root := b.TempDir()
	const n, batch, epochs = 392702, 1 << 15, 5
	steps := epochs * ((n + batch - 1) / batch)
	manifest := rundir.Manifest{ID: "big", Role: rundir.Reference}
	w := watchtest.New(rundir.Dir(root+"/big"), watchtest.Plan{Manifest: manifest, Examples: n, BatchSize: batch, Steps: steps, Speed: 1})
	w.Train(steps)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	a := New(Options{Root: root, Columns: measures})
	var execute func(tea.Cmd)
	execute = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		switch msg := cmd().(type) {
		case tea.BatchMsg:
			for _, cmd := range msg {
				execute(cmd)
			}
		default:
			_, cmd := a.Update(msg)
			execute(cmd)
		}
	}
	a.remember.waiting = true // keeps the view from being saved
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	for range 3 {
		cmd, _ := a.takeSnapshot(a.feed.Poll(a.focus))
		execute(cmd)
	}
	key := func(name string) {
		_, cmd := a.Update(keyOf(name))
		execute(cmd)
	}
	rule := func(text string) {
		key(":")
		key("ctrl+u")
		_, cmd := a.Update(tea.PasteMsg{Content: text})
		execute(cmd)
		key("enter")
		a.View()
	}
	for _, c := range []struct {
		name   string
		before func()
		keys   []string
	}{
		{"threshold", func() {}, []string{"]", "["}},
		{"strategy", func() {}, []string{"s"}},
		{"undo", func() { key("]") }, []string{"u", "ctrl+r"}},
		{"rule, undone and redone", func() { rule("variability > 0.2 && confidence < 0.7") }, []string{"u", "ctrl+r"}},
		{"threshold in a rule", func() { key("s") }, []string{"]", "["}},
		{"corner of the brush", func() { key("esc"); a.View(); key("v") }, []string{"l", "h"}},
		{"brush, applied and cleared", func() { key("esc") }, []string{"v", "enter", "esc"}},
		{"epochs", func() { key(","); key(",") }, []string{".", ","}},
		{"list, sorted by aum: threshold", func() {
			key(">")
			key("3")
			for a.sel.Sorting.By != "aum" {
				key("o")
			}
		}, []string{"]", "["}},
		{"list, filtered by label", func() {}, []string{"f"}},
		{"search, next match", func() {
			key("/")
			a.Update(tea.PasteMsg{Content: "9"})
			_, cmd := a.Update(keyOf("enter"))
			execute(cmd)
			execute(a.searchFor("99"))
		}, []string{"n"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.before()
			a.View()
			var cmds []tea.Cmd
			longest := time.Duration(0)
			for b.Loop() {
				for _, k := range c.keys {
					start := time.Now()
					_, cmd := a.Update(keyOf(k))
					a.View()
					longest = max(longest, time.Since(start))
					cmds = append(cmds, cmd)
					if len(cmds) > 20 {
						b.StopTimer()
						for _, cmd := range cmds {
							execute(cmd)
						}
						cmds = nil
						b.StartTimer()
					}
				}
			}
			for _, cmd := range cmds {
				execute(cmd)
			}
			b.ReportMetric(float64(longest.Microseconds())/1000, "longest-ms")
			b.ReportMetric(float64(len(c.keys)), "keys/op")
		})
	}
}
