package view

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/NimbleMarkets/ntcharts/v2/canvas/runes"
)

// curve is one line of a chart. Points ascend in x.
type curve struct {
	style  lipgloss.Style
	mark   rune // over its last point; 0 = none
	points []point
}

type point struct{ x, y float64 }

// chart draws curves in Braille dots over steps from 0 to maxX, and a y axis from low to high.
type chart struct {
	theme           *Theme
	w, h            int // of the whole, axes included
	maxX, low, high float64
}

// The cells that a chart's axes take: the labels of y and the line; the line of x and its labels.
const chartLeft, chartBelow = 5, 2

// draw lays later curves over earlier ones.
func (c *chart) draw(curves []curve) []string {
	width, height := c.w-chartLeft, c.h-chartBelow
	cells := make([]rune, width*height)
	owner := make([]int, width*height)
	for i, curve := range curves {
		grid := runes.NewPatternDotsGrid(2*width, 4*height)
		for k, to := range curve.points {
			c.line(grid, curve.points[max(k-1, 0)], to)
		}
		for y, row := range grid.BraillePatterns() {
			for x, glyph := range row {
				if glyph != runes.BrailleBlockOffset && glyph != 0 {
					cells[y*width+x], owner[y*width+x] = glyph, i
				}
			}
		}
		if curve.mark != 0 {
			x, y := c.dot(curve.points[len(curve.points)-1])
			cell := int(y)/4*width + int(x)/2
			cells[cell], owner[cell] = curve.mark, i
		}
	}
	lines := make([]string, 0, c.h)
	for y := range height {
		lines = append(lines, c.label(y, height)+"│"+row(cells[y*width:(y+1)*width], owner[y*width:], curves))
	}
	last := short(int(c.maxX))
	return append(lines, spaces(chartLeft-1)+"└"+strings.Repeat("─", width), c.theme.Dim.Render(spaces(chartLeft)+Spread("0", last, width)))
}

// row encodes one row of cells, each in the style of the curve that owns it.
func row(cells []rune, owner []int, curves []curve) string {
	var b strings.Builder
	for x := 0; x < len(cells); {
		end := x
		for end < len(cells) && cells[end] != 0 && owner[end] == owner[x] {
			end++
		}
		if end == x {
			b.WriteByte(' ')
			x++
			continue
		}
		b.WriteString(curves[owner[x]].style.Render(string(cells[x:end])))
		x = end
	}
	return b.String()
}

func (c *chart) label(y, height int) string {
	switch y {
	case 0:
		return c.theme.Dim.Render(fmt.Sprintf("%4.2f", c.high))
	case height - 1:
		return c.theme.Dim.Render(fmt.Sprintf("%4.2f", c.low))
	}
	return spaces(chartLeft - 1)
}

// line sets the dots from one point to the next.
func (c *chart) line(grid *runes.PatternDotsGrid, from, to point) {
	x0, y0 := c.dot(from)
	x1, y1 := c.dot(to)
	dots := max(math.Abs(x1-x0), math.Abs(y1-y0), 1)
	for k := 0.0; k <= dots; k++ {
		grid.Set(int(math.Round(x0+(x1-x0)*k/dots)), int(math.Round(y0+(y1-y0)*k/dots)))
	}
}

func (c *chart) dot(p point) (x, y float64) {
	right, bottom := float64(2*(c.w-chartLeft)-1), float64(4*(c.h-chartBelow)-1)
	x = min(p.x/c.maxX, 1) * right
	y = bottom * (1 - min(max((p.y-c.low)/(c.high-c.low), 0), 1))
	return x, y
}
