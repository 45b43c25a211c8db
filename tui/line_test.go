package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/tui/view"
)

// clusters are texts that a reader takes for one character each.
var clusters = map[string]string{
	"ASCII":            "x",
	"combining accent": "e\u0301",
	"two accents":      "o\u0302\u0323",
	"family emoji":     "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
	"skin tone":        "\U0001f44d\U0001f3fd",
	"flag":             "\U0001f1e9\U0001f1ea",
	"CJK":              "漢",
	"Hangul jamo":      "\u1112\u1161\u11ab",
}

// checkLine checks a line's text before and after the cursor.
func checkLine(t *testing.T, l *line, state, before, after string) {
	t.Helper()
	if l.before() != before || l.after() != after || l.String() != before+after {
		t.Errorf("%s: got %+q | %+q, want %+q | %+q", state, l.before(), l.after(), before, after)
	}
}

// Each key moves over or removes a whole cluster.
func TestLineEditsByCluster(t *testing.T) {
	for name, c := range clusters {
		t.Run(name, func(t *testing.T) {
			text := "a" + c + c + "b"
			for _, edit := range []struct {
				keys          string
				before, after string
			}{
				{"", text, ""},
				{"left", "a" + c + c, "b"},
				{"left left", "a" + c, c + "b"},
				{"left left left", "a", c + c + "b"},
				{"ctrl+b ctrl+b ctrl+f", "a" + c + c, "b"},
				{"home", "", text},
				{"ctrl+a left", "", text},
				{"home right", "a", c + c + "b"},
				{"home right right", "a" + c, c + "b"},
				{"home right right end", text, ""},
				{"ctrl+e right", text, ""},
				{"left backspace", "a" + c, "b"},
				{"left ctrl+h ctrl+h", "a", "b"},
				{"left left backspace", "a", c + "b"},
				{"home backspace", "", text},
				{"home right delete", "a", c + "b"},
				{"home right ctrl+d ctrl+d", "a", "b"},
				{"left left delete", "a" + c, "b"},
				{"delete", text, ""},
				{"left left ctrl+u", "", c + "b"},
				{"left left ctrl+k", "a" + c, ""},
				{"left left " + c, "a" + c + c, c + "b"},
			} {
				l := lineOf(text)
				for _, key := range strings.Fields(edit.keys) {
					msg := keyOf(key)
					if key == c {
						msg.Text = c
					}
					if !l.press(msg) {
						t.Errorf("%s does not edit", key)
					}
				}
				checkLine(t, &l, edit.keys, edit.before, edit.after)
			}
		})
	}
}

func TestLineEditsByWord(t *testing.T) {
	for name, c := range clusters {
		t.Run(name, func(t *testing.T) {
			word := c + "a" + c
			text := "one " + word + "  " + word
			for _, edit := range []struct {
				keys          string
				before, after string
			}{
				{"ctrl+w", "one " + word + "  ", ""},
				{"ctrl+w ctrl+w", "one ", ""},
				{"ctrl+w ctrl+w ctrl+w ctrl+w", "", ""},
				{"alt+backspace", "one " + word + "  ", ""},
				{"left ctrl+w", "one " + word + "  ", c},
				{"alt+b", "one " + word + "  ", word},
				{"alt+b left ctrl+w", "one ", " " + word},
				{"ctrl+left ctrl+left right ctrl+w", "one ", "a" + c + "  " + word},
				{"home ctrl+w", "", text},
			} {
				l := lineOf(text)
				for key := range strings.FieldsSeq(edit.keys) {
					l.press(keyOf(key))
				}
				checkLine(t, &l, edit.keys, edit.before, edit.after)
			}
		})
	}
}

// Inserted text joins the clusters around it, and the cursor stands after the cluster that it ends in.
func TestInsertionJoinsClusters(t *testing.T) {
	const woman, girl, joiner, d, e = "\U0001f469", "\U0001f467", "\u200d", "\U0001f1e9", "\U0001f1ea"
	for _, c := range []struct {
		name, text    string
		left          int // presses of the left key before the insertion
		insert        string
		before, after string
		clusters      int
	}{
		{"an accent at the end", "cafe", 0, "\u0301", "cafe\u0301", "", 4},
		{"an accent in the middle", "cafes", 1, "\u0301", "cafe\u0301", "s", 5},
		{"a second accent", "o\u0302x", 1, "\u0323", "o\u0302\u0323", "x", 2},
		{"an accent at the beginning", "x", 1, "\u0301", "\u0301", "x", 2},
		{"a letter before an accent", "\u0301x", 2, "e", "e\u0301", "x", 2},
		{"a joiner between emoji", woman + girl, 1, joiner, woman + joiner + girl, "", 1},
		{"the second half of a flag", d, 0, e, d + e, "", 1},
		{"a letter between the halves of two flags", d + e + d + e, 1, "x", d + e + "x", d + e, 3},
		{"a letter beside a family", woman + joiner + girl, 1, "x", "x", woman + joiner + girl, 2},
	} {
		l := lineOf(c.text)
		for range c.left {
			l.press(keyOf("left"))
		}
		l.insert(c.insert)
		checkLine(t, &l, c.name, c.before, c.after)
		if len(l.clusters) != c.clusters {
			t.Errorf("%s: got %d clusters, want %d", c.name, len(l.clusters), c.clusters)
		}
	}
	l := lineOf("cafe")
	l.insert("\u0301")
	l.press(keyOf("left"))
	checkLine(t, &l, "left after an accent", "caf", "e\u0301")
	l.press(keyOf("delete"))
	checkLine(t, &l, "delete after an accent", "caf", "")
}

func TestInsertionReplacesControls(t *testing.T) {
	l := lineOf("a")
	l.insert("\x1b[2J\n\u202eb\x00")
	checkLine(t, &l, "control characters", "a [2J  b ", "")
	for _, key := range []string{"enter", "esc", "tab", "up", "ctrl+p"} {
		if l.press(keyOf(key)) {
			t.Errorf("%s edits the line", key)
		}
	}
	checkLine(t, &l, "other keys", "a [2J  b ", "")
}

// An edit does not change a copy of the line.
func TestLineCopies(t *testing.T) {
	l := lineOf("one two")
	before := l
	l.press(keyOf("home"))
	l.press(keyOf("delete"))
	checkLine(t, &l, "edited", "", "ne two")
	checkLine(t, &before, "copy", "one two", "")
}

// Wherever the cursor is, the drawn line fits and shows the whole cluster under the cursor.
func TestDrawLine(t *testing.T) {
	theme := &view.Theme{}
	for name, c := range clusters {
		l := lineOf(strings.Repeat("a"+c, 6) + "z")
		for at := range len(l.clusters) {
			l.at = at
			for w := 4; w <= 30; w++ {
				drawn, cell := l.draw(theme, w)
				if got := ansi.StringWidth(drawn); got > w {
					t.Fatalf("%s, cursor at %d: got %d cells, want at most %d", name, at, got, w)
				}
				under, column := l.clusters[at], cell(len(l.before()))
				if column >= w {
					t.Fatalf("%s, cursor at %d: got it in column %d of %d", name, at, column, w)
				}
				if got := ansi.Cut(drawn, column, column+view.Width(under)); got != under {
					t.Fatalf("%s, cursor at %d, %d cells: got %+q in the cell of the cursor, want %+q", name, at, w, got, under)
				}
			}
		}
	}
}

// A selected text is replaced by typed or pasted text, and edited after any other editing key.
func TestSelectedText(t *testing.T) {
	for _, c := range []struct{ keys, before, after string }{
		{"0", "0", ""},
		{"0 1", "01", ""},
		{"right 0", "abc0", ""},
		{"end 0", "abc0", ""},
		{"left 0", "ab0", "c"},
		{"home 0", "0", "abc"},
		{"backspace", "", ""},
		{"delete", "", ""},
		{"ctrl+w 0", "0", ""},
		{"ctrl+u", "", ""},
		{"up 0", "0", ""}, // not an editing key
		{"right backspace", "ab", ""},
	} {
		l := chosenLine("abc")
		for key := range strings.FieldsSeq(c.keys) {
			l.press(keyOf(key))
		}
		checkLine(t, &l, c.keys, c.before, c.after)
	}
	l := chosenLine("abc")
	theme := &view.Theme{Picked: lipgloss.NewStyle().Reverse(true).Transform(bracket)}
	if drawn, _ := l.draw(theme, 10); !strings.Contains(drawn, "\x1b[7mabc\x1b[m") {
		t.Errorf("got %q, want all of the text reversed", drawn)
	}
	l.insert("pasted")
	checkLine(t, &l, "pasted", "pasted", "")
}

// Typing into each prompt that opens with a text replaces it, and the hint says so.
func TestTypingReplacesThePromptsText(t *testing.T) {
	const hint = "type to replace, → edits"
	for _, w := range []int{120, 60} {
		b := onForm(t, w, 40)
		open := func(state string, keys ...string) {
			t.Helper()
			b.press(keys...)
			before := b.prompt().line.String()
			if before == "" {
				t.Fatalf("%s opens with no text", state)
			}
			b.shows(hint)
			b.press("tab", "left")
			if after := b.prompt().line.String(); strings.Contains(b.shown(), hint) || !strings.HasPrefix(after, before) {
				t.Errorf("%s: tab begins to edit no text: got %q after %q", state, after, before)
			}
			b.press("esc")
			b.press(keys...)
			b.typeText("0.7")
			if got := b.prompt().line.String(); got != "0.7" {
				t.Errorf("%s: got %q after 0.7 was typed", state, got)
			}
			b.press("esc")
			b.press(keys...)
			b.send(tea.PasteMsg{Content: "pasted"})
			if got := b.prompt().line.String(); got != "pasted" {
				t.Errorf("%s: got %q after a paste", state, got)
			}
			b.press("esc")
		}
		for _, field := range []string{"fraction", "seeds", "learning rate", "budget", "patience"} {
			b.to(field)
			open(field, "enter")
		}
		open("the file name", "w")
		b.press(":")
		b.typeText("confidence < 0.7")
		b.press("enter")
		open("the rule", ":")
		b.press("3", "m", "n")
		b.typeText("odd")
		b.press("enter")
		open("the note", "m", "n")
		b.press("4", "f")
		b.typeText("demo")
		b.press("enter")
		open("the words", "f")
	}
}
