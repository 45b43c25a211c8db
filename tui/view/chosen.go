package view

import "math/bits"

// chosen has the selected points by cell, on a grid. While the order of selected examples stays the same, a change of their number
// takes work in proportion to the change.
type chosen struct {
	modal   []int8  // [cells] the most frequent level of selected points, -1 = none; nil = all points are selected
	few     []bool  // [cells] dense cells in which few of the points are selected
	tallies []tally // [cells] selected points
	order   []int32 // of the examples, of which the first count are selected
	count   int
	points  []int32 // by example, its point, -1 = none; nil = the example's own number
	of      []int32 // the Examples that points was made of
}

// choose selects the points of a highlight's examples.
func (g *Grid) choose(h *Highlight) {
	c := &g.chosen
	if h == nil || h.Order == nil {
		c.modal, c.order = nil, nil
		return
	}
	c.index(h.Examples, len(g.slots))
	if same := h.Fixed && SameSlice(c.order, h.Order); !same || c.modal == nil {
		cells := len(g.modal)
		if c.tallies == nil {
			c.tallies, c.few = make([]tally, cells), make([]bool, cells)
		}
		clear(c.tallies)
		c.modal, c.order, c.count = make([]int8, cells), nil, 0
		if h.Fixed {
			c.order = h.Order
		}
	}
	for _, example := range h.Order[min(c.count, h.Count):h.Count] {
		if slot, ok := c.slot(g, example); ok {
			c.tallies[slot/len(tally{})][slot%len(tally{})]++
		}
	}
	for _, example := range h.Order[h.Count:max(c.count, h.Count)] {
		if slot, ok := c.slot(g, example); ok {
			c.tallies[slot/len(tally{})][slot%len(tally{})]--
		}
	}
	c.count = h.Count
	for cell := range c.modal {
		c.modal[cell] = c.tallies[cell].mode()
		c.few[cell] = c.modal[cell] >= 0 && g.few(cell, c.tallies[cell].total())
	}
}

// index sets points to the inverse of examples, which has the example of each of n points.
func (c *chosen) index(examples []int32, n int) {
	if examples == nil {
		c.points, c.of = nil, nil
		return
	}
	if SameSlice(c.of, examples) {
		return
	}
	size := int32(n)
	for _, example := range examples {
		size = max(size, example+1)
	}
	c.points, c.of, c.order, c.modal = make([]int32, size), examples, nil, nil
	for i := range c.points {
		c.points[i] = -1
	}
	for point, example := range examples {
		if example >= 0 {
			c.points[example] = int32(point)
		}
	}
}

// slot returns the slot of an example's point, false if it has none.
func (c *chosen) slot(g *Grid, example int32) (slot int, ok bool) {
	point := example
	if c.points != nil {
		if int(example) >= len(c.points) {
			return 0, false
		}
		point = c.points[example]
	}
	if point < 0 || int(point) >= len(g.slots) {
		return 0, false
	}
	return int(g.slots[point]), true
}

// crowd is the number of points from which a cell shows whether few of them are selected.
const crowd = 8

// bayer is an ordered dither of 16 steps.
var bayer = [4][4]uint32{{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}}

// few reports whether a cell is drawn as one with few selected points. Among equal cells, the share that is not is that of the
// selected points, so that a step of the fraction changes few cells.
func (g *Grid) few(cell int, selected uint32) bool {
	all := g.count[cell]
	return all >= crowd && 32*selected < (2*bayer[cell/g.W%4][cell%g.W%4]+1)*all
}

// ones returns the number of dots.
func ones(dots uint8) int { return bits.OnesCount8(dots) }

// SameSlice reports whether two slices are one.
func SameSlice[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }
