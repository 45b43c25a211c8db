package tui

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/configs"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// runList is the list of runs, of the screen Runs and of the picker of the curves: its order, its filter and its rows. Its cursor,
// workspace.listed, stays on a run when rows come, go or move.
type runList struct {
	order watch.List
	view  view.Runs
	total int       // runs without the filter
	at    watch.Row // where the cursor was when the list last had a row

	detail job[detailKey, detail]
	output job[outputKey, output]
}

// outputKey is what the end of the output of a run's job depends on.
type outputKey struct {
	run     rundir.Dir
	version watch.OutputVersion
}

// output is the end of the output of a run's job.
type output struct {
	lines []string
	err   error
}

// read reads the end of the output.
func (k outputKey) read() (o output) {
	o.lines, o.err = watch.ReadOutput(k.run)
	return o
}

// detailKey is what the pane below the list depends on.
type detailKey struct{ run, neighbour *watch.Run }

// detail is what the pane below the list reads from files.
type detail struct {
	changes []configs.Change
	err     error
}

// relist makes the rows of the list again. The cursor stays on its run or, if that has left the list, at its place.
func (w *workspace) relist() {
	if row, ok := w.rowUnderCursor(); ok {
		w.listing.at = row
	}
	w.relistAt(w.listing.at)
}

// relistAt makes the rows of the list again, with the cursor on a run if the list has it.
func (w *workspace) relistAt(at watch.Row) {
	l := &w.listing
	rows := l.order.Rows(w.groups)
	l.view.SetRows(rows, l.order)
	l.total = watch.Distinct(watch.List{}.Rows(w.groups))
	same := func(row watch.Row) bool { return row.Run.Dir == at.Run.Dir && row.Group.Name == at.Group.Name }
	if at.Run != nil {
		if i := slices.IndexFunc(rows, same); i >= 0 {
			w.listed = i
		}
	}
	w.listed = max(min(w.listed, len(rows)-1), 0)
}

// setOrder changes the order or the filter of the list.
func (w *workspace) setOrder(order watch.List) {
	w.listing.order = order
	w.relist()
}

// sortRuns sorts the list by a column, in reverse if it is sorted by that already.
func (w *workspace) sortRuns(column int) {
	to := w.listing.order
	to.Column, to.Reversed = column, column == to.Column && !to.Reversed
	w.setOrder(to)
}

// sortRunsByNext sorts the list by the next column of the table.
func (w *workspace) sortRunsByNext() {
	to := w.listing.order
	for to.Column = (to.Column + 1) % len(watch.Columns); !w.listing.view.Has(to.Column); {
		to.Column = (to.Column + 1) % len(watch.Columns)
	}
	to.Reversed = false
	w.setOrder(to)
}

// neighbour returns the run to compare a row with: the one before it in its experiment or, for the first one, the reference of the
// experiment before. It is nil if there is none, and for a run that cannot be read.
func (w *workspace) neighbour(row watch.Row) *watch.Run {
	group := row.Group
	if row.Run.Broken {
		return nil
	}
	if at := slices.Index(group.Runs, row.Run); at > 0 {
		if before := group.Runs[at-1]; !before.Broken {
			return before
		}
		return nil
	}
	if at := slices.Index(w.groups, group); group.Dir != "" && at >= 0 {
		for _, older := range w.groups[at+1:] {
			if reference := older.Reference(); older.Dir != "" && !reference.Broken && !group.Has(reference.Dir) {
				return reference
			}
		}
	}
	return nil
}

// rowUnderCursor returns the row under the cursor of the list; ok is false if the list is empty.
func (w *workspace) rowUnderCursor() (row watch.Row, ok bool) {
	rows := w.listing.view.Rows()
	if w.listed >= len(rows) {
		return row, false
	}
	return rows[w.listed], true
}

// readOutput reads the end of what the job of the run under the cursor has printed.
func (w *workspace) readOutput() tea.Cmd {
	row, ok := w.rowUnderCursor()
	if !ok || row.Run.Output.Size == 0 {
		return nil
	}
	key := outputKey{row.Run.Dir, row.Run.Output}
	return w.listing.output.want(key, key.read, w.readOutput)
}

// readDetail reads how the run under the cursor differs from its neighbour.
func (w *workspace) readDetail() tea.Cmd {
	row, ok := w.rowUnderCursor()
	if !ok || row.Run.Given {
		return nil
	}
	key := detailKey{row.Run, w.neighbour(row)}
	if known := w.listing.detail.key; key.neighbour == nil || w.listing.detail.known && known.same(key) {
		return nil
	}
	return w.listing.detail.want(key, key.read, w.readDetail)
}

// same reports whether two keys have the same differences: those of two runs change only when one is prepared.
func (k detailKey) same(other detailKey) bool {
	alike := func(a, b *watch.Run) bool { return a.Dir == b.Dir && a.Manifest.ID == b.Manifest.ID }
	return k.neighbour != nil && other.neighbour != nil && alike(k.run, other.run) && alike(k.neighbour, other.neighbour)
}

// read reads the configs of both runs and compares them, with what manifests say. A run that is not prepared, or that another program
// trains, may have no config.
func (k detailKey) read() (d detail) {
	if k.run.Manifest.ID == "" || k.neighbour.Manifest.ID == "" {
		return detail{changes: k.planned()}
	}
	var both [2]configs.Config
	for i, run := range []rundir.Dir{k.neighbour.Dir, k.run.Dir} {
		if _, err := os.Stat(run.Config()); errors.Is(err, fs.ErrNotExist) {
			return detail{changes: k.planned()}
		}
		if both[i], d.err = configs.OfRun(run); d.err != nil {
			return d
		}
	}
	d.changes = append(k.planned(), configs.Differences(both[0], both[1])...)
	return d
}

// planned returns the differences in what a plan or a manifest says.
func (k detailKey) planned() (changes []configs.Change) {
	add := func(key, from, to string) {
		if from != to {
			changes = append(changes, configs.Change{Key: key, From: from, To: to})
		}
	}
	from, to := k.neighbour, k.run
	add("arm", from.Name(), to.Name())
	add("seed", view.Count(int(from.Manifest.Seed)), view.Count(int(to.Manifest.Seed)))
	counted := from.Planned == nil && to.Planned == nil
	add("trains on", trainsOn(from, counted), trainsOn(to, counted))
	if from.Manifest.DataHash != "" && to.Manifest.DataHash != "" && from.Manifest.DataHash != to.Manifest.DataHash {
		add("data", from.Manifest.DataHash[:min(8, len(from.Manifest.DataHash))], to.Manifest.DataHash[:min(8, len(to.Manifest.DataHash))])
	}
	return changes
}

// trainsOn describes the examples that a run trains on, with their number if counted. That of a run that is only planned is not known.
func trainsOn(run *watch.Run, counted bool) string {
	text, planned := "all examples", run.Planned
	switch s := run.Selection; {
	case s == nil && planned != nil && planned.SelectionHash != "":
		return "the rows that it was launched with"
	case s == nil && planned != nil && planned.Strategy != "":
		return planned.Strategy + " " + view.Percent(planned.Fraction)
	case s == nil:
		return text
	case s.Rule != "":
		text = s.Rule
	default:
		text = s.Strategy + " " + view.Percent(s.Fraction)
	}
	if counted {
		text += ", " + view.Count(run.Selection.Count) + " examples"
	}
	return text
}

// runsView returns the view of the list, with a hint and a pane below.
func (a *App) runsView(hint string, detail *view.RunDetail) *view.Runs {
	v := &a.listing.view
	v.Theme, v.Cursor, v.Total, v.Focus, v.Colours, v.Signs = a.theme, a.listed, a.listing.total, a.focus, a.colours, a.curves.signs()
	v.Hint, v.Detail = hint, detail
	return v
}
