package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
	"ftft/tui/view"
)

// saveAfter is how long a view stands before it is written.
const saveAfter = time.Second

// remember writes how a run is viewed, and shows a run as it was last viewed.
type remember struct {
	rest    time.Duration // between a change and its writing
	saved   session.View
	opened  session.Opened
	waiting bool       // to write
	asked   rundir.Dir // the run whose view has been read; empty before
	touched bool       // the user has pressed a key: a view that is read now comes too late
}

// touch notes that the user has pressed a key.
func (r *remember) touch(own bool) { r.touched = r.touched || own }

// recallRun reads which run was viewed last, before the runs are read.
func (a *App) recallRun() tea.Cmd {
	if a.options.Root == "" || a.options.Focus != "" || !a.own() {
		return nil
	}
	return quietly(func() session.Opened {
		last, err := session.ReadOpened(a.options.Root)
		if err != nil {
			return session.Opened{} // there is none, or it is unreadable: the newest run is opened
		}
		return last
	}, func(last session.Opened) tea.Cmd { a.remember.opened = last; return nil })
}

// lastOpened is the run that was viewed last; nil where there is a newer experiment since, or the run is gone.
func (a *App) lastOpened() *watch.Run {
	last := a.remember.opened
	if len(a.groups) == 0 || last.Newest != a.groups[0].Reference().ID() {
		return nil
	}
	for _, run := range a.runs() {
		if run.ID() == last.Run {
			return run
		}
	}
	return nil
}

// opened is the run that is viewed, for the next session.
func (a *App) openedRun() session.Opened {
	return session.Opened{Run: a.focus.ID(), Newest: a.groups[0].Reference().ID()}
}

// sessionView is how the run is viewed.
func (a *App) sessionView() session.View {
	c := a.sel
	v := session.View{Format: 1, Screen: a.at + 1, Sort: c.Sorting.By, Reversed: c.Sorting.Reversed, After: a.epochs}
	v.SetCriteria(c.Criteria)
	if labels := a.labels(); c.Class > 0 && c.Class <= len(labels) {
		v.Label = labels[c.Class-1]
	}
	if index, ok := c.Under(); ok {
		v.GUID, v.Astray = a.dataMap().GUIDs[index], c.Search.Outside >= 0
	}
	drawn := a.curves.settings()
	if a.curves.picked == nil {
		drawn.Runs = nil
	}
	if !reflect.DeepEqual(drawn, session.CurvesOf(&view.Curves{Factor: defaultFactor})) {
		v.Drawn = &drawn
	}
	return v
}

// recall reads how the first run that is opened was last viewed.
func (a *App) recall() tea.Cmd {
	r, dir := &a.remember, a.focus
	if !a.own() || r.asked != "" || dir == "" || a.source() != string(dir) {
		return nil
	}
	r.asked = dir
	type read struct {
		session.View
		path string
		err  error
	}
	return background(func() (v read) {
		v.View, v.path, v.err = session.ReadView(dir, len(a.screens))
		return v
	}, func(v read) tea.Cmd {
		switch {
		case errors.Is(v.err, fs.ErrNotExist):
		case v.err != nil:
			a.say("", fmt.Errorf("ignoring %s, which cannot be read: %w", v.path, v.err))
		case !r.touched && a.focus == dir:
			r.saved = v.View
			return a.showView(v.View)
		}
		return nil
	})
}

// showView puts the screen into a view.
func (a *App) showView(v session.View) tea.Cmd {
	a.at = v.Screen - 1
	c := a.sel
	c.Criteria = v.Criteria()
	c.Sorting.By, c.Sorting.Reversed = v.Sort, v.Reversed
	if _, err := datamap.FindMetric(v.Sort); err != nil {
		c.Sorting.By = ""
	}
	if a.epochs = 0; v.After >= fewestEpochs {
		a.epochs = v.After
	}
	if v.Drawn != nil {
		a.curves.apply(*v.Drawn)
	}
	c.FilterByLabel(v.Label)
	c.GoTo(v.GUID, v.Astray, !a.own())
	return a.choose()
}

// keepView writes the view a while after it has changed, with everything that changes meanwhile.
func (a *App) keepView() tea.Cmd {
	r := &a.remember
	if r.waiting || !a.keeps() || reflect.DeepEqual(a.sessionView(), r.saved) && a.openedRun() == r.opened {
		return nil
	}
	r.waiting = true
	return tea.Tick(r.rest, func(time.Time) tea.Msg { return finished{deliver: a.writeView, quiet: true} })
}

// keeps reports whether there is a view to keep, of the user's own run.
func (a *App) keeps() bool { return a.own() && a.seen() != nil && a.source() == string(a.focus) }

// writeView writes the view in the background.
func (a *App) writeView() tea.Cmd {
	r := &a.remember
	r.waiting = false
	if !a.keeps() {
		return nil
	}
	v, opened, dir := a.sessionView(), a.openedRun(), a.focus
	same, sameRun := reflect.DeepEqual(v, r.saved), opened == r.opened
	r.saved, r.opened = v, opened
	return a.complaining(func() error {
		a.files.Lock()
		defer a.files.Unlock()
		if !same {
			if err := session.WriteView(dir, v); err != nil {
				return err
			}
		}
		if a.options.Root == "" || sameRun {
			return nil
		}
		return session.WriteOpened(a.options.Root, opened)
	})
}
