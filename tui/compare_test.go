package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestCompareStates(t *testing.T) {
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}, {60, 20}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := lecture(t, size.w, size.h)
			b.press("4", "m")
			b.shows("this is the run viewed")
			b.press("down", "m", "l", "l", "l", "l", "down")
			b.golden(fmt.Sprintf("compare-%dx%d", size.w, size.h))
			b.press("d")
			b.golden(fmt.Sprintf("compare-results-%dx%d", size.w, size.h))
			b.press("esc")
			b.shows("enter open")
		})
	}
}

// The table, the lists and the point highlighted agree with each other.
func TestWhoMoved(t *testing.T) {
	b := lecture(t, 120, 40)
	b.press("4", "down", "m")
	d := &b.list.comparison
	moved, of := 0, d.job.value.result.Places
	for from := range of {
		for to := range of[from] {
			if from != to {
				moved += of[from][to]
			}
		}
	}
	if d.job.value.result.Common != 330 || moved == 0 || len(d.listed) != moved {
		t.Fatalf("%d listed of %d who moved", len(d.listed), moved)
	}
	for cell := range 16 {
		b.press("l")
		if want := of[cell/4][cell%4]; d.view.Cell != cell || len(d.listed) != want {
			t.Errorf("cell %d: %d listed, want %d", d.view.Cell, len(d.listed), want)
		}
	}
	b.press("l") // all again
	fraction := b.sel.Fraction
	b.press("]")
	if d.job.key.fraction == fraction || d.job.value.result.Fraction != d.job.key.fraction {
		t.Errorf("after ] the comparison is at %v", d.job.value.result.Fraction)
	}
	m := b.list.comparison.move(0)
	b.shows("All that moved")
	b.send(tea.MouseClickMsg{X: 10, Y: 12, Button: tea.MouseLeft})
	if d.move(d.view.Cursor).GUID == m.GUID {
		t.Error("a click on the map goes nowhere")
	}
	if got := strings.Count(b.shown(), "◆"); got != 2 {
		t.Errorf("%d points are highlighted", got)
	}
}
