package view

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// widths are parts of lines: characters that Width counts itself, and some that it leaves to ansi.StringWidth.
var widths = []string{"a", "Z9 ", "~", "⣿", "⠁", "│", "─", "█", "░", "■", "◆", "●", "▶", "○", "·", "±", "½", "…", "→", "✓",
	"\x1b[m", "\x1b[1;38;5;202m", "\x1b[38:2::1:2:3m", "é", "e\u0301", "漢", "👩‍👩‍👧", "▶\ufe0f", "\u200d", "\u200c", "\ufe0f", "ש", "\t",
	"\x1b]8;;x\x1b\\", "\x1b[2K", "\x1b[", "\x1b", "×", "\u00ad", "🇩🇪", "\xe2\x28", "\xc2", "◯", "◾", "∿"}

func TestWidth(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		var line strings.Builder
		for range draw.IntN(8) {
			line.WriteString(widths[draw.IntN(len(widths))])
		}
		if got, want := Width(line.String()), ansi.StringWidth(line.String()); got != want {
			t.Fatalf("%q takes %d cells, not %d", line.String(), got, want)
		}
	}
	for r := rune(0x20); r < 0x3000; r++ {
		if got, want := Width("a"+string(r)+"│"+string(r)), ansi.StringWidth("a"+string(r)+"│"+string(r)); got != want {
			t.Errorf("%U takes %d cells, not %d", r, got, want)
		}
	}
}

func FuzzWidth(f *testing.F) {
	for _, part := range widths {
		f.Add("a" + part + "│")
	}
	f.Fuzz(func(t *testing.T, line string) {
		if got, want := Width(line), ansi.StringWidth(line); got != want {
			t.Errorf("%q takes %d cells, not %d", line, got, want)
		}
	})
}
