package tui

import (
	tea "charm.land/bubbletea/v2"

	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// explainer is the list of the screen's numbers, each with what it is made of.
type explainer struct {
	open   bool
	on     screen
	cursor int
	costs  costs // of the group looked at
}

// costs are what a report says of runs, which takes files to read.
type costs struct {
	of   rundir.Dir // the run that they were read for
	arms map[string]report.Arm
	err  error
}

// explainScreen is the part of a screen that explains its numbers.
const explainScreen = readScreen + 1

// explainKeys are those of the explanations.
func explainKeys() []binding {
	on := []screen{explainScreen}
	move := func(by int) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd {
			a.explainer.cursor = min(max(a.explainer.cursor+by, 0), max(len(a.explanations())-1, 0))
			return nil
		}
	}
	return []binding{
		{[]string{"e"}, "explain the numbers of the screen, or go back", "", nil, (*App).toggleExplainer},
		{[]string{"esc"}, "back", "", on, (*App).toggleExplainer},
		{[]string{"up", "k"}, "the number above", "", on, move(-1)},
		{[]string{"down", "j"}, "the number below", "", on, move(1)},
		{[]string{"home", "g"}, "the first number", "", on, move(-1 << 16)},
		{[]string{"end", "G"}, "the last number", "", on, move(1 << 16)},
	}
}

func (x *explainer) shown(on screen) bool { return x.open && x.on == on }

func (a *App) toggleExplainer() tea.Cmd {
	shown := a.explainer.shown(a.screen)
	a.explainer.open, a.explainer.on, a.explainer.cursor = !shown, a.screen, 0
	if shown {
		return nil
	}
	return a.readCosts()
}

// readCosts reads the report of the runs that the focus is among, in the background.
func (a *App) readCosts() tea.Cmd {
	group, run := a.focused()
	if run == nil || run.Given {
		return nil
	}
	return func() tea.Msg {
		c := costs{of: run.Dir, arms: map[string]report.Arm{}}
		var r *report.Report
		if group.Dir != "" {
			r, c.err = report.OfStudy(group.Dir)
		} else {
			r, c.err = report.OfRun(run.Dir)
		}
		if c.err == nil {
			for _, arm := range r.Arms {
				if arm.Arm != rundir.EarlyERM { // a reading of erm's run
					c.arms[arm.Run] = arm
				}
			}
		}
		return c
	}
}

// arm is what the report says of a run; known is false before it has been read.
func (a *App) armOf(run *watch.Run) (arm report.Arm, known bool) {
	arm, known = a.explainer.costs.arms[run.ID()]
	return arm, known
}

// explain gives the view.
func (a *App) explain() *view.Explain {
	of := screenNames[a.screen]
	switch a.screen {
	case mapScreen, examplesScreen:
		if e := a.example(); e != nil {
			of = e.GUID
		}
	case curvesScreen, launchScreen:
		of = a.focus.ID()
	case runsScreen:
		if runs := a.runs(); a.listed < len(runs) {
			of = runs[a.listed].ID()
		}
	}
	items := a.explanations()
	return &view.Explain{Theme: a.theme, Of: of, Items: items, Cursor: min(a.explainer.cursor, max(len(items)-1, 0))}
}

// explanations are those of the numbers on the screen shown.
func (a *App) explanations() []view.Explained {
	_, run := a.focused()
	switch {
	case a.screen == curvesScreen && run != nil:
		return a.explainCurves(run)
	case a.screen == runsScreen && a.duel.open:
		return a.explainComparison()
	case a.screen == runsScreen:
		if runs := a.runs(); a.listed < len(runs) {
			return a.explainRun(runs[a.listed])
		}
	case a.screen == launchScreen && run != nil:
		return append(a.explainSelection(), a.explainRun(run)...)
	case a.screen == mapScreen || a.screen == examplesScreen:
		return append(append(a.explainExample(), a.explainSelection()...), a.explainHealth()...)
	}
	return nil
}
