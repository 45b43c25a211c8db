package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap/figure"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// CurveSettings say how curves are drawn outside the workbench, in the words of the command line; what is empty is as the
// workbench begins.
type CurveSettings struct {
	X      string   `json:"x"`              // of Axes
	Log    bool     `json:"log,omitempty"`  // y
	Smooth float64  `json:"smooth"`         // factor of the moving average; 0 = none
	Charts string   `json:"charts"`         // of ChartNames
	Seeds  string   `json:"seeds"`          // of SeedNames
	From   float64  `json:"from,omitempty"` // of the x axis
	To     float64  `json:"to,omitempty"`   // 0 = all
	Runs   []string `json:"runs"`           // folders; in a pose, names
}

// Words for how curves are drawn, in the order of the workbench's own settings.
var (
	Axes       = [view.Acrosses]string{"steps", "examples", "compute", "time"}
	ChartNames = []string{"loss,id,ood", "all", "loss", "id", "ood", "rate", "norm"} // as view.ChartSets
	SeedNames  = [view.Arounds]string{"each", "minmax", "deviation"}
)

// Curves gives a workbench's curves of some runs or studies under a root, by their folders, as a figure and as text of w by h
// cells, for a dark background or a light one. Names that are not there and words that are not known are errors.
func Curves(root string, s CurveSettings, dark bool, w, h int) (drawn figure.Curves, text string, err error) {
	a := New(Options{Root: root, Focus: s.Runs[0]})
	a.w, a.h = w, h
	a.take(a.feed.Poll(""))
	if a.focus == "" {
		return drawn, "", fmt.Errorf("%s: there is no such run", s.Runs[0])
	}
	a.lines.picked = map[rundir.Dir]bool{}
	for _, name := range s.Runs {
		found := false
		a.eachRun(func(group *watch.Group, run *watch.Run) {
			if sameFolder(string(run.Dir), name) || group.Dir != "" && sameFolder(string(group.Dir), name) {
				a.lines.picked[run.Dir], found = true, true
			}
		})
		if !found {
			return drawn, "", fmt.Errorf("%s: there is no such run", name)
		}
	}
	if err := a.lines.set(s); err != nil {
		return drawn, "", err
	}
	if a.curves().End() == 0 {
		return drawn, "", fmt.Errorf("%s: no run has begun", s.Runs[0])
	}
	a.screen = curvesScreen
	var names []string
	for _, run := range s.Runs {
		names = append(names, rundir.Dir(run).ID())
	}
	return a.curvesFigure(strings.Join(names, ", "), dark), a.still(w, h), nil
}

// curveSettings are how the curves are drawn.
func (a *App) curveSettings() CurveSettings {
	l := &a.lines
	s := CurveSettings{X: Axes[l.Across], Log: l.Log, Smooth: l.Factor, Charts: ChartNames[l.Set], Seeds: SeedNames[l.Around]}
	if l.Window.To > l.Window.From {
		s.From, s.To = l.Window.From, l.Window.To
	}
	for _, d := range a.drawn() {
		s.Runs = append(s.Runs, d.Run.ID())
	}
	return s
}

// set takes settings over.
func (l *lines) set(s CurveSettings) error {
	for _, word := range []struct {
		flag, given string
		words       []string
		to          *int
	}{{"--x", s.X, Axes[:], (*int)(&l.Across)}, {"--charts", s.Charts, ChartNames, &l.Set}, {"--seeds", s.Seeds, SeedNames[:], (*int)(&l.Around)}} {
		if word.given == "" {
			continue
		}
		if *word.to = slices.Index(word.words, word.given); *word.to < 0 {
			*word.to = 0
			return fmt.Errorf("%s %s: there are %s", word.flag, word.given, strings.Join(word.words, " | "))
		}
	}
	if s.Smooth < 0 || s.Smooth >= 1 {
		return fmt.Errorf("--smooth %g: it is at least 0 and below 1", s.Smooth)
	}
	if s.From < 0 || s.To < s.From {
		return fmt.Errorf("--range %g:%g: it begins at 0 or later and ends later", s.From, s.To)
	}
	l.Log, l.Factor, l.Window = s.Log, s.Smooth, view.Window{From: s.From, To: s.To}
	return nil
}

// ParseRange reads A:B, as --range has it.
func ParseRange(text string) (from, to float64, err error) {
	a, b, two := strings.Cut(text, ":")
	if from, err = strconv.ParseFloat(a, 64); err == nil && two {
		if to, err = strconv.ParseFloat(b, 64); err == nil && from < to {
			return from, to, nil
		}
	}
	return 0, 0, fmt.Errorf("--range %s: it is A:B, two places on the x axis", text)
}

// MapText is a map as text of w by h cells, with what a strategy selects of it.
func MapText(name string, of *watch.Feed, strategy string, fraction float64, w, h int) string {
	a := New(Options{Feed: of, Focus: name, Strategy: strategy, Fraction: fraction})
	a.Update(tea.WindowSizeMsg{Width: w, Height: h})
	for range 2 { // the run is found, then looked at
		a.take(a.feed.Poll(a.focus))
	}
	return a.still(w, h)
}
