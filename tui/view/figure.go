package view

import (
	"image/color"

	"charm.land/lipgloss/v2"

	"ftft/datamap/figure"
)

// Figure returns the charts of the set as a figure for a file, in the theme's colours. ink is the colour of what has none.
func (c *Curves) Figure(title string, ink color.Color) figure.Curves {
	f := figure.Curves{Title: title, XName: c.XAxis.String()}
	window := c.Window.within(c.End())
	coloured := func(style lipgloss.Style) color.Color {
		if colour := style.GetForeground(); colour != (lipgloss.NoColor{}) {
			return colour
		}
		return ink
	}
	for _, chart := range ChartSets[c.Set] {
		drawn := figure.Chart{Name: chartTitles[chart], From: window.From, To: window.To, Log: c.Log}
		for _, curve := range c.curvesOf(chart, 1000) {
			colour := coloured(curve.style)
			if curve.band != nil {
				drawn.Lines = append(drawn.Lines, figure.Line{X: curve.band.x, Y: curve.band.low, Colour: colour, Faint: true},
					figure.Line{X: curve.band.x, Y: curve.band.high, Colour: colour, Faint: true})
			}
			if curve.raw != nil {
				drawn.Lines = append(drawn.Lines, figure.Line{X: curve.raw.x, Y: curve.raw.y, Colour: colour, Faint: true})
			}
			drawn.Lines = append(drawn.Lines, figure.Line{X: curve.line.x, Y: curve.line.y, Colour: colour})
		}
		f.Charts = append(f.Charts, drawn)
	}
	for i, d := range c.Runs {
		if d.Run.Start == nil {
			continue
		}
		if seeds := c.seeds(i); len(seeds) <= 1 {
			f.Legend = append(f.Legend, figure.Entry{Name: d.Name, Colour: coloured(c.Theme.SeriesStyle(d.Colour))})
		} else if seeds[len(seeds)-1] == i {
			colour := coloured(c.Theme.SeriesStyle(c.Runs[min(seeds[0], i)].Colour))
			f.Legend = append(f.Legend, figure.Entry{Name: d.Arm + ", " + c.SeedMode.String(), Colour: colour})
		}
	}
	return f
}
