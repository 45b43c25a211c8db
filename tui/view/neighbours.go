package view

import (
	"fmt"

	"ftft/datamap/nearest"
)

// Neighbours draws the examples whose embeddings are most similar to that of an example.
type Neighbours struct {
	Theme   *Theme
	Subject Row // the example itself
	Rows    []NeighbourRow
	Cursor  int      // an index into Rows
	Example *Example // the neighbour under the cursor
	None    string   // why there are no neighbours; "" if there are
}

// NeighbourRow is one neighbour.
type NeighbourRow struct {
	Row
	Similarity float64
}

// summary says how many neighbours have another label, and how many are near-duplicates.
func (v *Neighbours) summary() string {
	other, duplicates, contradicting := 0, 0, 0
	for _, row := range v.Rows {
		differs := row.Gold != v.Subject.Gold
		if differs {
			other++
		}
		if row.Similarity >= nearest.Duplicate {
			if duplicates++; differs {
				contradicting++
			}
		}
	}
	text := fmt.Sprintf("%d of %d neighbours have another label", other, len(v.Rows))
	if v.Subject.Gold == "" { // the source has no labels
		text = fmt.Sprintf("%d neighbours", len(v.Rows))
	}
	if text += fmt.Sprintf("; %d near-duplicates", duplicates); duplicates == 1 {
		text = text[:len(text)-1]
	}
	if contradicting > 0 {
		text += fmt.Sprintf(", %d with another label", contradicting)
	}
	return text
}

// neighboursTop is the number of lines above the list.
const neighboursTop = 4

// Draw fills w by h cells.
func (v *Neighbours) Draw(w, h int) []string {
	t := v.Theme
	title := Spread(t.Title.Render("Neighbours")+" of "+Clean(v.Subject.GUID), t.Dim.Render("↑ ↓ choose  enter go there  ~ back"), w)
	if v.None != "" {
		lines := []string{title, ""}
		for _, line := range Wrap(v.None, w-2) {
			lines = append(lines, "  "+line)
		}
		return Fit(lines, w, h)
	}
	lines := []string{
		title,
		t.Warn.Render(v.summary()),
		t.Dim.Render(Spread("  similarity  "+Fit([]string{"label"}, labelCells, 1)[0]+" p(gold)  by epoch, text",
			fmt.Sprintf("= duplicate, from %g", nearest.Duplicate), w)),
		v.line("  itself      ", v.Subject, t.Strong.Render),
	}
	panel := min(max(h-neighboursTop-len(v.Rows)-1, 5), 12)
	for i, row := range v.Rows {
		style := func(texts ...string) string { return texts[0] }
		if row.Gold != v.Subject.Gold {
			style = t.Warn.Render
		}
		sign := "  "
		if row.Similarity >= nearest.Duplicate {
			sign = "= "
		}
		line := v.line(fmt.Sprintf("%s%10.4f  ", sign, row.Similarity), row.Row, style)
		if i == v.Cursor {
			line = t.Picked.Render(Fit([]string{v.line(fmt.Sprintf("%s%10.4f  ", sign, row.Similarity), row.Row, nil)}, w, 1)[0])
		}
		lines = append(lines, line)
	}
	if h-len(lines) < panel { // the list scrolls around the cursor
		room := max(h-panel-neighboursTop, 1)
		first := min(max(v.Cursor-room/2, 0), max(len(v.Rows)-room, 0))
		lines = append(lines[:neighboursTop:neighboursTop], lines[neighboursTop+first:min(neighboursTop+first+room, len(lines))]...)
	}
	lines = append(lines, "")
	return append(Fit(lines, w, min(len(lines), h)), v.Example.Draw(w, max(h-len(lines), 0))...)
}

// labelCells is the width of the column of the labels.
const labelCells = 13

// line returns a row after its beginning. style renders the label; nil = plain.
func (v *Neighbours) line(begin string, row Row, style func(...string) string) string {
	gold := Fit([]string{Clean(row.Gold)}, labelCells, 1)[0]
	if style != nil {
		gold = style(gold)
	}
	return fmt.Sprintf("%s%s %7.2f  %s %s", begin, gold, row.Confidence, Spark(row.Trail), row.Text.Line())
}
