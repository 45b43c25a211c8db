package figure

import (
	"slices"

	"gonum.org/v1/plot/vg"
)

const (
	boundaryWidth = 0.7
	nameGap       = 3 // between a region's name and what is beside it
	namePadding   = 2.5
	nameHeight    = labelSize + 2*namePadding
)

// regions draws where the ambiguous region begins and the hard-to-learn one ends. The names of what lies left and right
// of the one line stand above all examples, that of what lies below the other stands below all.
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

// easy says whether an example is known to lie in neither region.
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

// name writes a region's name into a box in the middle between from and to, but, where these are too close together,
// after from, and in any case before most. It gives where the box ends.
func (s *sheet) name(name string, from, to, most, bottom vg.Length) (end vg.Length) {
	wide := nameWidth(name)
	x := min(max((from+to-wide)/2, from+nameGap), most-nameGap-wide)
	const edge = 0.5
	s.fill(x-edge, bottom-edge, x+wide+edge, bottom+nameHeight+edge, s.Ink)
	s.fill(x, bottom, x+wide, bottom+nameHeight, s.Paper)
	s.text(name, labelSize, x+namePadding, bottom+namePadding+0.14*labelSize, left)
	return x + wide
}
