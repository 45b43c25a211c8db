package tui

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/tui/view"
)

// line is a line of text that the user edits. Its cursor moves by grapheme clusters, which readers see as one character: an
// accent or the parts of an emoji stay together. The text input of charm.land/bubbles edits code points.
type line struct {
	clusters []string
	at       int  // the cursor, before that cluster
	chosen   bool // the whole text is selected: typed text replaces it, and any other editing key ends this
}

func lineOf(text string) line {
	clusters := split(text)
	return line{clusters: clusters, at: len(clusters)}
}

// chosenLine returns a line whose whole text is selected.
func chosenLine(text string) line {
	l := lineOf(text)
	l.chosen = text != ""
	return l
}

// split cuts a text into grapheme clusters.
func split(text string) (clusters []string) {
	for text != "" {
		cluster, _ := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		clusters, text = append(clusters, cluster), text[len(cluster):]
	}
	return clusters
}

func (l *line) String() string { return strings.Join(l.clusters, "") }

// before returns the text up to the cursor.
func (l *line) before() string { return strings.Join(l.clusters[:l.at], "") }

func (l *line) after() string { return strings.Join(l.clusters[l.at:], "") }

// set replaces the text, with the cursor between two parts of it. A part that begins with a combining character joins the
// cluster before it.
func (l *line) set(before, after string) {
	l.clusters, l.at, l.chosen = split(before+after), 0, false
	for length := 0; length < len(before); l.at++ {
		length += len(l.clusters[l.at])
	}
}

// insert inserts a text at the cursor, or in place of a selected text, without control characters.
func (l *line) insert(text string) {
	if l.chosen {
		l.cut(0, len(l.clusters))
	}
	l.set(l.before()+strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text), l.after())
}

// cut removes the clusters from..to-1.
func (l *line) cut(from, to int) {
	l.clusters = slices.Delete(slices.Clone(l.clusters), from, to)
	l.at, l.chosen = from, false
}

// word returns the beginning of the word before the cursor.
func (l *line) word() int {
	at := l.at
	for at > 0 && l.clusters[at-1] == " " {
		at--
	}
	for at > 0 && l.clusters[at-1] != " " {
		at--
	}
	return at
}

// press handles an editing key. It reports whether the key is one.
func (l *line) press(msg tea.KeyPressMsg) bool {
	switch key := msg.String(); {
	case l.chosen && (key == "backspace" || key == "ctrl+h" || key == "delete" || key == "ctrl+d"):
		l.cut(0, len(l.clusters))
		return true
	case !l.edit(key):
		if msg.Text == "" {
			return false
		}
		l.insert(msg.Text)
	}
	l.chosen = false
	return true
}

// edit carries out a key that moves the cursor or removes text. It reports whether the key is one.
func (l *line) edit(key string) bool {
	switch key {
	case "left", "ctrl+b":
		l.at = max(l.at-1, 0)
	case "right", "ctrl+f":
		l.at = min(l.at+1, len(l.clusters))
	case "home", "ctrl+a":
		l.at = 0
	case "end", "ctrl+e":
		l.at = len(l.clusters)
	case "alt+b", "ctrl+left":
		l.at = l.word()
	case "backspace", "ctrl+h":
		l.cut(max(l.at-1, 0), l.at)
	case "delete", "ctrl+d":
		l.cut(l.at, min(l.at+1, len(l.clusters)))
	case "ctrl+w", "alt+backspace":
		l.cut(l.word(), l.at)
	case "ctrl+u":
		l.cut(0, l.at)
	case "ctrl+k":
		l.clusters = l.clusters[:l.at]
	default:
		return false
	}
	return true
}

// draw writes the line into w cells, scrolled so that the cursor shows. A selected text is reversed. cell returns the cell of a
// byte of the text, counted from where the drawing begins.
func (l *line) draw(theme *view.Theme, w int) (drawn string, cell func(byte int) int) {
	under, rest := " ", ""
	if l.at < len(l.clusters) {
		under, rest = l.clusters[l.at], strings.Join(l.clusters[l.at+1:], "")
	}
	from, room := 0, w-max(view.Width(under), 1)
	for from < l.at && view.Width(strings.Join(l.clusters[from:l.at], "")) > room {
		from++
	}
	hidden := len(strings.Join(l.clusters[:from], ""))
	text := l.String()
	reversed := theme.Picked.UnsetTransform() // without the brackets that stand in for colours: they would replace letters
	shown := strings.Join(l.clusters[from:l.at], "") + reversed.Render(under) + rest
	if l.chosen {
		shown = reversed.Render(strings.Join(l.clusters[from:l.at], "")) + under + rest
	}
	return ansi.Truncate(shown, w, ""), func(at int) int {
		at = min(max(at, hidden), len(text))
		return view.Width(text[hidden:at])
	}
}
