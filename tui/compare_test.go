package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/datamap/marks"
)

func TestCompareStates(t *testing.T) {
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}, {60, 20}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := finishedExperiment(t, size.w, size.h)
			b.press("4", "c")
			b.shows("this is the run viewed")
			b.press("down", "c", "l", "l", "l", "l", "down")
			b.golden(fmt.Sprintf("compare-%dx%d", size.w, size.h))
			b.press("esc")
			b.shows("enter open")
		})
	}
}

// The table of moves, the list of examples that moved and the highlighted points agree.
func TestCompareMoves(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("4", "down", "c")
	d := &b.list.comparison
	moved, places := 0, d.job.value.result.Places
	for from := range places {
		for to := range places[from] {
			if from != to {
				moved += places[from][to]
			}
		}
	}
	if d.job.value.result.Common != 330 || moved == 0 || len(d.listed) != moved {
		t.Fatalf("got %d listed of %d common examples, want %d of 330", len(d.listed), d.job.value.result.Common, moved)
	}
	for cell := range 16 {
		b.press("l")
		if want := places[cell/4][cell%4]; d.view.Cell != cell || len(d.listed) != want {
			t.Errorf("cell %d: got cell %d with %d listed, want %d", cell, d.view.Cell, len(d.listed), want)
		}
	}
	b.press("l") // back to all cells
	fraction := b.sel.Fraction
	b.press("]")
	if d.job.key.fraction == fraction || d.job.value.result.Fraction != d.job.key.fraction {
		t.Errorf("after ]: got a comparison of the fraction %v, want %v", d.job.value.result.Fraction, b.sel.Fraction)
	}
	m := b.list.comparison.move(0)
	b.shows("All that moved")
	b.send(tea.MouseClickMsg{X: 10, Y: 12, Button: tea.MouseLeft})
	if d.move(d.view.Cursor).GUID == m.GUID {
		t.Error("a click on the map does not move the cursor")
	}
	if got := strings.Count(b.shown(), "◆"); got != 2 {
		t.Errorf("got %d highlighted points, want 2", got)
	}
}

// The reader, marks and the summary are about the example under the comparison's cursor, and the reader moves in the comparison's list.
func TestCompareReadsItsExample(t *testing.T) {
	b := finishedExperiment(t, 80, 24)
	b.press("4", "down", "c", "down", "down")
	c := &b.list.comparison
	guid := func() string { return c.move(c.view.Cursor).GUID }
	if b.under() != guid() || c.view.Cursor != 2 {
		t.Errorf("the selection's cursor is on %s, that of the comparison on %s", b.under(), guid())
	}
	b.press("i")
	b.shows("Reading "+guid(), fmt.Sprintf("3 of %d", len(c.listed)))
	b.press("down")
	if b.shows("Reading " + guid()); c.view.Cursor != 3 {
		t.Errorf("down in the reader: the comparison's cursor is at %d, want 3", c.view.Cursor)
	}
	b.press("m", "y")
	if got := b.marked(guid()); got.Mark != marks.Keep {
		t.Errorf("m y marked another example than %s: %+v", guid(), got)
	}
	b.press("i")
	for b.press("l"); len(c.listed) > 0; b.press("l") {
	}
	if b.press("i"); b.isOpen(b.reader) {
		t.Errorf("i reads an example, and the comparison lists none:\n%s", b.shown())
	}
	b.shows("The comparison lists no example to read.")
}

// The cursor stays on its example when another fraction changes the list, or later epochs its order.
func TestCompareStaysOnItsExample(t *testing.T) {
	b := finishedExperiment(t, 80, 24)
	b.press("4", "down", "c", "end", "up", "up", "up")
	c := &b.list.comparison
	guid, places := c.move(c.view.Cursor).GUID, 0
	for _, key := range []string{"]", "]", "]", "[", "[", "["} {
		before := len(c.listed)
		b.press(key)
		remains := slices.ContainsFunc(c.listed, func(pair int32) bool {
			return c.job.key.focus.Map.GUIDs[c.job.value.result.Pairs[pair].A] == guid
		})
		if remains && c.move(c.view.Cursor).GUID != guid {
			t.Errorf("%s: the cursor went from %s to %s", key, guid, c.move(c.view.Cursor).GUID)
		}
		if remains && len(c.listed) != before {
			places++
		}
		guid = c.move(c.view.Cursor).GUID
	}
	if places == 0 {
		t.Error("no fraction changes the list before the cursor")
	}
}

// Cells without examples are empty, also when all that moved is listed.
func TestNobodyMovedIsEmpty(t *testing.T) {
	b := finishedExperiment(t, 80, 24)
	b.press("4", "down", "c")
	for _, key := range []string{"", "l"} {
		if key != "" {
			b.press(key)
		}
		for _, line := range strings.Split(b.View().Content, "\n") {
			if strings.HasPrefix(line, "hard  ") {
				if fields := strings.Fields(ansi.Strip(line)); slices.Contains(fields, "0") || strings.Contains(line, "\x1b[7m") {
					t.Errorf("the row of hard is %q", line)
				}
			}
			if plain := ansi.Strip(line); strings.HasPrefix(plain, "amb + hard") && slices.Contains(strings.Fields(plain), "0") {
				t.Errorf("a zero is drawn: %q", plain)
			}
		}
	}
	b.shows("confidence ↑", "1.00│", "0.00│", "variability →")
}
