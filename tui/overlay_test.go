package tui

import (
	"strings"
	"testing"

	"ftft/train/rundir"
)

func TestPalette(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.ctrl('p')
	b.golden("palette-80x24")
	b.typeText("5 points more")
	b.press("enter")
	if b.sel.Count != 380 {
		t.Errorf("got %d selected, want 380", b.sel.Count)
	}
	b.ctrl('p')
	b.typeText("crsshr lft") // crosshair left, an action of another screen
	b.press("enter")
	if b.front() != b.curves || !b.curves.view.Crosshair {
		t.Errorf("got the screen %s with crosshair %v, want Curves with the crosshair", b.front().home().tab, b.curves.view.Crosshair)
	}
	b.ctrl('p')
	b.typeText("no such thing at all")
	b.shows("No action matches.")
	b.press("enter")
	if b.isOpen(b.palette) {
		t.Error("enter without a match does not close the palette")
	}
}

func TestHelpPages(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.press("?")
	all := ""
	for range b.help.pages() {
		all += b.shown()
		b.press("down")
	}
	for _, binding := range b.table.all {
		if !strings.Contains(all, binding.help[:min(len(binding.help), 40)]) {
			t.Errorf("no page of the help has %q", binding.help)
		}
	}
	if !b.isOpen(b.help) {
		t.Error("turning pages closes the help")
	}
	b.press("esc")
	if b.isOpen(b.help) {
		t.Error("esc does not close the help")
	}
}

// An overlay of the pane waits on the screen that it was opened on, and moves to the screen that it is opened on next.
func TestOverlayMovesToAnotherScreen(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("i", "2")
	if b.isOpen(b.reader) {
		t.Error("the overlay of the map is open on the curves")
	}
	if b.press("1"); !b.isOpen(b.reader) {
		t.Error("the overlay does not wait on the map")
	}
	if b.press("3", "i"); !b.isOpen(b.reader) {
		t.Error("the overlay does not open on a second screen")
	}
	if b.press("1"); b.isOpen(b.reader) {
		t.Error("the overlay is still open on the map after it moved")
	}
}

// With an overlay on it, a list of runs or the form keeps its own cursor: the keys move to the neighbours of the example.
func TestNeighboursOnEveryScreen(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	for _, keys := range [][]string{{"4"}, {"5"}, {"2", "o"}} {
		b.press(keys...)
		b.press("i")
		listed, place := b.listed, b.sel.Cursor
		b.press("down")
		if b.sel.Cursor != place+1 || b.listed != listed {
			t.Errorf("%v: got place %d of the list and run %d, want %d and %d", keys, b.sel.Cursor, b.listed, place+1, listed)
		}
		b.press("end", "i")
		if b.sel.Cursor != len(b.sel.List)-1 {
			t.Errorf("%v: end goes to place %d, want the last", keys, b.sel.Cursor)
		}
		b.press("1", "g")
	}
}

// The order in which overlays are opened does not matter: the commands lie on the explanations, and these on the reader.
func TestOrderOfOverlays(t *testing.T) {
	for _, keys := range [][]string{{"i", "e", "="}, {"=", "e", "i"}, {"e", "=", "i"}} {
		b := finishedReference(t, 120, 40)
		b.press(keys...)
		for _, top := range []struct{ want, closing string }{{"command", "="}, {"explain", "e"}, {"read", "i"}} {
			if got := b.top().name(); got != top.want {
				t.Errorf("%v: got %s on top, want %s", keys, got, top.want)
			}
			if top.want == "explain" {
				b.shows("Reading ex-", "Explain ex-")
			}
			b.press(top.closing)
		}
		if b.top() != nil {
			t.Errorf("%v: got %s still open", keys, b.top().name())
		}
	}
}

func TestOverlaysInASCII(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {60, 20}} {
		b := newBench(t, size[0], size[1], func(o *Options) { o.ASCII = true })
		b.train("demo-reference", rundir.Reference, "", nil).Train(400)
		b.readRuns()
		b.shown() // lays out the map
		isASCII := func(state string) {
			t.Helper()
			if at := strings.IndexFunc(b.shown(), func(r rune) bool { return r >= 0x80 }); at >= 0 {
				t.Errorf("%s: the screen contains %q", state, b.shown()[at:at+4])
			}
		}
		b.press("v", "j", "h")
		isASCII("the brush")
		b.press("enter", "m", "/")
		b.typeText("premise 1")
		isASCII("the prompt of a search")
		b.press("enter", ",")
		isASCII("an earlier epoch")
		b.press("3")
		isASCII("the list")
		b.press(":")
		b.ctrl('u')
		b.typeText("confidence <")
		isASCII("a rule with an error")
		b.press("esc")
		b.ctrl('p')
		isASCII("the palette")
	}
}
