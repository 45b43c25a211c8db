package view

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width is how many cells a line takes, escape sequences none: ansi.StringWidth, which looks up every grapheme. That is most of the work of a
// frame, and all but a few lines of one hold nothing but what is known to take one cell.
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

// colours is the length of the sequence that sets colours and begins a text, 0 where none does.
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

// single says of what screens are drawn with that it takes one cell, whatever stands beside it that is so, too.
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
