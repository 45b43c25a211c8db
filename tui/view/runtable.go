package view

import (
	"fmt"
	"slices"

	"github.com/charmbracelet/x/ansi"

	"ftft/train/metric"
	"ftft/train/watch"
)

// markWidth is the width before the first column: whether the run is viewed, its sign, a space.
const markWidth = 3

// tableColumn is a column of the table as drawn.
type tableColumn struct {
	column int // of watch.Columns, or one of the following
	width  int
}

// Columns that do not sort.
const columnSelection = -1

const (
	wideTable             = 100 // from this width on, columns have room for the names of sets
	scoreWidth, wideScore = 9, 11
	barCells              = 8 // of a progress bar
)

// table returns the columns that have room in w cells. What matters most is left out last.
func (r *Runs) table(w int) []tableColumn {
	index, score := watch.FindColumn, scoreWidth
	if w >= wideTable {
		score = wideScore
	}
	run, progress := index("run"), index("progress")
	widths := map[int]int{run: min(r.longest, max(w/4, 16))}
	free := w - markWidth - widths[run]
	for _, option := range []tableColumn{
		{index("state"), 11}, {index("OOD test"), score}, {index("OOD val"), score}, {progress, 8}, {index("arm"), 9},
		{index("ID test"), score}, {index("ID val"), score}, {run, 24}, {progress, 30}, {columnSelection, 13}, {run, 40},
		{index("seed"), 4}, {index("created"), 11}, {index("experiment"), 16},
	} {
		c, width := option.column, option.width
		switch {
		case c == run:
			width = max(min(width, r.longest), widths[run])
		case c == index("experiment") && r.Grouped(), c == columnSelection && !r.selects, c >= 0 && watch.Columns[c].IsScore() && !r.scored[c]:
			continue
		}
		cost := width - widths[c]
		if widths[c] == 0 {
			cost++
		}
		if cost > free {
			break
		}
		widths[c] = width
		free -= cost
	}
	var table []tableColumn
	for _, c := range r.ordered() {
		if widths[c] > 0 {
			table = append(table, tableColumn{c, widths[c]})
		}
	}
	return table
}

// ordered returns the columns from left to right: scores before the progress.
func (r *Runs) ordered() []int {
	index := watch.FindColumn
	order := []int{index("experiment"), index("run"), index("arm"), columnSelection, index("seed"), index("state")}
	for c := range watch.Columns {
		if watch.Columns[c].IsScore() {
			order = append(order, c)
		}
	}
	return append(order, index("progress"), index("created"))
}

// isScore reports whether a column of the table is a score.
func (c tableColumn) isScore() bool { return c.column >= 0 && watch.Columns[c.column].IsScore() }

// cell returns a text as a cell of a column: scores at the right end.
func (c tableColumn) cell(text string) string {
	cells := Width(text)
	switch {
	case cells > c.width:
		return ansi.Truncate(text, c.width, "…")
	case c.isScore():
		return spaces(c.width-cells) + text
	}
	return text + spaces(c.width-cells)
}

// header returns the names of the columns, with an arrow at the one that sorts.
func (r *Runs) header(table []tableColumn) string {
	line := spaces(markWidth - 1)
	for _, c := range table {
		name := "selection"
		if c.column >= 0 {
			name = watch.Columns[c.column].Name
		}
		style := r.Theme.Dim
		if c.column == r.order.Column {
			style = r.Theme.Title
			if watch.Columns[c.column].Falling != r.order.Reversed {
				name += "↓"
			} else {
				name += "↑"
			}
		}
		line += " " + style.Render(c.cell(name))
	}
	return line
}

// heading returns the line above an experiment's first row: its name, its state and, above the scores, the sets.
func (r *Runs) heading(table []tableColumn, row int) string {
	t, group := r.Theme, r.rows[row].Group
	name, state := "no experiment", ""
	if group.Dir != "" {
		name, state = Clean(group.Name), group.State
	}
	left, sets := markWidth-1, ""
	for _, c := range table {
		switch {
		case c.isScore():
			sets += " " + t.Dim.Render(c.cell(setsOf(group, &watch.Columns[c.column])))
		case sets == "":
			left += c.width + 1
		}
	}
	text := t.Strong.Render(name) + "  " + t.State(state).Render(state)
	return Fit([]string{text}, left, 1)[0] + sets
}

// setsOf names the sets that a group's scores in a column are of: the set if there is one, their number otherwise.
func setsOf(group *watch.Group, column *watch.Column) string {
	var sets []metric.Set
	for _, run := range group.Runs {
		for _, set := range run.ScoredSets(column.Kind, column.Use) {
			if !slices.Contains(sets, set) {
				sets = append(sets, set)
			}
		}
	}
	switch {
	case group.Dir == "" || len(sets) == 0:
		return ""
	case len(sets) == 1:
		return Clean(sets[0].Name)
	}
	return fmt.Sprintf("%d sets", len(sets))
}

// line returns a row. The whole row under the cursor is highlighted.
func (r *Runs) line(table []tableColumn, i int) string {
	t, row := r.Theme, r.rows[i]
	picked := i == r.Cursor
	viewed, sign := " ", " "
	if row.Run.Dir == r.Focus {
		viewed = "●"
	}
	if s := r.Signs[row.Run.Dir]; s != "" {
		sign = s
	}
	cells := ""
	for k, c := range table {
		text := c.cell(r.text(row, c))
		if name := columnName(c); row.Run.Problem != nil && row.Run.State() != row.Run.Status.State && name == "state" {
			cells += r.problem(table[k:], row, picked) // in place of the columns that have nothing to show
			break
		}
		if !picked && c.column >= 0 && watch.Columns[c.column].Name == "state" {
			text = t.State(row.Run.State()).Render(text)
		}
		cells += " " + text
	}
	switch {
	case !picked:
		return viewed + sign + cells
	case t.Glyphs || sign == " ":
		return t.Picked.Render(viewed + ansi.Strip(sign) + cells)
	}
	return t.Picked.Render(viewed) + t.SeriesStyle(r.Colours[row.Run.Dir]).Reverse(true).Render(ansi.Strip(sign)) + t.Picked.Render(cells)
}

// columnName returns the name of a column of the table; "" if it does not sort.
func columnName(c tableColumn) string {
	if c.column < 0 {
		return ""
	}
	return watch.Columns[c.column].Name
}

// problem returns the state of a run that cannot be read and the reason, in the width of some columns.
func (r *Runs) problem(table []tableColumn, row watch.Row, picked bool) string {
	w := 0
	for _, c := range table {
		w += c.width + 1
	}
	text := Fit([]string{row.Run.State() + ": " + Clean(row.Run.Problem.Error())}, max(w-1, 0), 1)[0]
	if !picked {
		text = r.Theme.Bad.Render(text)
	}
	return " " + text
}

// text returns the text of a cell.
func (r *Runs) text(row watch.Row, c tableColumn) string {
	run := row.Run
	if c.column == columnSelection {
		return selectionText(run)
	}
	column := &watch.Columns[c.column]
	if column.IsScore() {
		if score, sets := run.Score(column.Kind, column.Use); sets > 0 {
			return fmt.Sprintf("%.3f", score)
		}
		return ""
	}
	switch column.Name {
	case "experiment":
		if row.Group.Dir == "" {
			return ""
		}
		return Clean(row.Group.Name)
	case "run":
		return Shorten(idText(row), c.width)
	case "arm":
		return run.Name()
	case "seed":
		return fmt.Sprint(run.Manifest.Seed)
	case "state":
		return run.State()
	case "progress":
		if c.width > 8 {
			return Progress(run, barCells)
		}
		if run.Start == nil {
			return ""
		}
		return fmt.Sprintf("%3.0f %%", 100*run.Progress())
	case "created":
		if at := row.CreatedAt(); !at.IsZero() {
			return at.Local().Format("01-02 15:04")
		}
	}
	return ""
}

// idText returns a run's ID, marked if other experiments use the run.
func idText(row watch.Row) string {
	if len(row.SharedWith()) > 0 {
		return Clean(row.Run.ID()) + " (shared)"
	}
	return Clean(row.Run.ID())
}

// selectionText returns what a run trains on, in few cells.
func selectionText(run *watch.Run) string {
	s := run.Selection
	switch {
	case s == nil:
		return ""
	case s.Rule != "":
		return "rule " + Count(s.Count)
	}
	return Percent(s.Fraction) + " " + s.Strategy
}

// Shorten cuts a name in its middle, so that names that differ at the end stay apart.
func Shorten(name string, w int) string {
	cells := Width(name)
	if cells <= w || w < 3 {
		return ansi.Truncate(name, max(w, 0), "…")
	}
	head := (w - 1) / 5
	return ansi.Truncate(name, head, "") + "…" + ansi.TruncateLeft(name, cells-(w-1-head), "")
}
