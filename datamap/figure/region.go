package figure

import (
	"slices"

	"gonum.org/v1/plot/vg"
)

const (
	boundaryWidth = 0.7
	nameGap       = 3 // between a region's name and its surroundings
	namePadding   = 2.5
	nameHeight    = labelSize + 2*namePadding
)

// regions draws the boundaries of the regions ambiguous and hard-to-learn. The names left and right of the vertical boundary
// stand above all examples, the name below the horizontal boundary stands below all of them.
func (s *sheet) regions(m *Map, p *panel) {
	boundary := vg.Length(mapRight)
	ambiguous, hard := slices.Contains(m.Ambiguous, true), slices.Contains(m.Hard, true)
	if ambiguous {
		boundary = p.x.at(least(m.Variability, m.Ambiguous))
		s.boundary(boundary, mapBottom, boundary, mapTop)
	}
	if hard {
		y := p.y.at(greatest(m.Confidence, m.Hard))
		s.boundary(mapLeft, y, mapRight, y)
	}
	const above = mapTop - nameGap - nameHeight
	end := vg.Length(mapLeft)
	if m.easy() {
		reserved := vg.Length(0)
		if ambiguous {
			reserved = nameWidth("ambiguous") + nameGap
		}
		end = s.name("easy-to-learn", mapLeft, boundary, mapRight-reserved, above)
	}
	if ambiguous {
		s.name("ambiguous", max(boundary, end), mapRight, mapRight, above)
	}
	if hard {
		s.name("hard-to-learn", mapLeft, boundary, mapRight, mapBottom+nameGap)
	}
}

// easy reports whether some example lies in neither region.
func (m *Map) easy() bool {
	if m.Ambiguous == nil || m.Hard == nil {
		return false
	}
	for i, ambiguous := range m.Ambiguous {
		if !ambiguous && !m.Hard[i] {
			return true
		}
	}
	return false
}

func least(values []float64, in []bool) float64 {
	least := largest
	for i, v := range values {
		if in[i] {
			least = min(least, v)
		}
	}
	return least
}

func greatest(values []float64, in []bool) float64 {
	greatest := -float64(largest)
	for i, v := range values {
		if in[i] {
			greatest = max(greatest, v)
		}
	}
	return greatest
}

func (s *sheet) boundary(x0, y0, x1, y1 vg.Length) {
	s.SetLineDash([]vg.Length{3, 2}, 0)
	s.line(x0, y0, x1, y1, boundaryWidth, s.Ink)
	s.SetLineDash(nil, 0)
}

func nameWidth(name string) vg.Length { return width(name, labelSize) + 2*namePadding }

// name draws a region's name in a box and returns the right edge of the box. The box is centred between from and to, or begins
// at from if these are too close together, but never extends beyond most.
func (s *sheet) name(name string, from, to, most, bottom vg.Length) (end vg.Length) {
	wide := nameWidth(name)
	x := min(max((from+to-wide)/2, from+nameGap), most-nameGap-wide)
	const edge = 0.5
	s.fill(x-edge, bottom-edge, x+wide+edge, bottom+nameHeight+edge, s.Ink)
	s.fill(x, bottom, x+wide, bottom+nameHeight, s.Paper)
	s.text(name, labelSize, x+namePadding, bottom+namePadding+0.14*labelSize, left)
	return x + wide
}
