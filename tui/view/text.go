// Package view draws the parts of the screens. A view is a struct of plain values; its Draw method fills a rectangle of a given width
// and height, in terminal cells, with lines of text. Views read no files and keep no state but caches.
//
// It may import datamap, train/watch, train/report (what the views show) and what these import, and no Bubble Tea. Begin with Map
// for a view and with Fit, Spread and Width for the layout of lines.
package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"ftft/internal/safe"
)

// Fit cuts and pads lines to exactly h lines of w cells.
func Fit(lines []string, w, h int) []string {
	w, h = max(w, 0), max(h, 0)
	fitted := make([]string, h)
	for i := range fitted {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		cells := Width(line)
		if cells > w {
			line = ansi.Truncate(line, w, "…")
			cells = Width(line)
		}
		fitted[i] = line + spaces(w-cells)
	}
	return fitted
}

// Beside puts two blocks of equal height side by side.
func Beside(left, right []string, between string) []string {
	joined := make([]string, len(left))
	for i := range left {
		joined[i] = left[i] + between + right[i]
	}
	return joined
}

// Spread puts two texts at the ends of a line of w cells. The left one is cut if they do not fit.
func Spread(left, right string, w int) string {
	room := max(w-Width(right)-1, 0)
	if Width(left) > room {
		left = ansi.Truncate(left, room, "…")
	}
	return left + strings.Repeat(" ", max(w-Width(left)-Width(right), 0)) + right
}

// Counted returns a number and its noun: 1 example, 2 examples.
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Wrap breaks a text into lines of at most w cells, at spaces if possible, and not at hyphens: names of sets, runs and flags have them.
func Wrap(text string, w int) []string {
	const hyphen = "\uf8f0" // ansi.Wrap breaks at hyphens; this one, of the private use area, is as wide
	text = strings.ReplaceAll(text, "-", hyphen)
	return strings.Split(strings.ReplaceAll(ansi.Wrap(text, max(w, 1), ""), hyphen, "-"), "\n")
}

// Clean makes one line of a text from a file, safe for a terminal and as wide as Width says.
func Clean(text string) string { return safe.Line(text) }

// Count formats a number with commas between thousands.
func Count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Percent formats a share, with one decimal unless that is 0.
func Percent(share float64) string {
	return strconv.FormatFloat(float64(int(share*1000+0.5))/10, 'f', -1, 64) + " %"
}

// Duration formats a time in its two largest units: 45 s, 3 min 20 s, 2 h 5 min.
func Duration(d time.Duration) string {
	seconds := int(d.Seconds() + 0.5)
	large, small, units := seconds/60, seconds%60, [2]string{"min", "s"}
	switch {
	case seconds < 60:
		return fmt.Sprintf("%d s", seconds)
	case seconds >= 3600:
		large, small, units = seconds/3600, seconds/60%60, [2]string{"h", "min"}
	}
	if small == 0 {
		return fmt.Sprintf("%d %s", large, units[0])
	}
	return fmt.Sprintf("%d %s %d %s", large, units[0], small, units[1])
}

// Bar returns a progress bar of w cells.
func Bar(share float64, w int) string {
	full := min(max(int(share*float64(w)+0.5), 0), w)
	return strings.Repeat("█", full) + strings.Repeat("░", w-full)
}

// blocks are the bars from empty to full, in eighths.
var blocks = []rune(" ▁▂▃▄▅▆▇█")

// Spark draws values between 0 and 1, one cell each. Zero shows as the lowest bar.
func Spark(values []float32) string {
	var b strings.Builder
	for _, value := range values {
		b.WriteRune(blocks[1+min(max(int(value*8), 0), 7)])
	}
	return b.String()
}

// ASCII rewrites a screen for terminals without Unicode, cell by cell. Escape sequences stay.
func ASCII(screen string) string {
	var b strings.Builder
	for _, r := range screen {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r == 0x2800:
			b.WriteByte(' ')
		case r > 0x2800 && r <= 0x28ff:
			b.WriteByte('*')
		default:
			if plain, known := ascii[r]; known {
				b.WriteByte(plain)
			} else {
				b.WriteString(strings.Repeat("?", Width(string(r))))
			}
		}
	}
	return b.String()
}

// ascii has the replacement of each character that the screens are drawn with.
var ascii = map[rune]byte{
	'─': '-', '┈': '-', '┊': '|', '┌': '+', '┐': '+', '┘': '+', '│': '|', '└': '+', '┤': '+',
	'┬': '+', '┼': '+', '├': '+',
	'━': '-',
	'▁': '_', '▂': '_', '▃': '-', '▄': '=', '▅': '=', '▆': '+', '▇': '#', '█': '#', '░': '.', '■': '#',
	'→': '>', '←': '<', '↑': '^', '↓': 'v',
	'▲': '^', '▶': '>', '◆': 'X', '◇': 'M', '●': '*', '○': 'o', '✓': '+', '✗': 'x',
	'·': '.', '…': '~', '–': '-', '×': 'x', '≥': '>', '±': '~', '’': '\'', '‘': '\'', '“': '"', '”': '"',
	'é': 'e', '¼': '1', '½': '2', '¾': '3',
}
