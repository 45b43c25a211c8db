package screenshot

import "math"

// The size of a cell in units. A unit is a pixel of an SVG, and pixelsPerUnit pixels of a PNG. Braille dots, two by four in a
// cell, are then equally far apart in both directions.
const (
	cellWidth  = 10
	cellHeight = 20
)

// point is a place in a cell, in units from its upper left corner; y grows downward.
type point struct{ x, y float64 }

// segment is a part of an outline. 'M' begins a closed contour at its only point; 'L', 'Q' and 'C' draw a line, a quadratic and a
// cubic curve to their last point.
type segment struct {
	op     byte
	points [3]point
}

// count returns the number of points in use.
func (s *segment) count() int {
	switch s.op {
	case 'Q':
		return 2
	case 'C':
		return 3
	}
	return 1
}

// kind distinguishes the shapes that must join those in neighbouring cells.
type kind int

const (
	letter kind = iota // stands alone
	line               // continues in the neighbouring cells
	block              // fills a part of its cell up to the border
	absent             // the font lacks it; the outline is a box
)

// shape is an outline in a cell, filled by the nonzero winding rule.
type shape struct {
	kind     kind
	opacity  float64 // of the fill; 1 but for shades
	segments []segment
}

func (s *shape) move(x, y float64)     { s.add('M', point{x, y}) }
func (s *shape) lineTo(x, y float64)   { s.add('L', point{x, y}) }
func (s *shape) curveTo(a, b, c point) { s.add('C', a, b, c) }
func (s *shape) add(op byte, at ...point) {
	n := segment{op: op}
	copy(n.points[:], at)
	s.segments = append(s.segments, n)
}
func (s *shape) rect(x0, y0, x1, y1 float64) {
	s.move(x0, y0)
	s.lineTo(x1, y0)
	s.lineTo(x1, y1)
	s.lineTo(x0, y1)
}

// quarter is the distance of a cubic curve's control points from its ends, in radii, where the curve is nearly a quarter of a circle.
var quarter = 4. / 3 * (math.Sqrt2 - 1)

func (s *shape) circle(x, y, radius float64) {
	k := quarter * radius
	s.move(x+radius, y)
	s.curveTo(point{x + radius, y + k}, point{x + k, y + radius}, point{x, y + radius})
	s.curveTo(point{x - k, y + radius}, point{x - radius, y + k}, point{x - radius, y})
	s.curveTo(point{x - radius, y - k}, point{x - k, y - radius}, point{x, y - radius})
	s.curveTo(point{x + k, y - radius}, point{x + radius, y - k}, point{x + radius, y})
}

// roundRect adds a rectangle whose corners are quarters of circles.
func (s *shape) roundRect(x0, y0, x1, y1, radius float64) {
	k := radius - quarter*radius
	s.move(x0+radius, y0)
	s.lineTo(x1-radius, y0)
	s.curveTo(point{x1 - k, y0}, point{x1, y0 + k}, point{x1, y0 + radius})
	s.lineTo(x1, y1-radius)
	s.curveTo(point{x1, y1 - k}, point{x1 - k, y1}, point{x1 - radius, y1})
	s.lineTo(x0+radius, y1)
	s.curveTo(point{x0 + k, y1}, point{x0, y1 - k}, point{x0, y1 - radius})
	s.lineTo(x0, y0+radius)
	s.curveTo(point{x0, y0 + k}, point{x0 + k, y0}, point{x0 + radius, y0})
}

// mapped returns the shape with each of its points replaced.
func (s *shape) mapped(f func(point) point) shape {
	result := *s
	result.segments = make([]segment, len(s.segments))
	for i, part := range s.segments {
		for j := range part.count() {
			part.points[j] = f(part.points[j])
		}
		result.segments[i] = part
	}
	return result
}
