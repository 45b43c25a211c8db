package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
	"ftft/tui/view"
)

// saveAfter is the time between a change of the view and its writing.
const saveAfter = time.Second

// remember writes the view of a run (view.json), and restores the view when the run is opened again.
type remember struct {
	*workspace
	app     *App
	rest    time.Duration // between a change and its writing
	saved   session.View
	opened  session.Opened
	waiting bool       // to write
	asked   rundir.Dir // the run whose view has been read; empty before
	touched bool       // the user has pressed a key: a view that is read now comes too late
}

// touch notes that the user has pressed a key. The cursor then no longer moves to the example of a view or an undone mark.
func (r *remember) touch(own bool) {
	if own {
		r.touched = true
		r.sel.GoTo("", false, false)
	}
}

// recallRun reads the name of the run that was viewed last, before the runs are read.
func (r *remember) recallRun() tea.Cmd {
	if r.options.Root == "" || r.options.Focus != "" || !r.own() {
		return nil
	}
	return quietly(func() session.Opened {
		last, err := session.ReadOpened(r.options.Root)
		if err != nil {
			return session.Opened{} // there is none, or it is unreadable: the newest run is opened
		}
		return last
	}, func(last session.Opened) tea.Cmd { r.opened = last; return nil })
}

// lastRun returns the run that was viewed last with its experiment. It has no run if an experiment is newer or the run is gone.
func (r *remember) lastRun() (row watch.Row) {
	last := r.opened
	if len(r.groups) == 0 || last.Newest != r.groups[0].Reference().ID() {
		return row
	}
	r.eachRun(func(group *watch.Group, run *watch.Run) {
		if run.ID() == last.Run && (row.Run == nil || group.Name == last.Within) {
			row = watch.Row{Group: group, Run: run}
		}
	})
	return row
}

// current returns the viewed run, for the next session.
func (r *remember) current() session.Opened {
	return session.Opened{Run: r.focus.ID(), Within: r.sharing(), Newest: r.groups[0].Reference().ID()}
}

// view returns the current view.
func (r *remember) view() session.View {
	c := r.sel
	v := session.View{Format: 1, Screen: r.app.numbers()[r.app.at], Sort: c.Sorting.By, Reversed: c.Sorting.Reversed, After: r.epochs}
	v.SetCriteria(c.Criteria)
	if labels := r.labels(); c.Class > 0 && c.Class <= len(labels) {
		v.Label = labels[c.Class-1]
	}
	if index, ok := c.Under(); ok {
		v.GUID, v.Astray = r.dataMap().GUIDs[index], c.Search.Outside >= 0
	}
	v.Triage = r.app.triage.settings()
	drawn := r.app.curves.kept()
	if !reflect.DeepEqual(drawn, session.CurvesOf(&view.Curves{Smoothing: defaultFactor})) {
		v.Drawn = &drawn
	}
	return v
}

// recall reads the view of the first run that is opened.
func (r *remember) recall() tea.Cmd {
	dir := r.focus
	if !r.own() || r.asked != "" || dir == "" || r.source() != string(dir) {
		return nil
	}
	r.asked = dir
	type read struct {
		session.View
		err error
	}
	return background(func() (v read) {
		v.View, _, v.err = session.ReadView(dir, r.app.numbers())
		return v
	}, func(v read) tea.Cmd {
		switch {
		case errors.Is(v.err, fs.ErrNotExist):
		case v.err != nil:
			r.say("", fmt.Errorf("the view of the run is not restored: %w", v.err))
		case !r.touched && r.focus == dir:
			r.saved = v.View
			return r.show(v.View)
		}
		return nil
	})
}

// show restores a view.
func (r *remember) show(v session.View) tea.Cmd {
	if r.options.Screen == "" {
		r.app.at = slices.Index(r.app.numbers(), v.Screen)
	}
	c := r.sel
	c.Criteria = v.Criteria()
	c.Sorting.By, c.Sorting.Reversed = v.Sort, v.Reversed
	if _, err := datamap.FindMetric(v.Sort); err != nil {
		c.Sorting.By = ""
	}
	if r.epochs = 0; v.After >= fewestEpochs {
		r.epochs = v.After
	}
	if v.Drawn != nil {
		r.app.curves.apply(*v.Drawn)
	}
	r.app.triage.apply(v.Triage)
	c.FilterByLabel(v.Label)
	c.GoTo(v.GUID, v.Astray, !r.own())
	return r.choose()
}

// keep writes the view some time after it has changed, with all changes until then.
func (r *remember) keep() tea.Cmd {
	if r.waiting || !r.keeps() || reflect.DeepEqual(r.view(), r.saved) && r.current() == r.opened {
		return nil
	}
	r.waiting = true
	return tea.Tick(r.rest, func(time.Time) tea.Msg { return finished{deliver: r.write, quiet: true} })
}

// keeps reports whether there is a view to write: one of a run, in a workbench that is neither a lesson's nor a
// follower's.
func (r *remember) keeps() bool { return r.own() && r.seen() != nil && r.source() == string(r.focus) }

// write writes the view in the background.
func (r *remember) write() tea.Cmd {
	r.waiting = false
	if !r.keeps() {
		return nil
	}
	v, opened, dir := r.view(), r.current(), r.focus
	same, sameRun := reflect.DeepEqual(v, r.saved), opened == r.opened
	r.saved, r.opened = v, opened
	return r.complaining(func() error {
		r.files.Lock()
		defer r.files.Unlock()
		if !same {
			if err := session.WriteView(dir, v); err != nil {
				return err
			}
		}
		if r.options.Root == "" || sameRun {
			return nil
		}
		return session.WriteOpened(r.options.Root, opened)
	})
}
