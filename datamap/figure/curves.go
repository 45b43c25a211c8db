package figure

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// Curves is charts of quantities as they change, with a legend that they share.
type Curves struct {
	Title  string
	XName  string
	Charts []Chart
	Legend []Entry
}

// Chart is one quantity. Values that are not finite, or on a logarithmic axis not above zero, are gaps.
type Chart struct {
	Name     string
	From, To float64 // of the x axis; the same in both = all
	Log      bool    // the y axis is logarithmic
	Lines    []Line  // later ones lie over earlier ones
}

// Line is the points of a curve, x ascending.
type Line struct {
	X, Y   []float64
	Colour color.Color
	Faint  bool // it lies behind what it stands for
}

// Entry is a line of the legend.
type Entry struct {
	Name   string
	Colour color.Color
}

// Where charts lie on the page, in points.
const (
	chartsTop   = pageHeight - 44
	chartBeside = 44 // left of a chart: its axis
	chartBelow  = 34
	chartAbove  = 16
	entryHeight = 11
)

// WriteCurves draws charts as a file of one of the Formats, 7 by 5 inches as a map is. No chart, columns of different
// lengths and an unknown format are errors, as are those of w.
func WriteCurves(w io.Writer, format string, c Curves, p Palette) error {
	switch {
	case !slices.Contains(Formats, format):
		return fmt.Errorf("no such format: %q; there are %v", format, Formats)
	case len(c.Charts) == 0:
		return fmt.Errorf("there is no curve to draw")
	}
	if err := p.check(); err != nil {
		return err
	}
	for _, chart := range c.Charts {
		for _, line := range chart.Lines {
			if len(line.X) != len(line.Y) || line.Colour == nil {
				return fmt.Errorf("%s: a line of %d places, %d values and the colour %v", chart.Name, len(line.X), len(line.Y), line.Colour)
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

// entries writes the legend at the foot of the page, in as many lines as it takes, and says where it ends.
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
			s.line(x, y+centred(smallSize), x+swatch, y+centred(smallSize), 1.2, entry.Colour)
			s.text(entry.Name, smallSize, x+swatch+4, y, left)
			x += swatch + 4 + width(entry.Name, smallSize) + gap
		}
	}
	return vg.Length(8 + entryHeight*len(lines))
}

// chart draws one in a panel, whose axes it makes.
func (s *sheet) chart(c *Chart, xName string, p *panel) {
	p.x, p.y = axis{start: p.left, end: p.right - 6}, axis{start: p.bottom, end: p.top, log: c.Log}
	p.x.from, p.x.to, p.y.from, p.y.to = c.spans()
	p.steps, p.xName, p.yNameLeft = [2]int{4, 5}, xName, 30
	s.text(c.Name, labelSize, p.left, p.top+5, left)
	s.grid(p)
	for _, faint := range []bool{true, false} { // what is faint lies behind all lines
		for _, line := range c.Lines {
			switch {
			case line.Faint != faint:
			case faint:
				s.curve(p, line, mixed(mixed(line.Colour, s.Paper), s.Paper))
			default:
				s.curve(p, line, line.Colour)
			}
		}
	}
	s.axes(p)
}

// spans are the ends of a chart's axes: y holds what is drawn.
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

// drawable says whether a value has a place on an axis.
func drawable(y float64, log bool) bool {
	return !math.IsNaN(y) && !math.IsInf(y, 0) && (!log || y > 0)
}

// curve strokes a line within a panel. Of points that share a quarter of a point in width it draws the first, the least, the
// greatest and the last.
func (s *sheet) curve(p *panel, line Line, colour color.Color) {
	s.SetColor(colour)
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
	if len(path) > 0 {
		s.Stroke(path)
	}
}
