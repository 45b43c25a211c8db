package tui

import (
	"path/filepath"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// workspace holds what the screens and overlays share: the runs, the viewed run with its map, marks and texts, and the selection
// on the map. Every screen embeds it.
type workspace struct {
	options Options
	layout
	theme *view.Theme
	message

	feed    *watch.Feed
	groups  []*watch.Group
	colours map[rundir.Dir]int // the number of each run's colour
	names   map[rundir.Dir]label
	polls   int             // the number of polls so far; one after a longer wait counts as those that it replaces
	focus   rundir.Dir      // the viewed run; empty before there is one
	within  rundir.StudyDir // the experiment that the run is viewed in, if it has the run: others may share it
	picture *watch.Picture  // of the viewed run if their Dir is the same, otherwise of the previous one
	listing runList
	listed  int          // the cursor in the list of runs
	visits  int          // how often a run has been opened since the beginning
	clock   *watch.Clock // of the replay; nil = none

	sel     *selection.Selection
	epochs  int // the number of epochs after which the map is shown; 0 = the newest map, which grows
	columns *columns
	health  job[healthKey, *datamap.Health]
	texts   texts
	search  searcher
	marked  rundir.Dir // the run or source of the marks
	costs   costs      // of the viewed experiment
	files   sync.Mutex // allows one write of the user's own files at a time

	frame time.Duration // the time until a frame is on the terminal
}

// layout is the size of the screen, without the lines that a lesson takes below it.
type layout struct {
	w, h     int
	stripped int // the lines that the strip takes above the foot
}

// From wideW by wideH cells on, the panels are beside the map; below smallW by smallH only the summary is drawn.
const (
	wideW, wideH   = 100, 30
	smallW, smallH = 40, 12
	mapShare       = 0.62 // the map's share of the width if panels are beside it
)

func (l layout) wide() bool  { return l.w >= wideW && l.h >= wideH }
func (l layout) small() bool { return l.w < smallW || l.h < smallH }

// paneHeight returns the number of lines that header, summary, strip and footer leave.
func (l layout) paneHeight() int {
	if l.wide() {
		return l.h - 3 - l.stripped
	}
	return max(l.h-5-l.stripped, 1)
}

// paneTop returns the line at which the pane begins.
func (l layout) paneTop() int {
	if l.wide() {
		return 2
	}
	return 1
}

// eachRun calls do with the runs in the order of the list.
func (w *workspace) eachRun(do func(*watch.Group, *watch.Run)) {
	for _, group := range w.groups {
		for _, run := range group.Runs {
			do(group, run)
		}
	}
}

func (w *workspace) runs() []*watch.Run {
	var runs []*watch.Run
	w.eachRun(func(_ *watch.Group, run *watch.Run) { runs = append(runs, run) })
	return runs
}

// severalRuns reports whether the list has more than one run.
func (w *workspace) severalRuns() bool {
	return len(w.groups) > 1 || len(w.groups) == 1 && len(w.groups[0].Runs) > 1
}

// indexOf returns a run's index in the list, or the cursor if the list does not have it.
func (w *workspace) indexOf(dir rundir.Dir) int {
	if at := slices.IndexFunc(w.listing.view.Rows(), func(row watch.Row) bool { return row.Run.Dir == dir }); at >= 0 {
		return at
	}
	return w.listed
}

// runOf returns the run of a directory, or nil if there is none.
func (w *workspace) runOf(dir rundir.Dir) (found *watch.Run) {
	w.eachRun(func(_ *watch.Group, run *watch.Run) {
		if run.Dir == dir || sameFolder(string(run.Dir), string(dir)) {
			found = run
		}
	})
	return found
}

// underCursor returns the run under the cursor of the list, or nil if there is none.
func (w *workspace) underCursor() *watch.Run {
	row, _ := w.rowUnderCursor()
	return row.Run
}

// focused returns the viewed run and its experiment, or nil before there is one. Of several experiments that share the run it is the
// one that the run was opened in, or the newest.
func (w *workspace) focused() (group *watch.Group, run *watch.Run) {
	for _, g := range w.groups {
		if run != nil && g.Dir != w.within {
			continue
		}
		for _, r := range g.Runs {
			if r.Dir == w.focus {
				group, run = g, r
				break
			}
		}
		if run != nil && (w.within == "" || g.Dir == w.within) {
			break
		}
	}
	return group, run
}

// sharing returns the name of the viewed experiment if others share the viewed run; otherwise "".
func (w *workspace) sharing() string {
	if group, run := w.focused(); run != nil && len(group.SharedWith(run)) > 0 {
		return group.Name
	}
	return ""
}

// seen returns the picture of the viewed run, or nil before it has arrived.
func (w *workspace) seen() *watch.Picture {
	if w.picture != nil && w.picture.Dir == w.focus {
		return w.picture
	}
	return nil
}

// dataMap returns the map of the viewed run, or nil before there is one.
func (w *workspace) dataMap() *datamap.Map {
	if picture := w.seen(); picture != nil {
		return picture.Map
	}
	return nil
}

func (w *workspace) labels() []string {
	if picture := w.seen(); picture != nil {
		return picture.Labels
	}
	return nil
}

// source returns the folder that the marks of the run or source lie in; empty where there is none.
func (w *workspace) source() string {
	if w.options.Source != "" {
		return w.options.Source
	}
	if _, run := w.focused(); run == nil || run.Given {
		return ""
	}
	return string(w.focus)
}

// own reports whether the user controls the screen, rather than a lesson or a presenter. Only then the view is saved.
func (w *workspace) own() bool { return w.options.Lesson == nil && w.options.Follow == "" }

// lookAtRow views the run of a row, in the row's experiment.
func (w *workspace) lookAtRow(row watch.Row) tea.Cmd {
	w.within = row.Group.Dir
	return w.lookAt(row.Run)
}

// lookAt views another run.
func (w *workspace) lookAt(run *watch.Run) tea.Cmd {
	w.focus, w.listed, w.epochs = run.Dir, w.indexOf(run.Dir), 0
	w.visits++
	w.sel.SetCursor(0)
	w.health.forget()
	return w.choose()
}

// turn views the run that is a number of places further in the list. A run that several experiments share counts once, in the
// experiment that it is viewed in or else in the newest.
func (w *workspace) turn(by int) tea.Cmd {
	var rows []watch.Row
	at := 0
	viewed, _ := w.focused()
	seen := map[rundir.Dir]int{} // the index in rows
	w.eachRun(func(group *watch.Group, run *watch.Run) {
		k, double := seen[run.Dir]
		switch {
		case run.Experiment:
			return
		case double && run.Dir == w.focus && group == viewed:
			rows[k].Group = group
		case !double:
			seen[run.Dir] = len(rows)
			if run.Dir == w.focus {
				at = len(rows)
			}
			rows = append(rows, watch.Row{Group: group, Run: run})
		}
	})
	if len(rows) == 0 {
		return nil
	}
	return w.lookAtRow(rows[(at+by+len(rows))%len(rows)])
}

// firstFocus returns the run to open with its experiment: the one asked for or the reference of the experiment asked for; or else the
// run that was viewed last, or the newest experiment's if that has come since. An experiment whose plan cannot be read comes last. ok
// is false if there is no such run yet.
func (w *workspace) firstFocus(last watch.Row) (row watch.Row, ok bool) {
	if last.Run != nil && w.options.Focus == "" {
		return last, true
	}
	for _, group := range w.groups {
		if w.options.Focus == "" {
			if found := (watch.Row{Group: group, Run: group.Reference()}); !ok || row.Run.Experiment && !found.Run.Experiment {
				row, ok = found, true
			}
			continue
		}
		if group.Dir != "" && sameFolder(string(group.Dir), w.options.Focus) {
			return watch.Row{Group: group, Run: group.Reference()}, true
		}
		for _, run := range group.Runs {
			if !ok && sameFolder(string(run.Dir), w.options.Focus) {
				row, ok = watch.Row{Group: group, Run: run}, true
			}
		}
	}
	return row, ok
}

func sameFolder(a, b string) bool {
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}

// groupName returns the ID of the viewed experiment, or of the run where it belongs to none.
func (w *workspace) groupName() string {
	if group, _ := w.focused(); group.Dir != "" {
		return group.Dir.ID()
	}
	return w.focus.ID()
}
