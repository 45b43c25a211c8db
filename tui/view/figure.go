package view

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"

	"ftft/datamap/figure"
)

// The columns in which a figure draws the means of long curves and the bands around them, and the ticks of its y axes.
const figureColumns, bandColumns, figureTicks = 400, 100, 5

// Figure returns the charts of the set as a figure for a file, in the theme's colours. ink is the colour of what has none.
func (c *Curves) Figure(title string, ink color.Color) figure.Curves {
	f := figure.Curves{Title: title, XName: c.XAxis.String()}
	switch c.XAxis {
	case ByTime:
		f.XName = "training time, s"
	case ByCompute:
		f.XName = "TFLOP, reference included" // the width of a chart
	}
	window := c.Window.within(c.End())
	coloured := func(style lipgloss.Style) color.Color {
		if colour := style.GetForeground(); colour != (lipgloss.NoColor{}) {
			return colour
		}
		return ink
	}
	for _, chart := range ChartSets[c.Set] {
		drawn := figure.Chart{Name: chartTitles[chart], Details: c.details(chart, figureColumns), From: window.From, To: window.To, Log: c.Log}
		curves := c.curvesOf(chart, figureColumns)
		if y, found := c.yScale(chart, curves, window, figureTicks); found {
			drawn.Low, drawn.High = y.from, y.to
		}
		for _, curve := range curves {
			colour := coloured(curve.style)
			around := curve.band
			if curve.raw != nil {
				_, around = curve.raw.columns(window.From, window.To, bandColumns)
			}
			if around != nil {
				drawn.Bands = append(drawn.Bands, figure.Band{X: around.x, Low: around.low, High: around.high, Colour: colour})
			}
			line, _ := curve.line.columns(window.From, window.To, figureColumns)
			drawn.Lines = append(drawn.Lines, figure.Line{X: line.x, Y: line.y, Colour: colour, Name: letter(curve.end)})
			for _, m := range curve.marks {
				drawn.Marks = append(drawn.Marks, figure.Mark{X: m.x, Y: m.y, Shape: shapes[m.sign], Colour: colour})
			}
		}
		f.Charts = append(f.Charts, drawn)
	}
	for _, e := range c.entries() {
		f.Legend = append(f.Legend, figure.Entry{
			Name: strings.TrimSpace(letter(e.letter) + " " + e.name), Colour: coloured(c.Theme.SeriesStyle(e.colour)),
		})
	}
	if c.meaning() != "" {
		f.Legend = append(f.Legend, figure.Entry{Name: "best", Colour: ink, Shape: figure.Dot},
			figure.Entry{Name: "stopped early", Colour: ink, Shape: figure.Square})
	}
	return f
}

// shapes are the marks of figures.
var shapes = map[rune]figure.Shape{bestMark: figure.Dot, stopMark: figure.Square}

// letter returns a letter as a text, "" for none.
func letter(r rune) string {
	if r == 0 {
		return ""
	}
	return string(r)
}
