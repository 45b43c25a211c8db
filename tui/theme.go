package tui

import (
	"charm.land/lipgloss/v2"

	"ftft/tui/view"
)

// The colours are exact ones of xterm-256, told apart by colour-blind eyes. The five of correctness go from never to
// always.
var (
	darkLevels  = [view.Levels]int{202, 216, 243, 189, 33}
	lightLevels = [view.Levels]int{52, 166, 243, 33, 17}
)

// Levels are the colours of correctness on a dark or a light background, as xterm-256 numbers them.
func Levels(dark bool) []int {
	if dark {
		return darkLevels[:]
	}
	return lightLevels[:]
}

// newTheme is for a dark or a light background; glyphs stand for correctness where there is no colour or no Unicode.
func newTheme(dark, glyphs bool) *view.Theme {
	style := func(onDark, onLight string) lipgloss.Style {
		colour := onLight
		if dark {
			colour = onDark
		}
		return lipgloss.NewStyle().Foreground(lipgloss.Color(colour))
	}
	t := &view.Theme{
		Glyphs: glyphs, Correct: lightLevels, Line: 235, Grey: 251, Lit: 127,
		Title:  style("117", "24").Bold(true),
		Strong: lipgloss.NewStyle().Bold(true),
		Dim:    style("246", "242"),
		Good:   style("79", "29"),
		Warn:   style("221", "130"),
		Bad:    style("209", "124").Bold(true),
		Picked: lipgloss.NewStyle().Reverse(true),
		Series: []lipgloss.Style{style("250", "240"), style("33", "25"), style("214", "166"), style("79", "29"), style("176", "90"), style("221", "94")},
	}
	if dark {
		t.Correct, t.Line, t.Grey, t.Lit = darkLevels, 255, 238, 227
	}
	return t
}
