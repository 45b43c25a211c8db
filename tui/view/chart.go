package view

import (
	"math"
	"sort"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/NimbleMarkets/ntcharts/v2/canvas/runes"
)

// curve is one line of a chart, with the band below it and the signs on it.
type curve struct {
	style lipgloss.Style
	entry int     // its index in the legend
	line  *series // drawn one column of dots wide: the mean of the points in each column
	raw   *series // the values before smoothing, whose range in each column is drawn as a band; nil = none
	band  *band   // drawn around a mean; nil = none
	end   rune    // a sign on the line; 0 = none
	marks []mark
	focus bool // whether the chart's heading has the value of this curve
}

// mark is a sign on a curve.
type mark struct {
	x, y float64
	sign rune
}

// chart draws curves in braille dots, 2 by 4 in a cell, between two axes.
type chart struct {
	theme     *Theme
	w, h      int // cells, with the axes
	axis      XAxis
	x, y      scale
	crosshair bool
	cross     float64 // the x of the crosshair
	bare      bool    // the x axis has no unit
}

// The cells that the axes take: labels and line of the y axis, line and labels of the x axis.
const chartLeft, chartBelow = 6, 2

// canvas is the cells between the axes, each with the style that it is drawn in.
type canvas struct {
	w, h  int
	cells []rune // [w*h] row by row; 0 = empty
	inks  []int  // [w*h] indices into pens
	pens  []pen
}

// pen is a style: the escape sequences before and after a text.
type pen struct{ on, off string }

// penOf returns the escape sequences of a style.
func penOf(style lipgloss.Style) pen {
	on, off, _ := strings.Cut(style.Render("x"), "x")
	return pen{on, off}
}

// draw draws bands first, then the crosshair, lines and, on top, marks. Later curves cover earlier ones.
func (c *chart) draw(curves []curve) []string {
	paper := &canvas{w: c.w - chartLeft, h: c.h - chartBelow}
	paper.cells, paper.inks = make([]rune, paper.w*paper.h), make([]int, paper.w*paper.h)
	for _, curve := range curves {
		if curve.band != nil {
			c.layer(paper, curve.style.Faint(true), c.bandGlyph(), func(grid *runes.PatternDotsGrid) { c.shade(grid, curve.band.at) })
		}
		if curve.raw != nil {
			c.layer(paper, curve.style.Faint(true), c.bandGlyph(), func(grid *runes.PatternDotsGrid) { c.shade(grid, curve.raw.spread) })
		}
	}
	c.drawCross(paper)
	for _, curve := range curves {
		c.layer(paper, curve.style, 0, func(grid *runes.PatternDotsGrid) { c.trace(grid, curve.line) })
		if curve.end != 0 {
			c.sign(paper, &curve, len(paper.pens)-1)
		}
	}
	for _, curve := range curves {
		if len(curve.marks) == 0 {
			continue
		}
		paper.pens = append(paper.pens, penOf(curve.style.Bold(true)))
		for _, mark := range curve.marks {
			c.stamp(paper, mark, len(paper.pens)-1)
		}
	}
	return c.frame(paper)
}

// sign stamps the curve's sign on the end of its visible part and on the middle. The signs of curves that end together are apart.
func (c *chart) sign(paper *canvas, curve *curve, ink int) {
	line := curve.line
	first, last := line.from(c.x.from), line.from(math.Nextafter(c.x.to, math.Inf(1)))-1
	if first > last {
		return
	}
	c.stamp(paper, mark{line.x[last], line.y[last], curve.end}, ink)
	from, to := line.x[first], line.x[last]
	if x := from + (to-from)*(0.45+0.1*float64(curve.entry%3)); paper.w >= 2*signRoom {
		c.stamp(paper, mark{x, line.along(x), curve.end}, ink)
	}
}

// signRoom is the number of cells for each sign on a curve.
const signRoom = 12

// bandGlyph returns the character that bands are drawn in, 0 for braille. Without colours their dots would look like lines.
func (c *chart) bandGlyph() rune {
	if c.theme.Glyphs {
		return '·'
	}
	return 0
}

// layer draws dots in one style onto the canvas. A cell with dots gets their braille character or, if it is not 0, the given one.
func (c *chart) layer(paper *canvas, style lipgloss.Style, as rune, draw func(*runes.PatternDotsGrid)) {
	grid := runes.NewPatternDotsGrid(2*paper.w, 4*paper.h)
	draw(grid)
	paper.pens = append(paper.pens, penOf(style))
	for y, row := range grid.BraillePatterns() {
		for x, glyph := range row {
			if glyph != runes.BrailleBlockOffset && glyph != 0 {
				if as != 0 {
					glyph = as
				}
				paper.cells[y*paper.w+x], paper.inks[y*paper.w+x] = glyph, len(paper.pens)-1
			}
		}
	}
}

// stamp writes a sign into the cell of a point, if it is in view.
func (c *chart) stamp(paper *canvas, m mark, ink int) {
	x, y := c.dot(m.x, m.y)
	column, row := int(math.Round(x))/2, int(math.Round(y))/4
	if x >= 0 && y >= 0 && column < paper.w && row < paper.h {
		paper.cells[row*paper.w+column], paper.inks[row*paper.w+column] = m.sign, ink
	}
}

// drawCross draws the vertical line of the crosshair.
func (c *chart) drawCross(paper *canvas) {
	share := c.x.share(c.cross)
	if !c.crosshair || !(share >= 0 && share <= 1) {
		return
	}
	paper.pens = append(paper.pens, penOf(c.theme.Dim))
	column := int(math.Round(share*float64(2*paper.w-1))) / 2
	for y := range paper.h {
		paper.cells[y*paper.w+column], paper.inks[y*paper.w+column] = '│', len(paper.pens)-1
	}
}

// dot returns where a point lies, in dots from the top left. It is NaN for a point that the scales cannot place.
func (c *chart) dot(x, y float64) (column, row float64) {
	right, bottom := c.corner()
	return c.x.share(x) * right, bottom * (1 - c.y.share(y))
}

// corner returns the position of the bottom right dot.
func (c *chart) corner() (right, bottom float64) {
	return float64(2*(c.w-chartLeft) - 1), float64(4*(c.h-chartBelow) - 1)
}

// trace sets the dots of a line. Points that share a column of dots are drawn as their mean, so that the line is one column wide and
// the cost depends on the width.
func (c *chart) trace(grid *runes.PatternDotsGrid, s *series) {
	right, _ := c.corner()
	last := min(s.from(c.x.to)+1, len(s.x)) // with one point beyond each edge, for the lines that lead there
	column := func(i int) float64 { return math.Round(c.x.share(s.x[i]) * right) }
	fromX, fromY := math.NaN(), math.NaN()
	for i := max(s.from(c.x.from)-1, 0); i < last; {
		here := column(i)
		end := i + 1 + sort.Search(last-i-1, func(k int) bool { return column(i+1+k) > here })
		_, y := c.dot(0, s.mean(i, end))
		c.line(grid, fromX, fromY, here, y)
		c.line(grid, here, y, here, y)
		fromX, fromY, i = here, y, end
	}
}

// line sets the dots between two points, as far as they are in view. A line from or to NaN is not drawn.
func (c *chart) line(grid *runes.PatternDotsGrid, x0, y0, x1, y1 float64) {
	right, bottom := c.corner()
	x0, y0, x1, y1, inside := clip(x0, y0, x1, y1, right+0.49, bottom+0.49)
	if !inside {
		return
	}
	dots := max(math.Ceil(max(math.Abs(x1-x0), math.Abs(y1-y0))), 1)
	for k := 0.0; k <= dots; k++ {
		grid.Set(int(math.Round(x0+(x1-x0)*k/dots)), int(math.Round(y0+(y1-y0)*k/dots)))
	}
}

// clip cuts a line to the rectangle from -0.49 to right and bottom (Liang and Barsky, 1984).
func clip(x0, y0, x1, y1, right, bottom float64) (_, _, _, _ float64, inside bool) {
	const edge = -0.49
	dx, dy, from, to := x1-x0, y1-y0, 0.0, 1.0
	if math.IsNaN(dx) || math.IsNaN(dy) || math.IsInf(dx, 0) || math.IsInf(dy, 0) {
		return x0, y0, x1, y1, false
	}
	for _, side := range [4][2]float64{{-dx, x0 - edge}, {dx, right - x0}, {-dy, y0 - edge}, {dy, bottom - y0}} {
		switch outward, room := side[0], side[1]; {
		case outward == 0 && room < 0:
			return x0, y0, x1, y1, false
		case outward < 0:
			from = max(from, room/outward)
		case outward > 0:
			to = min(to, room/outward)
		}
	}
	return x0 + from*dx, y0 + from*dy, x0 + to*dx, y0 + to*dy, from <= to
}

// yTicks returns about how many ticks the y axis has.
func (c *chart) yTicks() int { return max((c.h-chartBelow)/4, 2) }

// dots returns the number of columns of dots.
func (c *chart) dots() int { return 2 * (c.w - chartLeft) }

// frame adds the axes to a canvas.
func (c *chart) frame(paper *canvas) []string {
	labels := make([]string, paper.h)
	for _, tick := range c.y.ticks(c.yTicks()) {
		row := int(math.Round((1 - c.y.share(tick)) * float64(paper.h-1)))
		if text := brief(tick); row >= 0 && row < paper.h && len(text) < chartLeft {
			labels[row] = text
		}
	}
	lines := make([]string, 0, c.h)
	for y, label := range labels {
		margin, axis := spaces(chartLeft-1), "│"
		if label != "" {
			margin, axis = c.theme.Dim.Render(spaces(chartLeft-1-len(label))+label), "┤"
		}
		lines = append(lines, margin+axis+paper.row(y))
	}
	return append(lines, c.xAxis(paper.w)...)
}

// xAxis returns the x axis and its labels. The last label has the unit.
func (c *chart) xAxis(width int) []string {
	ticks := c.x.ticks(max(width/10, 2))
	if c.axis == ByTime {
		ticks = c.x.timeTicks(max(width/10, 2))
	}
	axis, labels := []rune(strings.Repeat("─", width)), []byte(strings.Repeat(" ", width+chartLeft))
	free, end := 0, len(labels) // the cells that are free for labels
	label := func(tick float64, text string) (at int) {
		column := min(max(int(math.Round(c.x.share(tick)*float64(width-1))), 0), width-1)
		at = min(max(chartLeft+column-len(c.axis.label(tick))/2, 0), len(labels)-len(text))
		if at < free || at+len(text) > end {
			return -1
		}
		axis[column] = '┬'
		copy(labels[at:], text)
		return at
	}
	if n := len(ticks); n > 0 && c.axis.unit() != "" && !c.bare {
		if at := label(ticks[n-1], c.axis.label(ticks[n-1])+" "+c.axis.unit()); at >= 0 {
			end, ticks = at-1, ticks[:n-1]
		}
	}
	for _, tick := range ticks {
		text := c.axis.label(tick)
		if at := label(tick, text); at >= 0 {
			free = at + len(text) + 1
		}
	}
	return []string{spaces(chartLeft-1) + "└" + string(axis), c.theme.Dim.Render(string(labels))}
}

// row encodes one row of cells, with one pair of escape sequences for neighbours of the same style.
func (p *canvas) row(y int) string {
	var b strings.Builder
	cells, inks := p.cells[y*p.w:(y+1)*p.w], p.inks[y*p.w:]
	for x := 0; x < p.w; {
		if cells[x] == 0 {
			b.WriteByte(' ')
			x++
			continue
		}
		pen := p.pens[inks[x]]
		b.WriteString(pen.on)
		for ink := inks[x]; x < p.w && cells[x] != 0 && inks[x] == ink; x++ {
			b.WriteRune(cells[x])
		}
		b.WriteString(pen.off)
	}
	return b.String()
}
