package tui

import (
	"errors"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
)

// Until the texts of a run have been read, and if they cannot be, each place of a text says so.
func TestMissingTexts(t *testing.T) {
	for _, size := range []tea.WindowSizeMsg{{Width: 120, Height: 40}, {Width: 80, Height: 24}} {
		b := finishedReference(t, size.Width, size.Height)
		b.texts.known[b.textKey(b.sel.List[b.sel.Cursor])] = nil // requested
		for _, keys := range [][]string{{"1"}, {"3"}, {"i"}} {
			b.press(keys...)
			b.shows("Reading the texts …")
		}
	}
	b := finishedReference(t, 120, 40)
	b.options.Texts = func(rundir.Dir, int) (Example, error) { return Example{}, errors.New("the file has moved") }
	b.press("3", "down")
	b.shows("(no text: the file has moved)")
}
