package view

import (
	"fmt"
	"strings"
)

// legend returns the runs' names in their colours and the meaning of the marks.
func (c *Curves) legend(w int) []string {
	var names []string
	stopped := false
	for i, d := range c.Runs {
		if d.Run.Start == nil {
			continue
		}
		stopped = stopped || d.Run.Status.Finish != nil && d.Run.Status.Finish.StoppedEarly
		if seeds := c.seeds(i); len(seeds) <= 1 || seeds[len(seeds)-1] == i {
			names = append(names, c.entry(i))
		}
	}
	if stopped {
		names = append(names, c.Theme.Dim.Render("● best ■ stopped early"))
	}
	return Wrap(strings.Join(names, "  "), w)
}

// entry returns the legend of one run, or of the arm whose mean is drawn instead.
func (c *Curves) entry(i int) string {
	name, sign := Clean(c.Runs[i].Name), c.Runs[i].sign()
	if seeds := c.seeds(i); len(seeds) > 1 {
		i, name = min(seeds[0], seeds[len(seeds)-1]), fmt.Sprintf("%s (%d seeds)", Clean(c.Runs[i].Arm), len(seeds))
		if !c.Theme.Glyphs {
			sign = "━"
		}
	} else if c.Runs[i].Run == c.Focus {
		name += "*"
	}
	return c.Theme.SeriesStyle(c.Runs[i].Colour).Render(sign + " " + name)
}

// values returns a table of the curves' values at the crosshair, in at most h lines. A curve's value is that of its last point
// at or before the crosshair.
func (c *Curves) values(w, h int) []string {
	shown := ChartSets[c.Set]
	name := min(26, w/3)
	column := min(16, (w-name)/len(shown))
	at := "at " + c.XAxis.label(c.CrosshairX)
	if c.XAxis != ByTime { // whose label has a unit
		unit, _, _ := strings.Cut(c.XAxis.String(), ",")
		at += " " + unit
	}
	head := Fit([]string{c.Theme.Strong.Render(at)}, name, 1)[0]
	rows := map[string]string{}
	var order []string
	for k, chart := range shown {
		head += Fit([]string{chartTitles[chart]}, column-1, 1)[0] + " "
		for _, curve := range c.curvesOf(chart, w) {
			row, known := rows[curve.name]
			if !known {
				order = append(order, curve.name)
				label := Clean(curve.name)
				if curve.focus {
					label += "*"
				}
				if curve.end != 0 {
					label = string(curve.end) + " " + label
				} else {
					label = "━ " + label
				}
				row = curve.style.Render(Fit([]string{label}, name-1, 1)[0]) + " "
			}
			rows[curve.name] = row + Fit([]string{c.value(chart, curve, column)}, column, 1)[0]
		}
		for key, row := range rows { // the column of a curve that this chart lacks stays empty
			rows[key] = Fit([]string{row}, name+column*(k+1), 1)[0]
		}
	}
	lines := []string{c.Theme.Dim.Render(head)}
	for k := len(order) - 1; k >= 0; k-- { // the focus first
		if len(lines) == h-1 && k > 0 {
			return append(lines, c.Theme.Dim.Render(fmt.Sprintf("and %d more", k+1)))
		}
		lines = append(lines, rows[order[k]])
	}
	return lines
}

// value formats a curve's value at the crosshair, with the raw value or the band if they fit w cells.
func (c *Curves) value(chart Chart, curve curve, w int) string {
	y, known := curve.line.at(c.CrosshairX)
	if !known {
		return "-"
	}
	text := format(chart, y)
	if w < 16 {
		return text
	}
	if c.CrosshairX > curve.line.x[len(curve.line.x)-1] {
		return text + c.Theme.Dim.Render(" (last)")
	}
	if curve.raw != nil {
		raw, _ := curve.raw.at(c.CrosshairX)
		text += c.Theme.Dim.Render(" raw " + format(chart, raw))
	}
	if curve.band != nil {
		low, _ := (&series{x: curve.band.x, y: curve.band.low}).at(c.CrosshairX)
		high, _ := (&series{x: curve.band.x, y: curve.band.high}).at(c.CrosshairX)
		text += c.Theme.Dim.Render(fmt.Sprintf(" %s–%s", format(chart, low), format(chart, high)))
	}
	return text
}
