package view

import (
	"math"
	"strconv"
	"unicode/utf8"

	"ftft/train/watch"
)

// Grid is the data map in terminal cells of 2 by 4 dots. Every point is binned, none is sampled.
type Grid struct {
	W, H  int // cells
	X, Y  float32
	dots  []uint8          // [cells] the dots to light, as Unicode numbers those of a Braille cell
	modal []int8           // [cells] the most frequent level of correctness, -1 where no point lies
	count []uint32         // [cells]
	hits  [][Levels]uint32 // [cells]

	cells  []int32 // [points] where each lies; made when first asked for
	chosen []int8  // [cells] as modal, of the examples chosen; nil = all are
	lit    []bool  // [cells] that hold what a search has found; nil = nothing
	marked []bool  // [cells] that hold an example that somebody has marked; nil = none
	path   map[int]bool
	box    *Box
}

// braille is the bit of each dot, by row and column in the cell.
var braille = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dither is the order in which a cell's dots are lit as it holds more points, spread as in Bayer's matrix.
var dither = [8]uint8{0x01, 0x20, 0x10, 0x40, 0x08, 0x04, 0x02, 0x80}

// NewGrid bins points over [0, x] by [0, y], those beyond at the edge.
func NewGrid(points []watch.Point, w, h int, x, y float32) *Grid {
	cells := w * h
	g := &Grid{W: w, H: h, X: x, Y: y, dots: make([]uint8, cells), modal: make([]int8, cells), count: make([]uint32, cells), hits: make([][Levels]uint32, cells)}
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

// level is the step that a share correct is drawn in; the middle one where nobody knows it.
func level(correct float32) int {
	if correct != correct {
		return Levels / 2
	}
	return int(correct*(Levels-1) + 0.5)
}

// place gives the dot, counted from the top left, of a point.
func (g *Grid) place(variability, confidence float32) (column, row int) {
	column = int(variability/g.X*float32(2*g.W-1) + 0.5)
	row = 4*g.H - 1 - int(confidence/g.Y*float32(4*g.H-1)+0.5)
	return min(max(column, 0), 2*g.W-1), min(max(row, 0), 4*g.H-1)
}

func mode(hits *[Levels]uint32) int8 {
	best, most := int8(-1), uint32(0)
	for level, n := range hits {
		if n > most {
			best, most = int8(level), n
		}
	}
	return best
}

// thin lights as many dots as the logarithm of the count calls for, so that cells that are all full still differ in
// density. A cell with points shows at least one dot, and few points show where they lie.
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

// Marks are what lies over the map. Column, Row and Cell are in cells; -1 is none.
type Marks struct {
	Column, Row int // a threshold's line
	Cell        int // the example under the cursor
}

// Render encodes the rows, with one escape sequence a run of equal colour.
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

func (g *Grid) cell(theme *Theme, marks Marks, x, y int) (glyph rune, colour int) {
	cell := y*g.W + x
	// Dashed, and more sparsely on a large map: when the line moves, each dash has to be sent.
	onLine := x == marks.Column && y%max(2, g.H/20) == 0 || y == marks.Row && x%max(2, g.W/40) == 0
	level := g.modal[cell]
	grey := g.chosen != nil && level >= 0 && g.chosen[cell] < 0
	if g.chosen != nil {
		level = g.chosen[cell]
	}
	switch edge := g.box.edge(x, y); {
	case cell == marks.Cell:
		return '◆', theme.Line
	case edge != 0:
		return edge, theme.Line
	case g.path[cell]:
		return '○', theme.Line
	case g.lit != nil && g.lit[cell]:
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
