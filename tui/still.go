package tui

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ftft/datamap/figure"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
)

// CurveSettings are the settings of the curves, in the words of the command line.
type CurveSettings = session.Curves

// Curves returns a workbench's curves of some runs or experiments under a root, by their folders, as a figure and as text of
// w by h cells, for a dark background or a light one. Names that do not exist and unknown words are errors.
func Curves(root string, s CurveSettings, dark bool, w, h int) (drawn figure.Curves, text string, err error) {
	a := New(Options{Root: root, Focus: s.Runs[0]})
	a.w, a.h = w, h
	first := a.feed.Poll("")
	a.takeSnapshot(first)
	if a.focus == "" && first.Problem != nil {
		return drawn, "", first.Problem
	}
	if a.focus == "" {
		return drawn, "", fmt.Errorf("%s: no such run", s.Runs[0])
	}
	c := a.curves
	var ids []string
	var dirs []rundir.Dir
	var problem error // of the first run that cannot be read
	for _, name := range s.Runs {
		found := false
		a.eachRun(func(group *watch.Group, run *watch.Run) {
			if sameFolder(string(run.Dir), name) || group.Dir != "" && sameFolder(string(group.Dir), name) {
				ids, dirs, found = append(ids, run.ID()), append(dirs, run.Dir), true
				if run.Broken {
					problem = cmp.Or(problem, run.Problem)
				}
			}
		})
		if !found && first.Problem != nil {
			return drawn, "", first.Problem
		}
		if !found {
			return drawn, "", fmt.Errorf("%s: no such run", name)
		}
	}
	c.only(ids)
	a.takeSnapshot(a.feed.Poll(a.focus, dirs...)) // reads the whole logs
	if err := s.Apply(&c.view); err != nil {
		return drawn, "", err
	}
	if c.end() == 0 && problem != nil {
		return drawn, "", problem
	}
	if c.end() == 0 {
		var problems []error
		a.eachRun(func(_ *watch.Group, run *watch.Run) {
			if slices.Contains(dirs, run.Dir) {
				problems = append(problems, run.Problem)
			}
		})
		if err := errors.Join(problems...); err != nil {
			return drawn, "", err
		}
		return drawn, "", fmt.Errorf("%s: no run has begun", s.Runs[0])
	}
	a.show(placeCurves)
	var names []string
	for _, run := range s.Runs {
		names = append(names, rundir.Dir(run).ID())
	}
	return c.drawFigure(strings.Join(names, ", "), dark), a.figures.still(w, h), nil
}

// MapText returns a map as text of w by h cells, with what a strategy selects. The workbench has no size here: a wide one would draw its
// panels beside the map.
func MapText(name string, of *watch.Feed, strategy string, fraction float64, w, h int) string {
	a := New(Options{Feed: of, Focus: name, Strategy: strategy, Fraction: fraction})
	for range 2 { // the run is found, then viewed
		a.takeSnapshot(a.feed.Poll(a.focus))
	}
	return a.figures.still(w, h)
}
