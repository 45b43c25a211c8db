package tui

import (
	"strings"
	"testing"

	"ftft/train/rundir"
)

// The rectangle's cells show exactly the points that its area holds, wherever it lies.
func TestPalette(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.ctrl('p')
	b.golden("palette-80x24")
	b.typeText("5 points more")
	b.press("enter")
	if b.sel.Count != 380 {
		t.Errorf("%d selected", b.sel.Count)
	}
	b.ctrl('p')
	b.typeText("crsshr lft") // of another screen
	b.press("enter")
	if b.front() != b.curves || !b.curves.view.Crosshair {
		t.Errorf("on %s", b.front().home().tab)
	}
	b.ctrl('p')
	b.typeText("no such thing at all")
	b.shows("No action matches.")
	b.press("enter")
	if b.isOpen(b.palette) {
		t.Error("the palette stays")
	}
}

func TestHelpHasPages(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.press("?")
	all := ""
	for range b.help.pages() {
		all += b.shown()
		b.press("down")
	}
	for _, binding := range b.table.all {
		if !strings.Contains(all, binding.help[:min(len(binding.help), 40)]) {
			t.Errorf("no page tells of %q", binding.help)
		}
	}
	if !b.isOpen(b.help) {
		t.Error("help has gone")
	}
	b.press("esc")
	if b.isOpen(b.help) {
		t.Error("help stays")
	}
}

func TestTheDeskOnPlainTerminals(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {60, 20}} {
		b := newBench(t, size[0], size[1], func(o *Options) { o.ASCII = true })
		b.train("demo-reference", rundir.Reference, "", nil).Train(400)
		b.readRuns()
		b.shown()
		plain := func(state string) {
			t.Helper()
			if at := strings.IndexFunc(b.shown(), func(r rune) bool { return r >= 0x80 }); at >= 0 {
				t.Errorf("%s has %q", state, b.shown()[at:at+4])
			}
		}
		b.press("v", "j", "h")
		plain("the brush")
		b.press("enter", "m", "/")
		b.typeText("premise 1")
		plain("the search's prompt")
		b.press("enter", ",")
		plain("an earlier epoch")
		b.press("3")
		plain("the list")
		b.press(":")
		b.ctrl('u')
		b.typeText("confidence <")
		plain("a wrong rule")
		b.press("esc")
		b.ctrl('p')
		plain("the palette")
	}
}
