package tui

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
)

func TestPalette(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.ctrl('p')
	b.golden("palette-80x24")
	b.typeText("more by 5")
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
	for _, keys := range [][]string{{"4"}, {"5"}, {"2", "d"}} {
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
		b.press("enter", "m", "y", "/")
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

// A key that shows another screen does so with the help or a question open, which it closes.
func TestNumberKeysLeaveOverlays(t *testing.T) {
	b := finishedReference(t, 80, 24)
	for key, open := range map[string]func(){"2": b.help.show, "3": func() { b.ask(&question{text: "Replace it?"}) }} {
		open()
		b.press(key)
		if b.at != int(key[0]-'1') || b.top() != nil {
			t.Errorf("%s: got the screen %s with the overlay %T, want the key's screen without one", key, b.front().home().tab, b.top())
		}
	}
	fraction := b.sel.Fraction
	b.ask(&question{text: "Replace it?"})
	b.press("]")
	if b.top() != nil || b.sel.Fraction != fraction {
		t.Errorf("] at a question: got the overlay %T and the fraction %v, want none and %v", b.top(), b.sel.Fraction, fraction)
	}
}

// ctrl+c leaves what is open at the foot, and the palette. Only without one of them it quits.
func TestCtrlCLeavesPrompts(t *testing.T) {
	for _, keys := range [][]string{{":"}, {"/"}, {"w"}, {"ctrl+p"}} {
		b := finishedReference(t, 80, 24)
		b.press(keys...)
		cmd, handled := b.top().key(keyOf("ctrl+c"))
		if !handled || b.top() != nil || quits(cmd) {
			t.Errorf("ctrl+c after %q: got the overlay %T and quitting %v, want none and false", keys, b.top(), quits(cmd))
		}
		if _, cmd := b.Update(keyOf("ctrl+c")); !quits(cmd) {
			t.Errorf("a second ctrl+c after %q does not quit", keys)
		}
	}
	b := finishedReference(t, 80, 24)
	asked := false
	b.ask(&question{text: "Sure?", answers: map[string]func() tea.Cmd{"y": func() tea.Cmd { asked = true; return nil }}})
	if _, cmd := b.Update(keyOf("ctrl+c")); quits(cmd) || b.top() != nil || asked {
		t.Errorf("ctrl+c at a question: got the overlay %T, quitting %v, answered %v", b.top(), quits(cmd), asked)
	}
}

// quits reports whether a command ends the program.
func quits(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	switch msg := cmd().(type) {
	case tea.QuitMsg:
		return true
	case tea.BatchMsg:
		return slices.ContainsFunc(msg, quits)
	default:
		if commands := reflect.ValueOf(msg); commands.IsValid() && commands.Type().ConvertibleTo(reflect.TypeFor[[]tea.Cmd]()) {
			return slices.ContainsFunc(commands.Convert(reflect.TypeFor[[]tea.Cmd]()).Interface().([]tea.Cmd), quits) // a sequence
		}
		return false
	}
}

// A click cancels a question, as any other key does. The wheel and the moving mouse do not.
func TestMouseAtAQuestion(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.ask(&question{text: "Replace it?"})
	cursor := b.sel.Cursor
	b.send(tea.MouseWheelMsg{X: 5, Y: 5, Button: tea.MouseWheelDown})
	b.send(tea.MouseMotionMsg{X: 5, Y: 5})
	b.shows("Replace it?")
	b.send(tea.MouseClickMsg{X: 5, Y: 5, Button: tea.MouseLeft})
	b.shows("Cancelled.")
	if b.top() != nil || b.sel.Cursor != cursor {
		t.Errorf("got the overlay %T and the cursor %d, want none and %d", b.top(), b.sel.Cursor, cursor)
	}
}

// Typing filters the help by words of the texts, keys and tasks; esc empties the filter before it leaves.
func TestHelpFilter(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.press("?")
	b.typeText("mark label right")
	b.shows("m y", "mark that the label is right")
	if strings.Contains(b.shown(), "redo what was undone") {
		t.Errorf("the filter keeps a key that does not match:\n%s", b.shown())
	}
	b.typeText(" nothing like it")
	b.shows("No key matches.")
	b.press("esc")
	b.shows("redo what was undone")
	b.typeText("q") // is typed, and does not quit
	b.shows("> q", "quit; training continues")
	b.press("esc", "2")
	if b.isOpen(b.help) || b.front() != b.curves {
		t.Errorf("the key of a screen: got the screen %s, help open %v", b.front().home().tab, b.isOpen(b.help))
	}
}

// The palette lists only what can be done now.
func TestPaletteListsWhatActs(t *testing.T) {
	b := finishedReference(t, 120, 40)
	listed := func(text string) bool {
		b.ctrl('p')
		b.typeText(text)
		found := len(b.palette.actions()) > 0
		b.press("esc")
		return found
	}
	if listed("stop the run") || listed("redo what") || listed("next match") {
		t.Error("the palette lists actions on a run that has ended, an empty history or no search")
	}
	b.press("]", "u")
	if !listed("redo what") {
		t.Error("the palette lacks redo after undo")
	}
}
