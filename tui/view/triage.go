package view

import (
	"fmt"
	"slices"

	"ftft/datamap"
)

// Triage draws the examples whose gold label is probably wrong: one in full, with why it is suspect, and the list around it.
type Triage struct {
	Theme     *Theme
	Method    string
	Formula   string
	Reversed  bool
	Place     int // of the example, from 0
	Total     int
	Seen      int // how many suspects have been looked at, in the order of the list
	Marked    int
	Run       string             // that the marks belong to, if there are several; "" = not named
	Precision *datamap.Precision // of those seen; nil = the truth is unknown
	Truth     string             // the column of the data that has the truth
	Reason    string
	Suggested int      // the class that the model prefers
	Reading   *Reading // the example, with its texts and every class's probabilities
	Rows      []TriageRow
	Cursor    int    // an index into Rows
	None      string // why there is no example; "" if there is one
}

// TriageRow is one line of the list.
type TriageRow struct {
	Mark, GUID, Gold, Suggested string
	Score                       float64
	Seen                        bool
}

// wideTriage is the width from which the list stands beside the example.
const wideTriage = 100

// triageList returns the width of the list on a screen of w cells.
func triageList(w int) int { return min(w*44/100, 60) }

// triageTop is the number of lines above the list.
const triageTop = 3

// TriageRoom returns how many rows of the list w by h cells can show at most.
func TriageRoom(w, h int) int {
	if w < wideTriage {
		return max(h-narrowTop, 1)
	}
	return max(h-triageTop, 1)
}

// narrowTop is the number of lines above the example on a narrow screen.
const narrowTop = 2

// RowAt returns the index into Rows at a cell of the screen of w by h cells, counted from its top left, -1 if there is none.
func (v *Triage) RowAt(w, h, x, y int) int {
	top, first, rows := triageTop, 0, len(v.Rows)
	if w < wideTriage {
		rows = v.rowsBelow(len(v.exampleLines(w, h-narrowTop)), h)
		top, first = h-rows, v.firstBelow(rows)
	} else if x >= triageList(w) {
		return -1
	}
	if y < top || y >= top+rows {
		return -1
	}
	return first + y - top
}

// rowsBelow returns how many rows of the list stand below an example of a number of lines on a narrow screen of height h: those that would
// be blank, but for one.
func (v *Triage) rowsBelow(example, h int) int {
	if rows := min(h-narrowTop-example-1, len(v.Rows)); rows > 1 {
		return rows
	}
	return 0
}

// firstBelow returns the first of rows rows around the cursor.
func (v *Triage) firstBelow(rows int) int { return min(max(v.Cursor-rows/2, 0), len(v.Rows)-rows) }

// Precision describes a precision. what names the suspects: listed, seen. column is the column of the data that has the truth.
func Precision(p datamap.Precision, what, column string) string {
	return fmt.Sprintf("precision by column %s: %s of %s %s labels are wrong (%s; of all, %s)", Clean(column), Count(p.Wrong),
		Count(p.Suspects), what, Percent(p.Share()), Percent(p.Chance()))
}

// precision describes the precision of the suspects seen in w cells.
func (v *Triage) precision(w int) string {
	p := v.Precision
	if text := Precision(*p, "seen", v.Truth); Width(text) <= w {
		return text
	}
	return fmt.Sprintf("by column %s: %s of %s seen wrong (%s; all %s)", Clean(v.Truth), Count(p.Wrong), Count(p.Suspects),
		Percent(p.Share()), Percent(p.Chance()))
}

// Draw fills w by h cells.
func (v *Triage) Draw(w, h int) []string {
	t := v.Theme
	title := t.Title.Render("Triage") + " by " + t.Strong.Render(v.Method)
	if v.Reversed {
		title += ", the least suspect first"
	}
	if v.None != "" {
		lines := []string{title, ""}
		for _, line := range Wrap(v.None, w-4) {
			lines = append(lines, "  "+line)
		}
		return Fit(lines, w, h)
	}
	progress := fmt.Sprintf("%s of %s seen, %s marked", Count(v.Seen), Count(v.Total), Count(v.Marked))
	if on := progress + " on " + v.Run; v.Run != "" && Width(title)+1+Width(on) <= w {
		progress = on
	}
	second := t.Dim.Render("ranked by " + v.Formula)
	if v.Precision != nil {
		second = t.Dim.Render(v.precision(w))
	}
	head := []string{Spread(title, progress, w), second}
	if w < wideTriage {
		example := v.exampleLines(w, h-narrowTop)
		rows := v.rowsBelow(len(example), h)
		first := v.firstBelow(rows)
		lines := append(Fit(head, w, narrowTop), Fit(example, w, h-narrowTop-rows)...)
		return append(lines, v.list(w, rows, first, first+rows)...)
	}
	left := triageList(w)
	return append(Fit(append(head, ""), w, triageTop), Beside(v.list(left, h-triageTop, 0, len(v.Rows)),
		v.example(w-left-2, h-triageTop), "  ")...)
}

// list draws the suspects around the example: the rows from first to before end.
func (v *Triage) list(w, h, first, end int) []string {
	t := v.Theme
	var lines []string
	for i := first; i < end; i++ {
		row := v.Rows[i]
		labels := Clean(row.Gold)
		if row.Suggested != row.Gold {
			labels += " → " + Clean(row.Suggested)
		}
		guid := Fit([]string{Clean(row.GUID)}, 13, 1)[0]
		line := Fit([]string{fmt.Sprintf("%s %s %7.3f  %s", row.Mark, guid, row.Score, labels)}, w, 1)[0]
		switch {
		case i == v.Cursor:
			line = t.Picked.Render(line)
		case row.Seen:
			line = t.Dim.Render(line)
		}
		lines = append(lines, line)
	}
	return Fit(lines, w, h)
}

// example fills w by h cells with the example.
func (v *Triage) example(w, h int) []string { return Fit(v.exampleLines(w, h), w, h) }

// exampleLines draws the example in up to h lines: what it is, why it is suspect, the probabilities and the texts, which get what room is
// left.
func (v *Triage) exampleLines(w, h int) []string {
	t, r := v.Theme, v.Reading
	e := r.Example
	place := t.Dim.Render(fmt.Sprintf("%s of %s", Count(v.Place+1), Count(v.Total)))
	lines := []string{Spread(t.Title.Render("Example")+" "+Clean(e.GUID)+"  "+v.labels(), place, w)}
	if e.Mark != "" {
		lines = append(lines, t.key("mark", t.Warn.Render(e.Mark)))
	}
	for i, line := range Wrap(Clean(v.Reason), w-11) {
		name := ""
		if i == 0 {
			name = "why"
		}
		lines = append(lines, t.key(name, line))
	}
	text := v.texts(w)
	classes := v.classes(w, max(h-len(lines)-min(len(text), 5)-2, 2))
	lines = append(append(lines, classes...), "")
	if room := h - len(lines); len(text) > room && room > 0 {
		text = append(text[:room-1:room-1], t.Dim.Render("… more (i reads it in full)"))
	}
	lines = append(lines, text...)
	if room := h - len(lines) - 1; room >= 9 && len(r.Classes) > 1 {
		lines = append(append(lines, ""), r.chart(w, min(room, 14))...)
	}
	return lines[:min(len(lines), h)]
}

// labels returns the gold label and the one that the model prefers.
func (v *Triage) labels() string {
	t, r := v.Theme, v.Reading
	labels := t.Strong.Render(Clean(r.Example.Gold))
	if v.Suggested != r.Gold {
		labels += " → " + t.Warn.Render(Clean(r.Labels[v.Suggested])) + t.Dim.Render(" ?")
	}
	return labels
}

// texts returns the texts, the two of a pair apart, and the other columns.
func (v *Triage) texts(w int) []string {
	e := v.Reading.Example
	if e.Text == nil || e.Text.Problem != nil {
		return e.text(w)
	}
	if e.Text.First == "" && e.Text.Second == "" && len(e.Text.Columns) == 0 {
		return []string{v.Theme.Dim.Render("This source has no texts.")}
	}
	var lines []string
	if e.Text.First != "" {
		lines = Wrap(Clean(e.Text.First), w)
	}
	if e.Text.Second != "" {
		lines = append(append(lines, ""), Wrap("→ "+Clean(e.Text.Second), w)...)
	}
	if notes := e.notes(w); len(notes) > 0 {
		lines = append(append(lines, ""), notes...)
	}
	return lines
}

// classes returns a line for each class: its name, its probability by epoch as a line of bars, and in numbers for as many of the last
// epochs as fit. If room lines do not take all classes, the gold label and the likeliest ones are shown.
func (v *Triage) classes(w, room int) []string {
	t, r := v.Theme, v.Reading
	epochs := len(r.Classes)
	bars := min(epochs, max((w-className)/4, 1))
	numbers := min(epochs, max((w-className-bars-1)/classColumn, 1))
	heading := Fit([]string{"p by epoch"}, className, 1)[0] + spaces(bars+1)
	for e := epochs - numbers; e < epochs; e++ {
		heading += fmt.Sprintf("%4d ", e+1)
	}
	lines := []string{t.Dim.Render(heading)}
	shown, rest := v.shownClasses(room - 1)
	for _, class := range shown {
		name := Fit([]string{Clean(r.Labels[class])}, className-2, 1)[0]
		style := t.Dim
		switch class {
		case r.Gold:
			name, style = t.Strong.Render(name)+"* ", t.Strong
		case v.Suggested:
			name, style = t.Warn.Render(name)+"? ", t.Warn
		default:
			name += "  "
		}
		trail := make([]float32, bars)
		for k := range trail {
			trail[k] = float32(r.Classes[epochs-bars+k][class])
		}
		line := name + style.Render(Spark(trail)) + " "
		for e := epochs - numbers; e < epochs; e++ {
			line += fmt.Sprintf("%4.2f ", r.Classes[e][class])
		}
		lines = append(lines, line)
	}
	if rest > 0 {
		lines = append(lines, t.Dim.Render(fmt.Sprintf("… %d more classes (i)", rest)))
	}
	return lines
}

// shownClasses returns the classes that room lines show, and the number of the others.
func (v *Triage) shownClasses(room int) (shown []int, rest int) {
	r := v.Reading
	for class := range r.Labels {
		shown = append(shown, class)
	}
	if len(shown) <= room {
		return shown, 0
	}
	mean := make([]float64, len(shown))
	for _, p := range r.Classes {
		for class, value := range p {
			mean[class] += value
		}
	}
	slices.SortStableFunc(shown, func(a, b int) int {
		switch {
		case a == r.Gold || mean[a] > mean[b] && b != r.Gold:
			return -1
		case b == r.Gold || mean[a] < mean[b]:
			return 1
		}
		return 0
	})
	room = max(room-1, min(2, len(shown)))
	return shown[:room], len(shown) - room
}
