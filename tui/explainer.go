package tui

import (
	tea "charm.land/bubbletea/v2"

	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// explainer lists the numbers of the screen, each with its formula and its inputs.
type explainer struct {
	*workspace
	app *App
	at  int // the cursor
}

// costs holds the report of an experiment, which is read from files.
type costs struct {
	of   rundir.Dir // the run for which it was read
	arms map[string]report.Arm
	err  error
}

var placeExplainer = &place{help: "explaining (e)"}

func (x *explainer) keys() []binding {
	on := []*place{placeExplainer}
	move := func(by int) func() tea.Cmd {
		return doing(func() { x.at = min(max(x.at+by, 0), max(len(x.items())-1, 0)) })
	}
	return under(taskRead, []binding{
		{keys: []string{"e"}, help: "explain the numbers of the screen, or go back", hint: "explain", do: x.toggle},
		{keys: []string{"esc"}, help: "go back", on: on, do: x.toggle},
		{keys: []string{"up", "k"}, help: "move to the number above", on: on, do: move(-1)},
		{keys: []string{"down", "j"}, help: "move to the number below", on: on, do: move(1)},
		{keys: []string{"home", "g"}, help: "move to the first number", on: on, do: move(-1 << 16)},
		{keys: []string{"end", "G"}, help: "move to the last number", on: on, do: move(1 << 16)},
	}...)
}

func (x *explainer) name() string                        { return "explain" }
func (x *explainer) layer() layer                        { return paneLayer }
func (x *explainer) place() *place                       { return placeExplainer }
func (x *explainer) key(tea.KeyPressMsg) (tea.Cmd, bool) { return nil, false }
func (x *explainer) update() tea.Cmd                     { return nil }

// draw draws the explanations beside the screen if there is room for both.
func (x *explainer) draw(w, h int, below func(w, h int) []string) []string {
	if !x.wide() {
		return x.panel().Draw(w, h)
	}
	left := int(mapShare * float64(w))
	return view.Beside(below(left, h), x.panel().Draw(w-left-1, h), " ")
}

func (x *explainer) panel() *view.Explain {
	subject, items := x.app.front().explain()
	return &view.Explain{Theme: x.theme, Subject: subject, Items: items, Cursor: min(x.at, max(len(items)-1, 0))}
}

func (x *explainer) items() []view.Explained {
	_, items := x.app.front().explain()
	return items
}

func (x *explainer) toggle() tea.Cmd {
	x.at = 0
	if !x.app.toggle(x) {
		return nil
	}
	x.app.raise(x.app.commander)
	return x.readCosts()
}

// readCosts reads the report of the viewed experiment, in the background.
func (w *workspace) readCosts() tea.Cmd {
	group, run := w.focused()
	if run == nil || run.Given {
		return nil
	}
	return background(func() costs {
		c := costs{of: run.Dir, arms: map[string]report.Arm{}}
		var r *report.Report
		var reader report.Reader
		if group.Dir != "" {
			r, c.err = reader.OfStudy(group.Dir)
		} else {
			r, c.err = reader.OfRun(run.Dir)
		}
		if c.err == nil {
			for _, arm := range r.Arms {
				if arm.Arm != rundir.EarlyERM { // it is read from erm's run
					c.arms[arm.Run] = arm
				}
			}
		}
		return c
	}, func(c costs) tea.Cmd { w.costs = c; return nil })
}

// armOf returns a run's arm in the report. known is false before the report has been read.
func (w *workspace) armOf(run *watch.Run) (arm report.Arm, known bool) {
	arm, known = w.costs.arms[run.ID()]
	return arm, known
}

// explainMap explains the example under the cursor, the selection and the health of the map. tab is the subject where there is
// no example.
func (w *workspace) explainMap(tab string) (subject string, items []view.Explained) {
	subject = tab
	if e := w.example(); e != nil {
		subject = e.GUID
	}
	return subject, append(append(w.explainExample(), w.explainSelection()...), w.explainHealth()...)
}
