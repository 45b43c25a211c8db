package view

import (
	"math"
	"strconv"
	"unicode/utf8"

	"ftft/train/watch"
)

// Grid is the data map in terminal cells of 2 by 4 dots. It holds every point, not a sample.
type Grid struct {
	W, H  int              // cells
	X, Y  float32          // the variability at the right edge and the confidence at the top
	dots  []uint8          // [cells] the lit dots, as bits of a Unicode braille character
	modal []int8           // [cells] the most frequent level of correctness; -1 = no point
	count []uint32         // [cells] points
	hits  [][Levels]uint32 // [cells] points by level

	cells    []int32      // [points] the cell of each; computed on first use
	selected []int8       // [cells] like modal, of the selected examples; nil = all are selected
	found    []bool       // [cells] with an example that a search has found; nil = none
	marked   []bool       // [cells] with a marked example; nil = none
	path     map[int]bool // the cells of the example's earlier positions
	box      *Box
}

// braille has the bit of each dot, by row and column in the cell.
var braille = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dither is the order in which a cell's dots are lit as its density grows, spread as in Bayer's matrix.
var dither = [8]uint8{0x01, 0x20, 0x10, 0x40, 0x08, 0x04, 0x02, 0x80}

// NewGrid bins points over [0, x] by [0, y] in w by h cells. Points beyond lie at the edge.
func NewGrid(points []watch.Point, w, h int, x, y float32) *Grid {
	cells := w * h
	g := &Grid{W: w, H: h, X: x, Y: y}
	g.dots, g.modal, g.count, g.hits = make([]uint8, cells), make([]int8, cells), make([]uint32, cells), make([][Levels]uint32, cells)
	for i := range points {
		p := &points[i]
		column, row := g.place(p.Variability, p.Confidence)
		cell := row/4*w + column/2
		g.dots[cell] |= braille[row%4][column%2]
		g.count[cell]++
		g.hits[cell][level(p.Correct)]++
	}
	densest := uint32(0)
	for _, count := range g.count {
		densest = max(densest, count)
	}
	for cell := range g.count {
		g.modal[cell] = mode(&g.hits[cell])
		g.dots[cell] = thin(g.dots[cell], g.count[cell], densest)
	}
	return g
}

// level returns the level that a share of correct epochs is drawn in, the middle one for NaN (unknown).
func level(correct float32) int {
	if correct != correct {
		return Levels / 2
	}
	return int(correct*(Levels-1) + 0.5)
}

// place returns the dot of a point, counted from the top left.
func (g *Grid) place(variability, confidence float32) (column, row int) {
	column = int(variability/g.X*float32(2*g.W-1) + 0.5)
	row = 4*g.H - 1 - int(confidence/g.Y*float32(4*g.H-1)+0.5)
	return min(max(column, 0), 2*g.W-1), min(max(row, 0), 4*g.H-1)
}

// mode returns the most frequent level, -1 if there is none.
func mode(hits *[Levels]uint32) int8 {
	best, most := int8(-1), uint32(0)
	for level, n := range hits {
		if n > most {
			best, most = int8(level), n
		}
	}
	return best
}

// thin limits the lit dots of a cell by the logarithm of its count, so that dense cells still differ. A cell with points shows at
// least one dot, and few points keep their positions.
func thin(dots uint8, count, densest uint32) uint8 {
	if count <= 1 || densest <= 8 {
		return dots
	}
	lit := 1 + int(7*math.Log(float64(count))/math.Log(float64(densest))+0.5)
	thinned := uint8(0)
	for _, dot := range dither {
		if lit > 0 && dots&dot != 0 {
			thinned |= dot
			lit--
		}
	}
	return thinned
}

// Marks are drawn over the map. All are cells; -1 = none.
type Marks struct {
	Column, Row int // of the threshold's line
	Cell        int // of the example under the cursor
}

// Render encodes the rows, with one escape sequence for neighbours of the same colour.
func (g *Grid) Render(theme *Theme, marks Marks) []string {
	rows := make([]string, g.H)
	var buffer []byte
	for y := range rows {
		buffer = buffer[:0]
		colour := -1
		for x := range g.W {
			glyph, next := g.cell(theme, marks, x, y)
			if glyph == ' ' {
				next = colour
			}
			if next != colour && !theme.Glyphs {
				buffer = append(buffer, "\x1b[38;5;"...)
				buffer = append(strconv.AppendInt(buffer, int64(next), 10), 'm')
			}
			colour = next
			buffer = utf8.AppendRune(buffer, glyph)
		}
		if colour >= 0 && !theme.Glyphs {
			buffer = append(buffer, "\x1b[m"...)
		}
		rows[y] = string(buffer)
	}
	return rows
}

// cell returns the character of a cell and its colour, -1 for an empty one.
func (g *Grid) cell(theme *Theme, marks Marks, x, y int) (glyph rune, colour int) {
	cell := y*g.W + x
	// The line is dashed, more sparsely on a large map: when it moves, each dash is sent to the terminal.
	onLine := x == marks.Column && y%max(2, g.H/20) == 0 || y == marks.Row && x%max(2, g.W/40) == 0
	level := g.modal[cell]
	grey := g.selected != nil && level >= 0 && g.selected[cell] < 0
	if g.selected != nil {
		level = g.selected[cell]
	}
	switch edge := g.box.edge(x, y); {
	case cell == marks.Cell:
		return '◆', theme.Line
	case edge != 0:
		return edge, theme.Line
	case g.path[cell]:
		return '○', theme.Line
	case g.found != nil && g.found[cell]:
		return '●', theme.Found
	case g.marked != nil && g.marked[cell]:
		return '◇', theme.Line
	case grey && theme.Glyphs:
		return '·', 0
	case grey:
		return 0x2800 + rune(g.dots[cell]), theme.Grey
	case level >= 0 && theme.Glyphs:
		return Glyph(int(level)), 0
	case level >= 0 && onLine:
		return 0x2800 + rune(g.dots[cell]), theme.Line // the line shows through dense parts
	case level >= 0:
		return 0x2800 + rune(g.dots[cell]), theme.Correct[level]
	case onLine && x == marks.Column:
		return '│', theme.Line
	case onLine:
		return '─', theme.Line
	}
	return ' ', -1
}
