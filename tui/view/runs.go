package view

import (
	"fmt"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// Runs draws the list of runs as a table, by experiment or in the order of a column, and below it the run under the cursor.
type Runs struct {
	Theme   *Theme
	Cursor  int // the index of a row
	Total   int // the number of runs without a filter
	Focus   rundir.Dir
	Colours map[rundir.Dir]int    // of RunColours
	Signs   map[rundir.Dir]string // of the runs whose curves are drawn
	Hint    string                // the keys, in a narrow list beside something else
	Detail  *RunDetail            // of the run under the cursor; nil = the list alone

	order   watch.List
	rows    []watch.Row
	lines   []runLine
	lineOf  []int  // by row
	scored  []bool // by watch.Columns: whether a row has the score
	longest int    // ID, in cells
	runs    int    // in rows; shared ones count once
	selects bool   // a row has a selection
	printed bool   // the job of a row has printed something, which the pane below shows
}

// runLine is a line of the list: a row or, before the first row of an experiment, its heading.
type runLine struct {
	row     int
	heading bool
}

// SetRows sets the rows of the list, and the order that they are in. Drawing takes time for the rows in sight only.
func (r *Runs) SetRows(rows []watch.Row, order watch.List) {
	r.rows, r.order, r.lines, r.lineOf, r.longest, r.runs = rows, order, nil, nil, 0, watch.Distinct(rows)
	r.selects, r.printed = false, false
	r.scored = make([]bool, len(watch.Columns))
	for i, row := range rows {
		if r.heads(i) {
			r.lines = append(r.lines, runLine{i, true})
		}
		r.lineOf = append(r.lineOf, len(r.lines))
		r.lines = append(r.lines, runLine{i, false})
		r.longest = max(r.longest, Width(idText(row)))
		r.selects = r.selects || row.Run.Selection != nil
		r.printed = r.printed || row.Run.Output.Size > 0
		for c := range watch.Columns {
			if column := &watch.Columns[c]; column.IsScore() && !r.scored[c] {
				_, sets := row.Run.Score(column.Kind, column.Use)
				r.scored[c] = sets > 0
			}
		}
	}
}

// Rows returns the rows of the list.
func (r *Runs) Rows() []watch.Row { return r.rows }

// Has reports whether the list can be sorted by a column: a score that no run has is not shown.
func (r *Runs) Has(column int) bool {
	return !watch.Columns[column].IsScore() || column < len(r.scored) && r.scored[column]
}

// Grouped reports whether the list is by experiment, with headings.
func (r *Runs) Grouped() bool { return r.order.Column == 0 }

// heads reports whether a heading precedes a row. Runs without an experiment have one heading together.
func (r *Runs) heads(i int) bool {
	if !r.Grouped() {
		return false
	}
	group := r.rows[i].Group
	if i == 0 {
		return true
	}
	before := r.rows[i-1].Group
	return group != before && (group.Dir != "" || before.Dir != "")
}

// Draw fills w by h cells, scrolled to the cursor.
func (r *Runs) Draw(w, h int) []string {
	t := r.Theme
	title := Spread(t.Title.Render("Runs")+t.Dim.Render("  "+r.title()), t.Dim.Render(r.Hint), w)
	switch {
	case r.Total == 0 && len(r.rows) == 0 && r.order.Words == "":
		return Fit([]string{title, "", "  No runs here yet. Start with:  ftft run demo"}, w, h)
	case len(r.rows) == 0:
		return Fit([]string{title, "", "  No run has all of these words. F shows all runs."}, w, h)
	}
	table := r.table(w)
	lines := []string{title, r.header(table)}
	first, last := r.window(h)
	for _, line := range r.lines[first:last] {
		if line.heading {
			lines = append(lines, r.heading(table, line.row))
		} else {
			lines = append(lines, r.line(table, line.row))
		}
	}
	if below := r.below(h); below > 0 {
		lines = append(Fit(lines, w, h-below), r.Detail.Draw(t, w, below)...)
	}
	return Fit(lines, w, h)
}

// runsTop is the number of lines above the first one of the list: the title and the header.
const runsTop = 2

// below returns the height of the pane below the list.
func (r *Runs) below(h int) int {
	switch {
	case r.Detail == nil || h < 8:
		return 0
	case h < 14:
		return 3
	case h < 17:
		return 5
	case h < 30 && r.printed:
		return h / 2
	case h < 30:
		return 8
	case r.printed:
		return min(2*h/3, 24)
	}
	return 13
}

// Room returns the number of lines of the list in h cells.
func (r *Runs) Room(h int) int { return max(h-runsTop-r.below(h), 1) }

// window returns the lines in sight: from first to last, exclusive.
func (r *Runs) window(h int) (first, last int) {
	room, at := r.Room(h), 0
	if r.Cursor < len(r.lineOf) {
		at = r.lineOf[r.Cursor]
	}
	first = min(max(at-room/2, 0), max(len(r.lines)-room, 0))
	return first, min(first+room, len(r.lines))
}

// RowAt returns the row at a line of the view, drawn in h cells; ok is false where there is none.
func (r *Runs) RowAt(y, h int) (row int, ok bool) {
	first, last := r.window(h)
	if at := first + y - runsTop; y >= runsTop && at < last {
		return r.lines[at].row, true
	}
	return 0, false
}

// ColumnAt returns the index in watch.Columns of the column whose header is at a cell, drawn in w cells; ok is false where there is
// none.
func (r *Runs) ColumnAt(x, y, w int) (column int, ok bool) {
	if y != runsTop-1 || len(r.rows) == 0 {
		return 0, false
	}
	from := markWidth
	for _, c := range r.table(w) {
		if x >= from && x < from+c.width+1 {
			return c.column, c.column >= 0
		}
		from += c.width + 1
	}
	return 0, false
}

// title describes the order and the filter of the list.
func (r *Runs) title() string {
	column, text := &watch.Columns[r.order.Column], ""
	switch {
	case r.Grouped() && r.order.Reversed:
		text = "by experiment, the oldest first"
	case r.Grouped():
		text = "by experiment, the newest first"
	default:
		text = "by " + column.Name
		if column.IsScore() {
			text += " accuracy"
		}
		if r.order.Reversed {
			text += ", reversed"
		}
	}
	if r.order.Words != "" {
		return fmt.Sprintf("%s of %s with %q, %s", Count(r.runs), Count(r.Total), r.order.Words, text)
	}
	return Count(r.Total) + ", " + text
}
