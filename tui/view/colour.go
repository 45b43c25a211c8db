package view

import (
	"slices"

	"charm.land/lipgloss/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// colourArms are the arms in the order of their colours. A reference has the first, an arm that is not listed the last.
var colourArms = []rundir.Arm{"", rundir.FTFT, rundir.Random, rundir.ERM, rundir.DM, rundir.Custom}

// ColourArms is the number of arms with a colour of their own.
var ColourArms = len(colourArms)

// RunColours returns the number of each run's colour and sign, which it has on every screen and in every figure. The arm gives the
// hue. The first run of an arm in the experiment has the arm's first colour, the next one the second, and so on, whichever runs are
// drawn. A run that several experiments share has the number that the oldest of them gives it.
//
// Theme.SeriesStyle and Theme.Sign take these numbers. Numbers of runs of different experiments can be equal.
func RunColours(groups []*watch.Group) map[rundir.Dir]int {
	colours := map[rundir.Dir]int{}
	for _, group := range slices.Backward(groups) {
		used := map[int]bool{}
		for _, run := range group.Runs {
			if n, known := colours[run.Dir]; known {
				used[n] = true
			}
		}
		next := make([]int, ColourArms) // by arm, the first order that may be free
		for _, run := range group.Runs {
			if _, known := colours[run.Dir]; known {
				continue
			}
			arm := slices.Index(colourArms, run.Manifest.Arm)
			if arm < 0 {
				arm = ColourArms - 1
			}
			n := arm + ColourArms*next[arm]
			for used[n] {
				next[arm]++
				n += ColourArms
			}
			colours[run.Dir], used[n] = n, true
		}
	}
	return colours
}

// SeriesStyle returns the style of the n-th colour of runs.
func (t *Theme) SeriesStyle(n int) lipgloss.Style { return t.Series[n%len(t.Series)] }

// signLetters are the signs on terminals without colours.
const signLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// Letter returns the letter that stands for the n-th colour on terminals without colours.
func Letter(n int) rune { return rune(signLetters[n%len(signLetters)]) }

// SetLetters gives letters to the drawn runs whose colours are equal, or to all on terminals without colours. No two runs have the same
// letter, unless there are more runs than letters.
func SetLetters(t *Theme, runs []DrawnRun) {
	style := func(d *DrawnRun) int { return d.Colour % len(t.Series) }
	count, given := make([]int, len(t.Series)), map[rune]bool{}
	for i := range runs {
		count[style(&runs[i])]++
	}
	for i := range runs {
		d := &runs[i]
		if d.Letter = 0; !t.Glyphs && count[style(d)] == 1 {
			continue
		}
		first := 0
		if t.Glyphs {
			first = d.Colour // the run's own letter
		}
		for n := range len(signLetters) {
			if d.Letter = Letter(first + n); !given[d.Letter] {
				break
			}
		}
		given[d.Letter] = true
	}
}

// signOf returns the sign of a curve in the legend: its letter or, if it has none, a line.
func signOf(letter rune) string {
	if letter != 0 {
		return string(letter)
	}
	return "━"
}

// Sign returns the run's sign in its colour.
func (d *DrawnRun) Sign(t *Theme) string { return t.SeriesStyle(d.Colour).Render(signOf(d.Letter)) }

// Sign returns the sign of the n-th colour, in its style: a line or, without colours, a letter.
func (t *Theme) Sign(n int) string {
	if t.Glyphs {
		return t.SeriesStyle(n).Render(string(Letter(n)))
	}
	return t.SeriesStyle(n).Render("━")
}
