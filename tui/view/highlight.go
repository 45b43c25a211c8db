package view

import (
	"math"

	"ftft/train/watch"
)

// Highlight is what stands out on the map. It is not changed once it is shown: another one takes its place.
type Highlight struct {
	Selected []bool  // [n] by the example; the others are grey. nil = all are chosen
	Found    []bool  // [n] found by a search; nil = none is
	Marked   []bool  // [n] by people; nil = none is
	Examples []int32 // of the points, the example that each is; nil = they are the examples, in order
}

// Box is a rectangle of the map's cells, both corners in it, in any order.
type Box struct{ X0, Y0, X1, Y1 int }

func (b *Box) sorted() (left, top, right, bottom int) {
	return min(b.X0, b.X1), min(b.Y0, b.Y1), max(b.X0, b.X1), max(b.Y0, b.Y1)
}

// edge is the character of the rectangle's line at a cell, 0 where there is none.
func (b *Box) edge(x, y int) rune {
	if b == nil {
		return 0
	}
	left, top, right, bottom := b.sorted()
	if x < left || x > right || y < top || y > bottom {
		return 0
	}
	across, down := y == top || y == bottom, x == left || x == right
	switch {
	case across && down && x == left && y == top:
		return '┌'
	case across && down && y == top:
		return '┐'
	case across && down && x == left:
		return '└'
	case across && down:
		return '┘'
	case across:
		return '─'
	case down:
		return '│'
	}
	return 0
}

// overlay has the grid show what stands out.
func (m *Map) overlay() {
	g := m.grid
	g.box = m.Box
	g.path = nil
	for _, point := range m.Path {
		if g.path == nil {
			g.path = map[int]bool{}
		}
		column, row := g.place(point.Variability, point.Confidence)
		g.path[row/4*g.W+column/2] = true
	}
	if m.shaded == m.Highlight {
		return
	}
	m.shaded, g.chosen, g.lit, g.marked = m.Highlight, nil, nil, nil
	if m.Highlight != nil {
		g.shade(m.Picture.Points, m.Highlight)
	}
}

// shade finds the cells of what stands out.
func (g *Grid) shade(points []watch.Point, s *Highlight) {
	if g.cells == nil {
		g.cells = make([]int32, len(points))
		for i := range points {
			column, row := g.place(points[i].Variability, points[i].Confidence)
			g.cells[i] = int32(row/4*g.W + column/2)
		}
	}
	example := func(point int) int32 {
		if s.Examples == nil {
			return int32(point)
		}
		return s.Examples[point]
	}
	if s.Selected != nil {
		hits := make([][Levels]uint32, g.W*g.H)
		for point, cell := range g.cells {
			if index := example(point); index >= 0 && int(index) < len(s.Selected) && s.Selected[index] {
				hits[cell][level(points[point].Correct)]++
			}
		}
		g.chosen = make([]int8, len(hits))
		for cell := range hits {
			g.chosen[cell] = mode(&hits[cell])
		}
	}
	g.lit, g.marked = g.holding(s.Found, example), g.holding(s.Marked, example)
}

// holding are the cells in which one of some examples, [n], lies; nil where there are none.
func (g *Grid) holding(some []bool, example func(point int) int32) []bool {
	if some == nil {
		return nil
	}
	in := make([]bool, g.W*g.H)
	for point, cell := range g.cells {
		if index := example(point); index >= 0 && int(index) < len(some) && some[index] {
			in[cell] = true
		}
	}
	return in
}

// Cell is the cell of the map's grid at a place in what Draw filled last; ok is false beside it.
func (m *Map) Cell(x, y int) (column, row int, ok bool) {
	if m.grid == nil {
		return 0, 0, false
	}
	column, row = x-mapLeft, y-1
	return column, row, column >= 0 && row >= 0 && column < m.grid.W && row < m.grid.H
}

// Size is that of the map's grid in cells, 0 before it has been drawn.
func (m *Map) Size() (w, h int) {
	if m.grid == nil {
		return 0, 0
	}
	return m.grid.W, m.grid.H
}

// CellOf is where a point lies.
func (m *Map) CellOf(p watch.Point) (column, row int) {
	column, row = m.grid.place(p.Variability, p.Confidence)
	return column / 2, row / 4
}

// ThresholdCell is the column or the row of the threshold's line, -1 where there is none.
func (m *Map) ThresholdCell() (column, row int) {
	marks := m.marks()
	return marks.Column, marks.Row
}

// Value is what lies at the middle of a cell.
func (m *Map) Value(column, row int) (variability, confidence float64) {
	g := m.grid
	return (2*float64(column) + 0.5) / float64(2*g.W-1) * float64(g.X), (float64(4*g.H-1) - 4*float64(row) - 1.5) / float64(4*g.H-1) * float64(g.Y)
}

// Bounds are the least and the greatest values whose points a rectangle's cells show, the upper ones not in it; infinite at the map's edges,
// where points that lie beyond are shown, too.
func (m *Map) Bounds(b Box) (variability, confidence [2]float64) {
	g := m.grid
	left, top, right, bottom := b.sorted()
	variability, confidence = [2]float64{math.Inf(-1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(1)}
	across, up := float64(g.X)/float64(2*g.W-1), float64(g.Y)/float64(4*g.H-1)
	if left > 0 {
		variability[0] = (2*float64(left) - 0.5) * across
	}
	if right < g.W-1 {
		variability[1] = (2*float64(right) + 1.5) * across
	}
	if bottom < g.H-1 {
		confidence[0] = (float64(4*(g.H-1-bottom)) - 0.5) * up
	}
	if top > 0 {
		confidence[1] = (float64(4*(g.H-top)) - 0.5) * up
	}
	return variability, confidence
}
