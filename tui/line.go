package tui

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/tui/view"
)

// line is a line of text that is typed, with its cursor.
type line struct {
	text []rune
	at   int // the cursor, before that character
}

func lineOf(text string) line {
	runes := []rune(text)
	return line{runes, len(runes)}
}

func (l *line) String() string { return string(l.text) }

// before is the text up to the cursor.
func (l *line) before() string { return string(l.text[:l.at]) }

// insert puts text at the cursor, without what controls a terminal.
func (l *line) insert(text string) {
	clean := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text))
	l.text = append(l.text[:l.at:l.at], append(clean, l.text[l.at:]...)...)
	l.at += len(clean)
}

// cut takes out the characters from one up to another.
func (l *line) cut(from, to int) {
	l.text = append(l.text[:from:from], l.text[to:]...)
	l.at = from
}

// word is where the word before the cursor begins.
func (l *line) word() int {
	at := l.at
	for at > 0 && l.text[at-1] == ' ' {
		at--
	}
	for at > 0 && l.text[at-1] != ' ' {
		at--
	}
	return at
}

// press edits the line by a key, and says whether that is one that does.
func (l *line) press(msg tea.KeyPressMsg) bool {
	switch key := msg.String(); key {
	case "left", "ctrl+b":
		l.at = max(l.at-1, 0)
	case "right", "ctrl+f":
		l.at = min(l.at+1, len(l.text))
	case "home", "ctrl+a":
		l.at = 0
	case "end", "ctrl+e":
		l.at = len(l.text)
	case "alt+b", "ctrl+left":
		l.at = l.word()
	case "backspace", "ctrl+h":
		l.cut(max(l.at-1, 0), l.at)
	case "delete", "ctrl+d":
		l.cut(l.at, min(l.at+1, len(l.text)))
	case "ctrl+w", "alt+backspace":
		l.cut(l.word(), l.at)
	case "ctrl+u":
		l.cut(0, l.at)
	case "ctrl+k":
		l.text = l.text[:l.at]
	default:
		if msg.Text == "" {
			return false
		}
		l.insert(msg.Text)
	}
	return true
}

// draw writes the line into w cells, from the character on that keeps the cursor in view, and says at which cell a byte
// of the text stands, which is counted from where the drawing begins.
func (l *line) draw(theme *view.Theme, w int) (drawn string, cell func(byte int) int) {
	from := 0
	for from < l.at && view.Width(string(l.text[from:l.at])) > w-1 {
		from++
	}
	under, after := " ", ""
	if l.at < len(l.text) {
		under, after = string(l.text[l.at]), string(l.text[l.at+1:])
	}
	begun := len(string(l.text[:from]))
	text := l.String()
	return ansi.Truncate(string(l.text[from:l.at])+theme.Picked.Render(under)+after, w, ""), func(at int) int {
		at = min(max(at, begun), len(text))
		return view.Width(text[begun:at])
	}
}
