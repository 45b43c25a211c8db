package figure

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
)

// Curves is a page of charts with one legend.
type Curves struct {
	Title  string
	XName  string
	Charts []Chart
	Legend []Entry
}

// A Chart shows one quantity. Values that are not finite, and values that are not above zero on a logarithmic axis, are gaps.
type Chart struct {
	Name      string
	Details   []string // of the name, in several lengths: the first that fits stands after the name
	From, To  float64  // range of the x axis; From = To means all values
	Low, High float64  // range of the y axis; Low = High means the values drawn
	Log       bool     // the y axis is logarithmic
	Bands     []Band   // behind all lines
	Lines     []Line   // later lines are drawn over earlier ones
	Marks     []Mark   // over all lines
}

// A Line is a curve. X and Y have equal length, and X ascends. A name stands at its end.
type Line struct {
	X, Y   []float64
	Colour color.Color
	Name   string // a letter or two; empty = none
}

// A Band is the area between two curves over the same X, which ascends, in a light shade of its colour.
type Band struct {
	X, Low, High []float64
	Colour       color.Color
}

// A Mark is a shape at a point.
type Mark struct {
	X, Y   float64
	Shape  Shape
	Colour color.Color
}

// Shape is the shape of a mark.
type Shape int

// The shapes.
const (
	Stroke Shape = iota // in the legend: a line
	Dot
	Square
)

// An Entry is one item of the legend.
type Entry struct {
	Name   string
	Colour color.Color
	Shape  Shape
}

// Positions of charts on the page, in points.
const (
	chartsTop   = pageHeight - 44
	chartBeside = 44 // width of the y axis, left of a chart
	chartBelow  = 34
	chartAbove  = 16
	entryHeight = 11
)

// WriteCurves writes charts as a figure of 7 by 5 inches in one of Formats. No charts, lines whose X and Y differ in length, an
// unknown format and errors of w are errors.
func WriteCurves(w io.Writer, format string, c Curves, p Palette) error {
	switch {
	case !slices.Contains(Formats, format):
		return fmt.Errorf("unknown format %q; available: %s", format, strings.Join(Formats, ", "))
	case len(c.Charts) == 0:
		return fmt.Errorf("there are no curves to draw")
	}
	if err := p.check(); err != nil {
		return err
	}
	for _, chart := range c.Charts {
		for _, line := range chart.Lines {
			if len(line.X) != len(line.Y) || line.Colour == nil {
				return fmt.Errorf("%s: a line with %d x values, %d y values and the colour %v", chart.Name, len(line.X), len(line.Y), line.Colour)
			}
		}
		for _, band := range chart.Bands {
			if len(band.X) != len(band.Low) || len(band.X) != len(band.High) || band.Colour == nil {
				return fmt.Errorf("%s: a band with %d x values, %d lower and %d upper ones and the colour %v",
					chart.Name, len(band.X), len(band.Low), len(band.High), band.Colour)
			}
		}
	}
	page := newPage(format)
	s := &sheet{page, p}
	s.fill(0, 0, pageWidth, pageHeight, p.Paper)
	s.text(fitting(c.Title, titleSize, pageWidth-24), titleSize, 12, pageHeight-18, left)
	bottom := s.entries(c.Legend)
	columns := min(len(c.Charts), 3)
	rows := (len(c.Charts) + columns - 1) / columns
	width, height := vg.Length(pageWidth-12)/vg.Length(columns), (chartsTop-bottom)/vg.Length(rows)
	for i := range c.Charts {
		x, y := vg.Length(i%columns)*width, chartsTop-vg.Length(i/columns)*height
		s.chart(&c.Charts[i], c.XName, &panel{left: x + chartBeside, right: x + width, top: y - chartAbove, bottom: y - height + chartBelow})
	}
	_, err := page.WriteTo(w)
	return err
}

// entries draws the legend at the foot of the page, in as many lines as it needs, and returns its upper edge.
func (s *sheet) entries(list []Entry) (top vg.Length) {
	const swatch, gap = 14, 12
	var lines [][]Entry
	x := vg.Length(pageWidth)
	for _, entry := range list {
		entry.Name = fitting(entry.Name, smallSize, pageWidth-2*gap-swatch-4)
		wide := swatch + 4 + width(entry.Name, smallSize) + gap
		if x+wide > pageWidth-gap {
			lines, x = append(lines, nil), gap
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], entry)
		x += wide
	}
	for i, line := range lines {
		x, y := vg.Length(gap), vg.Length(8+entryHeight*(len(lines)-1-i))
		for _, entry := range line {
			if at := y + centred(smallSize); entry.Shape == Stroke {
				s.line(x, at, x+swatch, at, 1.2, entry.Colour)
			} else {
				s.mark(x+swatch/2, at, entry.Shape, entry.Colour)
			}
			s.text(entry.Name, smallSize, x+swatch+4, y, left)
			x += swatch + 4 + width(entry.Name, smallSize) + gap
		}
	}
	return vg.Length(8 + entryHeight*len(lines))
}

// chart draws one chart into a panel and sets up the panel's axes.
func (s *sheet) chart(c *Chart, xName string, p *panel) {
	p.x, p.y = axis{start: p.left, end: p.right - 6}, axis{start: p.bottom, end: p.top, log: c.Log}
	p.x.from, p.x.to, p.y.from, p.y.to = c.spans()
	p.steps, p.xName, p.yNameLeft = [2]int{4, 5}, xName, 30
	s.text(c.Name, labelSize, p.left, p.top+5, left)
	for _, detail := range c.Details {
		if x := p.left + width(c.Name, labelSize) + 4; x+width(detail, smallSize) <= p.right {
			s.text(fitting(detail, smallSize, pageWidth), smallSize, x, p.top+5, left)
			break
		}
	}
	s.grid(p)
	for _, band := range c.Bands {
		s.band(p, band)
	}
	for _, line := range c.Lines {
		s.curve(p, line)
	}
	for _, mark := range c.Marks {
		if mark.X >= p.x.from && mark.X <= p.x.to && mark.Y >= p.y.from && mark.Y <= p.y.to {
			s.mark(p.x.at(mark.X), p.y.at(mark.Y), mark.Shape, mark.Colour)
		}
	}
	s.axes(p)
}

// mark draws a dot or a square with a rim in the colour of the paper.
func (s *sheet) mark(x, y vg.Length, shape Shape, c color.Color) {
	const radius, rim = 2.2, 0.6
	if shape == Square {
		s.fill(x-radius-rim, y-radius-rim, x+radius+rim, y+radius+rim, s.Paper)
		s.fill(x-radius, y-radius, x+radius, y+radius, c)
		return
	}
	s.dot(x, y, radius+rim, s.Paper)
	s.dot(x, y, radius, c)
}

// band fills the area between the two curves of a band, interrupted where one of them has a gap. Points that share a quarter of a
// point in width are joined.
func (s *sheet) band(p *panel, b Band) {
	s.SetColor(mix(mix(b.Colour, s.Paper), s.Paper))
	var upper, lower []vg.Point
	fill := func() {
		if len(upper) > 1 {
			var path vg.Path
			path.Move(upper[0])
			for _, at := range upper[1:] {
				path.Line(at)
			}
			for _, at := range slices.Backward(lower) {
				path.Line(at)
			}
			path.Close()
			s.Fill(path)
		}
		upper, lower = nil, nil
	}
	within := func(y float64) vg.Length { return min(max(p.y.at(y), p.bottom), p.top) }
	for i, x := range b.X {
		switch {
		case !drawable(b.Low[i], p.y.log) || !drawable(b.High[i], p.y.log):
			fill()
			continue
		case x < p.x.from || x > p.x.to:
			continue
		}
		at, low, high := p.x.at(x), within(b.Low[i]), within(b.High[i])
		if n := len(upper) - 1; n >= 0 && int(4*upper[n].X) == int(4*at) {
			upper[n].Y, lower[n].Y = max(upper[n].Y, high), min(lower[n].Y, low)
			continue
		}
		upper, lower = append(upper, vg.Point{X: at, Y: high}), append(lower, vg.Point{X: at, Y: low})
	}
	fill()
}

// spans returns the ranges of a chart's axes.
func (c *Chart) spans() (fromX, toX, fromY, toY float64) {
	fromX, toX = c.From, c.To
	low, high := math.Inf(1), math.Inf(-1)
	if fromX == toX {
		fromX, toX = math.Inf(1), math.Inf(-1)
		for _, line := range c.Lines {
			if n := len(line.X); n > 0 {
				fromX, toX = min(fromX, line.X[0]), max(toX, line.X[n-1])
			}
		}
	}
	for _, line := range c.Lines {
		for i, y := range line.Y {
			if line.X[i] >= fromX && line.X[i] <= toX && drawable(y, c.Log) {
				low, high = min(low, y), max(high, y)
			}
		}
	}
	if !(fromX < toX) {
		fromX, toX = 0, 1
	}
	switch {
	case c.Low < c.High:
		low, high = c.Low, c.High
	case !(low <= high):
		low, high = 0.1, 1
	case c.Log:
		low, high = low/1.05, high*1.05
	default:
		margin := max(0.05*(high-low), 1e-3*math.Abs(high), 1e-12)
		low, high = low-margin, high+margin
	}
	return fromX, toX, low, high
}

// drawable reports whether an axis can show a value.
func drawable(y float64, log bool) bool {
	return !math.IsNaN(y) && !math.IsInf(y, 0) && (!log || y > 0)
}

// curve draws a line within a panel. Of the points that share a quarter of a point in width, it draws the first, the lowest,
// the highest and the last.
func (s *sheet) curve(p *panel, line Line) {
	s.SetColor(line.Colour)
	s.SetLineWidth(0.9)
	var path vg.Path
	pen := false
	to := func(i int) {
		at := vg.Point{X: p.x.at(line.X[i]), Y: p.y.at(line.Y[i])}
		if pen {
			path.Line(at)
		} else {
			path.Move(at)
		}
		pen = true
	}
	column := func(i int) int { return int(4 * p.x.at(line.X[i])) }
	for i := 0; i < len(line.X); {
		switch {
		case line.X[i] < p.x.from || line.X[i] > p.x.to:
			i++
			continue
		case !drawable(line.Y[i], p.y.log):
			pen = false
			i++
			continue
		}
		last, low, high := i, i, i
		for last+1 < len(line.X) && column(last+1) == column(i) && drawable(line.Y[last+1], p.y.log) && line.X[last+1] <= p.x.to {
			last++
			if line.Y[last] < line.Y[low] {
				low = last
			}
			if line.Y[last] > line.Y[high] {
				high = last
			}
		}
		places := []int{i, low, high, last}
		slices.Sort(places)
		for _, k := range slices.Compact(places) {
			to(k)
		}
		i = last + 1
	}
	if len(path) == 0 {
		return
	}
	s.Stroke(path)
	if line.Name != "" {
		end := path[len(path)-1].Pos
		s.SetColor(line.Colour)
		s.FillString(face(smallSize), vg.Point{X: min(end.X+1, p.right-width(line.Name, smallSize)), Y: end.Y + 2}, line.Name)
	}
}
