package view

import (
	"strings"

	"charm.land/lipgloss/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
)

// Theme is the colours and styles of the views.
type Theme struct {
	Glyphs  bool                      // draw correctness as glyphs, without colours or without Unicode
	Correct [datamap.LevelColours]int // xterm-256 colours of the levels of correctness, from never to always
	Unknown int                       // colour of examples of unknown correctness
	Line    int                       // colour of thresholds and the cursor
	Region  int                       // colour of the outlines and names of regions
	Grey    int                       // colour of examples that are not selected
	Found   int                       // colour of examples that a search has found

	Title, Strong, Dim, Good, Warn, Bad, Picked lipgloss.Style
	Series                                      []lipgloss.Style // of runs: a colour for the first run of each arm, then for the second …
}

// Glyph returns the character of a level of correctness on terminals without colours.
func Glyph(level int) rune {
	if level == unknown {
		return '+'
	}
	return rune('0' + level)
}

// level returns the colour of a level of correctness.
func (t *Theme) level(levels datamap.Levels, level int8) int {
	if level == unknown {
		return t.Unknown
	}
	return t.Correct[levels.Colour(int(level))]
}

// State returns the style of a run's state.
func (t *Theme) State(state string) lipgloss.Style {
	switch state {
	case rundir.Running:
		return t.Strong
	case rundir.Complete:
		return t.Good
	case rundir.Interrupted, rundir.Stopped, watch.Paused, watch.Waiting:
		return t.Warn
	case rundir.Failed:
		return t.Bad
	}
	return t.Dim
}

// key returns a name, dim and padded to 11 cells, and its value.
func (t *Theme) key(name, value string) string {
	return t.Dim.Render(name) + spaces(11-len(name)) + value
}

// spaces returns n spaces, none if n is negative.
func spaces(n int) string {
	const many = "                                                                                                                        "
	if n > len(many) {
		return strings.Repeat(" ", n)
	}
	return many[:max(n, 0)]
}
