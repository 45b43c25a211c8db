package view

import (
	"fmt"
	"strings"
)

// legend names the runs in their colours, in as many lines as it takes, with what their marks say.
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

// entry is a run's name, or that of the arm whose mean stands for it, with the sign of its curve.
func (c *Curves) entry(i int) string {
	name := Clean(c.Runs[i].Name)
	if seeds := c.seeds(i); len(seeds) > 1 {
		i, name = min(seeds[0], seeds[len(seeds)-1]), fmt.Sprintf("%s (%d seeds)", Clean(c.Runs[i].Arm), len(seeds))
	} else if c.Runs[i].Run == c.Focus {
		name += "*"
	}
	return c.Theme.SeriesStyle(i).Render(string(c.sign(i)) + " " + name)
}

// values is a table of what the curves are at the crosshair, in at most h lines: the last value known there.
func (c *Curves) values(w, h int) []string {
	shown := ChartSets[c.Set]
	name := min(26, w/3)
	column := min(16, (w-name)/len(shown))
	head := Fit([]string{c.Theme.Strong.Render("at " + c.XAxis.write(c.CrosshairX) + " " + strings.Split(c.XAxis.String(), ",")[0])}, name, 1)[0]
	rows := map[string]string{}
	var order []string
	for _, chart := range shown {
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
		for key, row := range rows { // a curve that this chart lacks leaves its column empty
			rows[key] = Fit([]string{row}, name+column*(indexOf(shown, chart)+1), 1)[0]
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

func indexOf(charts []Chart, chart Chart) int {
	for i, c := range charts {
		if c == chart {
			return i
		}
	}
	return -1
}

// value is a curve's at the crosshair, in w cells: with the raw one where it is smoothed, with its band's where it is a mean
// and there is room.
func (c *Curves) value(chart Chart, of curve, w int) string {
	y, known := of.line.at(c.CrosshairX)
	if !known {
		return "-"
	}
	text := figure(chart, y)
	if w < 16 {
		return text
	}
	if c.CrosshairX > of.line.x[len(of.line.x)-1] {
		return text + c.Theme.Dim.Render(" (last)")
	}
	if of.raw != nil {
		raw, _ := of.raw.at(c.CrosshairX)
		text += c.Theme.Dim.Render(" raw " + figure(chart, raw))
	}
	if of.band != nil {
		low, _ := (&series{x: of.band.x, y: of.band.low}).at(c.CrosshairX)
		high, _ := (&series{x: of.band.x, y: of.band.high}).at(c.CrosshairX)
		text += c.Theme.Dim.Render(fmt.Sprintf(" %s–%s", figure(chart, low), figure(chart, high)))
	}
	return text
}
