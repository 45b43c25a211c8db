package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"ftft/train/rundir"
)

func TestScreens(t *testing.T) {
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := newBench(t, size.w, size.h, nil)
			name := func(screen string) string { return fmt.Sprintf("%s-%dx%d", screen, size.w, size.h) }
			b.readRuns()
			b.golden(name("waiting"))
			w := b.train("demo-reference", rundir.Reference, "", nil)
			w.Train(60)
			b.readRuns()
			b.golden(name("first-epoch"))
			w.Train(190) // the third epoch is under way
			b.readRuns()
			b.golden(name("third-epoch"))
			w.Train(150)
			w.Finish(rundir.Finish{Status: rundir.Complete})
			main := b.train("demo-ftft", rundir.Main, rundir.FTFT, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
			main.Train(220)
			b.readRuns()
			b.golden(name("map"))
			for _, screen := range b.screens {
				b.press(screen.home().key)
				b.golden(name(strings.ToLower(screen.home().tab)))
			}
			b.press("?")
			b.golden(name("help"))
			main.Die()
		})
	}
}

func TestScreensWithoutColoursOrUnicode(t *testing.T) {
	b := newBench(t, 120, 40, func(o *Options) { o.ASCII = true })
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(400)
	b.readRuns()
	b.shows("0=0", "4=4 of 4")
	for _, screen := range []string{"1", "2", "3", "4", "5", "?"} {
		b.press(screen)
		if at := strings.IndexFunc(b.shown(), func(r rune) bool { return r >= 0x80 }); at >= 0 {
			t.Errorf("screen %s contains %q", screen, b.shown()[at:at+4])
		}
	}
	b = newBench(t, 120, 40, func(o *Options) { o.NoColor = true })
	b.train("demo-reference", rundir.Reference, "", nil).Train(400)
	b.readRuns()
	b.shows("0=0", "4=4 of 4")
	if strings.Contains(b.View().Content, "38;5;202m") {
		t.Error("NO_COLOR draws correctness in colours")
	}
}

func TestScreensFillEverySize(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	b.train("demo-reference", rundir.Reference, "", nil).Train(250)
	b.readRuns()
	for _, size := range []tea.WindowSizeMsg{
		{Width: 1, Height: 1}, {Width: 20, Height: 5}, {Width: 40, Height: 12}, {Width: 60, Height: 16},
		{Width: 99, Height: 60}, {Width: 100, Height: 30}, {Width: 250, Height: 80},
	} {
		b.send(size)
		for _, screen := range []string{"1", "2", "3", "4", "5", "?", "?"} {
			b.press(screen)
			lines := strings.Split(b.View().Content, "\n")
			if len(lines) != size.Height {
				t.Errorf("%dx%d, screen %s: got %d lines", size.Width, size.Height, screen, len(lines))
			}
			for _, line := range lines {
				if width := uv.NewStyledString(line).UnicodeWidth(); width != size.Width {
					t.Errorf("%dx%d, screen %s: got a line of %d cells: %q", size.Width, size.Height, screen, width, line)
				}
			}
		}
	}
}

func TestIdleScreenIsNotRedrawn(t *testing.T) {
	b := newBench(t, 80, 24, nil)
	b.train("demo-reference", rundir.Reference, "", nil).Train(250)
	b.readRuns()
	b.View()
	b.Update(b.feed.Poll(b.focus))
	if b.stale {
		t.Error("a poll that finds nothing new discards the cached screen")
	}
}

func TestImportedMap(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		for _, labels := range []bool{true, false} {
			b := imported(t, size[0], size[1], labels)
			b.shows("Imported dynamics", "300 examples", "theirs", "99 of 300")
			for _, key := range []string{"s", "]", "down", "2", "3", "end", "4", "enter", "5", "enter", "x", "tab", "s", "s", "s", "1", "?"} {
				b.press(key)
				if text := b.shown(); text == "" {
					t.Fatalf("after %s the screen is empty", key)
				}
			}
		}
	}
	b := imported(t, 120, 40, false)
	b.shows("No logits")
	b.press("2")
	b.shows("Imported dynamics: no training log")
	b.press("5", "enter")
	b.shows("Imported dynamics have no experiment to launch in.")
}
