package view

import (
	"strings"

	"charm.land/lipgloss/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// Levels is how many steps correctness is drawn in: 0 never correct, Levels-1 in every epoch.
const Levels = 5

// Theme is how things look.
type Theme struct {
	Glyphs  bool        // correctness as glyphs: there are no colours, or no Unicode
	Correct [Levels]int // colours by correctness, xterm-256
	Line    int         // of thresholds and the cursor
	Grey    int         // of what is not selected
	Found   int         // of what a search has found

	Title, Strong, Dim, Good, Warn, Bad, Picked lipgloss.Style
	Series                                      []lipgloss.Style // of runs in a chart
}

// Glyph stands for a level of correctness where colour cannot.
func Glyph(level int) rune { return rune('0' + level) }

// SeriesStyle gives the style of the n-th run in a chart.
func (t *Theme) SeriesStyle(n int) lipgloss.Style { return t.Series[n%len(t.Series)] }

// State is the style in which a run's state is written.
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

// key writes a name and what it stands for, the name dim and padded.
func (t *Theme) key(name, value string) string {
	return t.Dim.Render(name) + spaces(11-len(name)) + value
}

func spaces(n int) string {
	const many = "                                                                                                                                "
	if n > len(many) {
		return strings.Repeat(" ", n)
	}
	return many[:max(n, 0)]
}
