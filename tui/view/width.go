package view

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns how many cells a line takes; escape sequences take none. It equals ansi.StringWidth, whose look-up of every grapheme
// would be most of the work of a frame, but is fast for the characters that nearly all lines consist of.
func Width(line string) (cells int) {
	for i := 0; i < len(line); {
		size := 0
		switch c := line[i]; {
		case c == '\x1b':
			if size = colours(line[i:]); size > 0 {
				i += size
				continue
			}
		case c >= ' ' && c < 0x7f:
			size = 1
		case c == 0xc2 || c == 0xc3 || c == 0xe2:
			var r rune
			if r, size = utf8.DecodeRuneInString(line[i:]); !single(r) {
				size = 0
			}
		}
		if size == 0 {
			return ansi.StringWidth(line)
		}
		i, cells = i+size, cells+1
	}
	return cells
}

// colours returns the length of the colour sequence at the start of a text, 0 if there is none.
func colours(text string) int {
	if len(text) < 2 || text[1] != '[' {
		return 0
	}
	for i := 2; i < len(text); i++ {
		switch c := text[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// single reports whether r always occupies one cell, whatever its neighbours.
func single(r rune) bool {
	switch {
	case r >= 0x2800 && r <= 0x28ff, r >= '─' && r <= '▟', r >= '■' && r <= '●': // braille; boxes and blocks; shapes
		return true
	}
	switch r {
	case '·', '±', '×', '¼', '½', '¾', '…', '–', '’', '←', '↑', '→', '↓', '≥', '√', '✓', '✗':
		return true
	}
	return false
}
