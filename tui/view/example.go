package view

import (
	"fmt"
	"slices"
	"strings"
)

// Text is an example's text as its data file has it.
type Text struct {
	First, Second string            // Second is empty unless the example is a pair
	Columns       map[string]string // the other columns
	Unchecked     bool              // whether the texts are those of the training is unknown
	Problem       error             // why it could not be read
}

// textsComing stands in the place of texts until they have been read. The first one of a run takes the time to read its data.
const textsComing = "Reading the texts …"

// Line returns a text or a pair on one line, or why it is not there. A nil text is being read.
func (t *Text) Line() string {
	switch {
	case t == nil:
		return textsComing
	case t.Problem != nil:
		return "(no text: " + Clean(t.Problem.Error()) + ")"
	case t.Second == "":
		return Clean(t.First)
	}
	return Clean(t.First) + " → " + Clean(t.Second)
}

// Example draws one example with its trail.
type Example struct {
	Theme                   *Theme
	GUID, Gold              string
	Place, Total            int // the example's place in the list from 0 (-1 = not in it), and the list's length
	Confidence, Variability float64
	Correct, Epochs         int       // -1 and 0 = unknown
	Trail                   []float32 // p(gold) by epoch
	Text                    *Text     // nil while it is being read
	Mark                    string    // the user's marks; "" = none
	None                    string    // why there is no example; "" if there is one
}

// Draw fills w by h cells.
func (e *Example) Draw(w, h int) []string {
	t := e.Theme
	if e.None != "" {
		lines := []string{t.Title.Render("Example")}
		for _, line := range Wrap("none: "+e.None, w) {
			lines = append(lines, t.Dim.Render(line))
		}
		return Fit(lines, w, h)
	}
	place := fmt.Sprintf("%s of %s", Count(e.Place+1), Count(e.Total))
	if e.Place < 0 {
		place = "not in the list"
	}
	lines := []string{
		Spread(t.Title.Render("Example")+" "+Clean(e.GUID), t.Dim.Render(place), w),
		t.key("gold", fmt.Sprintf("%s  %s", t.Strong.Render(Clean(e.Gold)), t.Dim.Render(e.correct()))),
		t.key("p(gold)", e.trail()),
		t.key("confidence", fmt.Sprintf("%.3f  %s", e.Confidence, t.Dim.Render(fmt.Sprintf("variability %.3f", e.Variability)))),
	}
	if e.Mark != "" {
		lines = append(lines, t.key("mark", t.Warn.Render(e.Mark)))
	}
	return Fit(append(lines, e.text(w)...), w, h)
}

// correct says in how many epochs the example was predicted correctly, "" if that is unknown.
func (e *Example) correct() string {
	switch {
	case e.Correct < 0:
		return ""
	case e.Epochs == 0:
		return fmt.Sprintf("correct in %d epochs", e.Correct)
	}
	return fmt.Sprintf("correct in %d of %d", e.Correct, e.Epochs)
}

// trail returns the gold label's probability by epoch, as a sparkline and in numbers.
func (e *Example) trail() string {
	var numbers strings.Builder
	for _, p := range e.Trail {
		fmt.Fprintf(&numbers, " %.2f", p)
	}
	return Spark(e.Trail) + e.Theme.Dim.Render(numbers.String())
}

// text returns the texts and the other columns, or why they could not be read.
func (e *Example) text(w int) []string {
	t := e.Theme
	switch {
	case e.Text == nil:
		return []string{t.Dim.Render(textsComing)}
	case e.Text.Problem != nil:
		var lines []string
		for _, line := range Wrap(Clean(e.Text.Problem.Error()), w) {
			lines = append(lines, t.Warn.Render(line))
		}
		return lines
	}
	lines := Wrap(Clean(e.Text.First), w)
	if e.Text.Second != "" {
		lines = append(lines, Wrap("→ "+Clean(e.Text.Second), w)...)
	}
	return append(lines, e.notes(w)...)
}

// unchecked returns what says that the texts may not be those of the training, nothing if they are.
func (e *Example) unchecked(w int) []string {
	if !e.Text.Unchecked {
		return nil
	}
	return e.Theme.wrapped("Found by guid, not checked: the run's manifest has no hash of its data.", w, e.Theme.Warn)
}

// notes returns the columns other than the texts, after what unchecked returns.
func (e *Example) notes(w int) (lines []string) {
	lines = e.unchecked(w)
	var notes []string
	for name, value := range e.Text.Columns {
		if value != "" {
			notes = append(notes, Clean(name)+" "+Clean(value))
		}
	}
	slices.Sort(notes)
	if len(notes) > 0 {
		for _, line := range Wrap(strings.Join(notes, " · "), w) {
			lines = append(lines, e.Theme.Dim.Render(line))
		}
	}
	return lines
}

// Row is one line of the list of examples.
type Row struct {
	GUID, Gold              string
	Confidence, Variability float64
	Trail                   []float32
	Text                    *Text
	Mark                    string // one cell that stands for the mark
	SortValue               string // the value that the list is sorted by, if no other column shows it
	Found                   bool   // whether a search has found it
}

// Examples draws the selection as a list, with the example under the cursor in full below.
type Examples struct {
	Theme   *Theme
	Title   string // describes the selection
	Listed  string // describes the sorting and the filters
	Rows    []Row  // the rows in view, up to ExampleRoom
	Cursor  int    // an index into Rows
	Example *Example
}

// ExampleRoom returns how many rows fit a list of examples of height h.
func ExampleRoom(h int) int { return max(h-examplePanel(h)-2, 1) }

// examplePanel returns the height of the example below the list.
func examplePanel(h int) int { return min(max(h/3, 5), 12) }

// Draw fills w by h cells.
func (e *Examples) Draw(w, h int) []string {
	if len(e.Rows) == 0 {
		return Fit([]string{e.Theme.Title.Render(e.Title), e.Theme.Dim.Render(e.Listed), "", "  No examples: " + e.Example.None + "."}, w, h)
	}
	lines := []string{e.Theme.Title.Render(e.Title), e.Theme.Dim.Render(e.Listed)}
	for i, row := range e.Rows {
		lines = append(lines, e.line(row, i == e.Cursor, w))
	}
	panel := examplePanel(h)
	return append(Fit(lines, w, h-panel), e.Example.Draw(w, panel)...)
}

// line returns one row of the list; current means that the cursor is on it.
func (e *Examples) line(row Row, current bool, w int) string {
	text := row.Text.Line()
	mark := row.Mark
	if row.Found {
		mark = "●"
	}
	if row.SortValue != "" {
		text = row.SortValue + " " + text
	}
	guid, gold := Fit([]string{Clean(row.GUID)}, 14, 1)[0], Fit([]string{Clean(row.Gold)}, 13, 1)[0]
	line := fmt.Sprintf("%s%s %s %.2f ±%.2f %s %s", mark, guid, gold, row.Confidence, row.Variability, Spark(row.Trail), text)
	if current {
		return e.Theme.Picked.Render(Fit([]string{line}, w, 1)[0])
	}
	return line
}
