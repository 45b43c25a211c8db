package tui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"ftft/train/rundir"
)

// clicks make the mouse messages of a random session.
var clicks = []func(tea.Mouse) tea.Msg{
	func(m tea.Mouse) tea.Msg { return tea.MouseClickMsg(m) }, func(m tea.Mouse) tea.Msg { return tea.MouseMotionMsg(m) },
	func(m tea.Mouse) tea.Msg { return tea.MouseReleaseMsg(m) }, func(m tea.Mouse) tea.Msg { return tea.MouseWheelMsg(m) },
}

// playSession plays on a run that trains, or on imported dynamics.
func playSession(t *testing.T, seed uint64, events int) {
	random := rand.New(rand.NewPCG(seed, 1))
	train := func() {}
	var b *bench
	if seed%5 == 4 { // imported dynamics, with logits and labels or without
		b = imported(t, 100, 30, seed%2 == 0)
		b.options.Columns = measures
	} else {
		b = newBench(t, 100, 30, func(o *Options) { o.ASCII = seed%3 == 0 })
		reference := b.train("demo-reference", rundir.Reference, "", nil)
		reference.Train([]int{0, 30, 150, 250, 390}[random.IntN(5)])
		train = func() {
			if reference.Step < 390 {
				reference.Train(10)
			}
		}
	}
	b.readRuns()
	play(t, b, seed, random, events, train)
}

// play sends random input to a workbench, and meanwhile calls train. Nothing may panic, and every screen must fill the terminal exactly.
func play(t *testing.T, b *bench, seed uint64, random *rand.Rand, events int, train func()) {
	var all []string
	for _, binding := range b.table.all {
		for _, keys := range binding.keys {
			all = append(all, strings.Fields(keys)...)
		}
	}
	for _, letter := range "abcdefghijklmnopqrstuvwxyz0123456789 \"'<>=&|()" {
		all = append(all, string(letter))
	}
	var done []string
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("seed %d: %v after %q", seed, r, done)
		}
	}()
	buttons := []tea.MouseButton{tea.MouseLeft, tea.MouseRight, tea.MouseMiddle, tea.MouseWheelUp, tea.MouseWheelDown, tea.MouseNone}
	for range events {
		switch kind := random.IntN(20); {
		case kind < 13:
			key := all[random.IntN(len(all))]
			if key == "q" || key == "ctrl+c" {
				continue
			}
			done = append(done, key)
			b.send(keyOf(key))
		case kind < 17:
			mouse := tea.Mouse{X: random.IntN(b.w+3) - 1, Y: random.IntN(b.h+3) - 1, Button: buttons[random.IntN(len(buttons))]}
			which := random.IntN(len(clicks))
			done = append(done, fmt.Sprintf("mouse %d %+v", which, mouse))
			b.send(clicks[which](mouse))
		case kind == 17:
			size := tea.WindowSizeMsg{Width: random.IntN(160), Height: random.IntN(50)}
			done = append(done, fmt.Sprintf("%+v", size))
			b.send(size)
		case kind == 18:
			done = append(done, "paste")
			b.send(tea.PasteMsg{Content: "\x1b[2J漢字 e\u0301 \u202e variability < 1\n"})
		default:
			if random.IntN(4) == 0 {
				done = append(done, "train")
				train()
			}
			b.readRuns()
		}
		if b.w == 0 || b.h == 0 {
			continue
		}
		lines := strings.Split(b.View().Content, "\n")
		if len(lines) != b.h {
			t.Fatalf("seed %d: got %d lines on %dx%d after %q", seed, len(lines), b.w, b.h, done)
		}
		for _, line := range lines {
			if width := uv.NewStyledString(line).UnicodeWidth(); width != b.w {
				t.Fatalf("seed %d: got a line of %d cells on %dx%d: %q after %q", seed, width, b.w, b.h, line, done)
			}
		}
	}
}

func TestRandomSessions(t *testing.T) {
	t.Chdir(t.TempDir()) // some sessions write figures
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			playSession(t, seed, 120)
		})
	}
}

func FuzzSessions(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		t.Chdir(t.TempDir()) // not that of f: workers start in its folder, where TestMain finds no config
		playSession(t, seed, 150)
	})
}
