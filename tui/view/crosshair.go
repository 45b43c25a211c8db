package view

import (
	"fmt"
	"strings"
)

// legend returns the names of what is drawn, in front first, and the meaning of the marks, in at most h lines.
func (c *Curves) legend(w, h int) []string {
	entries := c.entries()
	for shown := len(entries); ; shown-- {
		var list []string
		for _, e := range entries[:shown] {
			list = append(list, e.label(c.Theme))
		}
		if more := len(entries) - shown; more > 0 {
			list = append(list, c.Theme.Dim.Render(fmt.Sprintf("and %d more", more)))
		}
		if meaning := c.meaning(); meaning != "" {
			list = append(list, c.Theme.Dim.Render(meaning))
		}
		if lines := Flow(list, w); len(lines) <= h || shown == 0 {
			return lines
		}
	}
}

// meaning explains the marks on the curves, if there are any.
func (c *Curves) meaning() string {
	for _, e := range c.entries() {
		finish := c.Runs[e.runs[0]].Run.Status.Finish
		if len(e.runs) == 1 && (c.Replaying || finish != nil && finish.StoppedEarly) {
			return string(bestMark) + " best " + string(stopMark) + " stopped early"
		}
	}
	return ""
}

// shortTitles are the titles of the quantities in few cells.
var shortTitles = [charts]string{"loss", "ID", "OOD", "rate", "norm"}

// values returns the legend with the curves' values at the crosshair, as a table of at most h lines. A curve's value is that of its
// last point at or before the crosshair.
func (c *Curves) values(w, h int) []string {
	shown, entries := ChartSets[c.Set], c.entries()
	longest := 0
	for _, e := range entries {
		longest = max(longest, Width(e.label(c.Theme)))
	}
	name := min(max(longest+1, 20), max(w-8*len(shown), w/3))
	column := min(17, (w-name)/len(shown))
	at := "at " + c.XAxis.label(c.CrosshairX)
	if unit := c.XAxis.unit(); unit != "" {
		at += " " + unit
	}
	lines := []string{c.Theme.Strong.Render(cell(at, name))}
	for range entries {
		lines = append(lines, "")
	}
	for k, e := range entries {
		lines[k+1] = cell(e.label(c.Theme), name)
	}
	for _, chart := range shown {
		title := chartTitles[chart]
		if column < 15 {
			title = shortTitles[chart]
		}
		lines[0] += c.Theme.Dim.Render(cell(title, column))
		texts := make([]string, len(entries))
		for _, curve := range c.curvesOf(chart, w) {
			texts[curve.entry] = c.value(chart, curve, column-1)
		}
		for k, text := range texts {
			lines[k+1] += cell(text, column)
		}
	}
	if meaning := c.meaning(); meaning != "" && Width(lines[0])+Width(meaning) < w {
		lines[0] = Spread(lines[0], c.Theme.Dim.Render(meaning), w)
	}
	if len(lines) > h {
		more := len(lines) - h + 1
		lines = append(lines[:h-1], c.Theme.Dim.Render(fmt.Sprintf("and %d more", more)))
	}
	return lines
}

// cell cuts and pads a text to a column of w cells, with a space at its end.
func cell(text string, w int) string { return Fit([]string{text}, max(w-1, 0), 1)[0] + " " }

// value formats a curve's value at the crosshair, with the mean or the band at its column of dots if they fit w cells.
func (c *Curves) value(chart Chart, curve curve, w int) string {
	y, known := curve.line.at(c.CrosshairX)
	if !known {
		return "-"
	}
	text, more := format(chart, y), ""
	switch {
	case c.CrosshairX > curve.line.x[len(curve.line.x)-1]:
		more = "(last)"
	case curve.raw != nil && curve.raw != curve.line:
		raw, _ := curve.raw.at(c.CrosshairX)
		more = "raw " + format(chart, raw)
	case curve.band != nil:
		low, _ := (&series{x: curve.band.x, y: curve.band.low}).at(c.CrosshairX)
		high, _ := (&series{x: curve.band.x, y: curve.band.high}).at(c.CrosshairX)
		more = fmt.Sprintf("%s–%s", strings.TrimPrefix(format(chart, low), "0"), strings.TrimPrefix(format(chart, high), "0"))
	}
	return Line([]Part{{Text: text}, {Text: c.Theme.Dim.Render(more), Rank: 1}}, " ", w)
}
