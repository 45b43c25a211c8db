package view

import (
	"math"

	"ftft/train/watch"
)

// Highlight is what stands out on the map. It is immutable: a change needs a new value.
type Highlight struct {
	Order    []int32 // the first Count of these examples are selected, and the others dim; nil = all are selected
	Count    int
	Fixed    bool    // Order never changes, so that the next highlight of the same slice only differs in Count
	Found    []bool  // [n] examples that a search has found; nil = none
	Marked   []bool  // [n] marked examples; nil = none
	Examples []int32 // [points] the example of each point; nil = point i is example i
}

// Box is a rectangle of cells. It contains both corners, which are in any order.
type Box struct{ X0, Y0, X1, Y1 int }

// sorted returns the sides of the rectangle.
func (b *Box) sorted() (left, top, right, bottom int) {
	return min(b.X0, b.X1), min(b.Y0, b.Y1), max(b.X0, b.X1), max(b.Y0, b.Y1)
}

// edge returns the character of the rectangle's outline at a cell, 0 elsewhere.
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

// updateGrid puts the rectangle, the path, the highlight and the names of regions onto the grid.
func (m *Map) updateGrid() {
	g := m.grid
	g.box = m.Box
	g.nameRegions(m.marks())
	g.path = nil
	for _, point := range m.Path {
		if g.path == nil {
			g.path = map[int]bool{}
		}
		column, row := g.place(point.Variability, point.Confidence)
		g.path[row/4*g.W+column/2] = true
	}
	if g.flagged != nil && m.highlighted == m.Highlight {
		return
	}
	m.highlighted = m.Highlight
	g.choose(m.Highlight)
	g.flag(m.Highlight)
}

// flag computes which cells hold examples that a search has found, and marked ones.
func (g *Grid) flag(h *Highlight) {
	if h == nil {
		h = &Highlight{}
	}
	if last := g.flagged; last == nil || !SameSlice(last.Found, h.Found) || !SameSlice(last.Examples, h.Examples) {
		g.found = g.holding(h.Found, h.Examples)
	}
	if last := g.flagged; last == nil || !SameSlice(last.Marked, h.Marked) || !SameSlice(last.Examples, h.Examples) {
		g.marked = g.holding(h.Marked, h.Examples)
	}
	g.flagged = h
}

// holding returns the cells, [cells], that hold one of the flagged examples, [n]; nil without flags.
func (g *Grid) holding(flags []bool, examples []int32) []bool {
	if flags == nil {
		return nil
	}
	in := make([]bool, g.W*g.H)
	for point, slot := range g.slots {
		example := int32(point)
		if examples != nil {
			example = examples[point]
		}
		if example >= 0 && int(example) < len(flags) && flags[example] {
			in[int(slot)/len(tally{})] = true
		}
	}
	return in
}

// Cell returns the cell of the grid at a position in the rectangle drawn last. ok is false beside the grid.
func (m *Map) Cell(x, y int) (column, row int, ok bool) {
	if m.grid == nil {
		return 0, 0, false
	}
	column, row = x-mapLeft, y-1
	return column, row, column >= 0 && row >= 0 && column < m.grid.W && row < m.grid.H
}

// Size returns the size of the grid in cells, 0 before it is drawn.
func (m *Map) Size() (w, h int) {
	if m.grid == nil {
		return 0, 0
	}
	return m.grid.W, m.grid.H
}

// CellOf returns the cell of a point.
func (m *Map) CellOf(p watch.Point) (column, row int) {
	column, row = m.grid.place(p.Variability, p.Confidence)
	return column / 2, row / 4
}

// ThresholdCell returns the column or the row of the threshold's line; -1 = none.
func (m *Map) ThresholdCell() (column, row int) {
	marks := m.marks()
	return marks.Column, marks.Row
}

// Value returns the values at the middle of a cell.
func (m *Map) Value(column, row int) (variability, confidence float64) {
	g := m.grid
	variability = (2*float64(column) + 0.5) / float64(2*g.W-1) * float64(g.X)
	confidence = (float64(4*g.H-1) - 4*float64(row) - 1.5) / float64(4*g.H-1) * float64(g.Y)
	return variability, confidence
}

// Bounds returns the values whose points lie in a rectangle's cells, without the upper bounds. A bound at the edge of the map is
// infinite, because the edge also shows the points beyond.
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
