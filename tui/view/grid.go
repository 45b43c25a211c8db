package view

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi/kitty"

	"ftft/datamap"
	"ftft/train/watch"
)

// Grid is the data map in terminal cells of 2 by 4 dots. It holds every point, not a sample.
type Grid struct {
	W, H  int            // cells
	X, Y  float32        // the variability at the right edge and the confidence at the top
	Level datamap.Levels // of correctness

	dots   []uint8  // [cells] the lit dots, as bits of a Unicode braille character
	modal  []int8   // [cells] the most frequent level of correctness, unknown included; -1 = no point
	count  []uint32 // [cells] points
	most   uint32   // points in the densest cell
	tails  []int    // [rows] the first of the cells without points at the right end
	slots  []uint32 // [points] the cell of each and its level: cell * len(tally) + level
	chosen chosen

	found, marked []bool       // [cells] with an example that a search has found, with a marked one; nil = none
	flagged       *Highlight   // that found and marked are of
	path          map[int]bool // the cells of the example's earlier positions
	names         map[int]rune // by cell, the letters of the names of regions
	box           *Box
	pixels        bool // an image shows the points and lines
}

// tally counts points by level of correctness. The last count is of points whose correctness is unknown.
type tally [datamap.LevelColours + 1]uint32

// unknown is the level of points whose correctness is unknown.
const unknown = datamap.LevelColours

// braille has the bit of each dot, by row and column in the cell.
var braille = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dither is the order in which a cell's dots are lit as its density grows, spread as in Bayer's matrix.
var dither = [8]uint8{0x01, 0x20, 0x10, 0x40, 0x08, 0x04, 0x02, 0x80}

// NewGrid bins points over [0, x] by [0, y] in w by h cells. Points beyond lie at the edge.
func NewGrid(points []watch.Point, w, h int, x, y float32, levels datamap.Levels) *Grid {
	cells := w * h
	g := &Grid{W: w, H: h, X: x, Y: y, Level: levels}
	g.dots, g.modal, g.count, g.slots = make([]uint8, cells), make([]int8, cells), make([]uint32, cells), make([]uint32, len(points))
	tallies := make([]tally, cells)
	for i := range points {
		p := &points[i]
		column, row := g.place(p.Variability, p.Confidence)
		level := levels.At(p.Correct)
		if level < 0 {
			level = unknown
		}
		cell := uint(row/4*w + column/2)
		g.dots[cell] |= braille[row%4][column%2]
		tallies[cell][level]++
		g.slots[i] = uint32(cell*uint(len(tally{})) + uint(level))
	}
	for cell := range tallies {
		g.count[cell] = tallies[cell].total()
	}
	g.tails = make([]int, h)
	for cell, count := range g.count {
		if g.most = max(g.most, count); count > 0 {
			g.tails[cell/w] = cell%w + 1
		}
	}
	for cell := range g.count {
		g.modal[cell] = tallies[cell].mode()
		g.dots[cell] = thin(g.dots[cell], g.count[cell], g.most)
	}
	return g
}

// place returns the dot of a point, counted from the top left.
func (g *Grid) place(variability, confidence float32) (column, row int) {
	column = int(variability/g.X*float32(2*g.W-1) + 0.5)
	row = 4*g.H - 1 - int(confidence/g.Y*float32(4*g.H-1)+0.5)
	return min(max(column, 0), 2*g.W-1), min(max(row, 0), 4*g.H-1)
}

// mode returns the most frequent level, -1 if there is none.
func (t *tally) mode() int8 {
	best, most := int8(-1), uint32(0)
	for level, n := range t {
		if n > most {
			best, most = int8(level), n
		}
	}
	return best
}

// total returns the number of points.
func (t *tally) total() (sum uint32) {
	for _, n := range t {
		sum += n
	}
	return sum
}

// thin sets the number of lit dots of a cell by the logarithm of its count, from one dot for a point to all eight for the densest
// cell. Up to eight points keep their positions; more are spread by the dither where they share dots.
func thin(dots uint8, count, densest uint32) uint8 {
	if count <= 1 || densest <= 8 {
		return dots
	}
	lit := 1 + int(7*math.Log(float64(count))/math.Log(float64(densest))+0.5)
	thinned, spread := first(dots, lit), uint8(0xff)
	if count <= 8 {
		return thinned
	}
	return thinned | first(spread&^thinned, lit-ones(thinned))
}

// first returns the first n of some dots, in the order of the dither.
func first(dots uint8, n int) (kept uint8) {
	for _, dot := range dither {
		if n > 0 && dots&dot != 0 {
			kept |= dot
			n--
		}
	}
	return kept
}

// Marks are drawn over the map. All are cells; -1 = none.
type Marks struct {
	Column, Row     int // of the threshold's line
	Cell            int // of the example under the cursor
	Ambiguous, Hard int // the column and the row at which these regions end
}

// wideGrid is the width from which the line of the hard-to-learn region has only its right end, since a row with a change in its
// length is sent in whole.
const wideGrid = 100

// noMarks are no marks.
var noMarks = Marks{-1, -1, -1, -1, -1}

// The styles of a cell where there are no colours. None is the style of blanks, which takes that of the cell before.
const (
	none  = -1
	plain = iota
	faint
	bold
)

// weights has the escape sequences of the styles without colours.
var weights = [...]string{plain: "\x1b[m", faint: "\x1b[0;2m", bold: "\x1b[0;1m"}

// Render encodes the rows, with one escape sequence for neighbours of the same style.
func (g *Grid) Render(theme *Theme, marks Marks) []string {
	rows := make([]string, g.H)
	var buffer []byte
	for y := range rows {
		buffer = buffer[:0]
		style := none
		for x := range g.W {
			glyph, next := g.cell(theme, marks, x, y)
			switch {
			case glyph == ' ' || next == style:
			case theme.Glyphs && next == plain && style == none:
				style = next
			case theme.Glyphs:
				buffer, style = append(buffer, weights[next]...), next
			default:
				buffer = append(buffer, "\x1b[38;5;"...)
				buffer = append(strconv.AppendInt(buffer, int64(next), 10), 'm')
				style = next
			}
			if glyph == kitty.Placeholder {
				buffer = appendPlaceholder(buffer, x, y)
				continue
			}
			buffer = utf8.AppendRune(buffer, glyph)
		}
		if style != none && !(theme.Glyphs && style == plain) {
			buffer = append(buffer, "\x1b[m"...)
		}
		rows[y] = string(buffer)
	}
	return rows
}

// cell returns the character of a cell and its style: a colour or, in a theme of glyphs, a weight. Points hide lines and names.
func (g *Grid) cell(theme *Theme, marks Marks, x, y int) (glyph rune, style int) {
	cell := y*g.W + x
	line, dim := theme.Line, theme.Region
	if theme.Glyphs {
		line, dim = plain, faint
	}
	switch edge := g.box.edge(x, y); {
	case cell == marks.Cell:
		return '◆', line
	case edge != 0:
		return edge, line
	case g.path[cell]:
		return '○', line
	case g.found != nil && g.found[cell]:
		if theme.Glyphs {
			return '●', bold
		}
		return '●', theme.Found
	case g.marked != nil && g.marked[cell]:
		return '◇', line
	case g.modal[cell] >= 0 && !g.pixels:
		return g.points(theme, cell)
	case g.modal[cell] < 0 && g.names[cell] != 0:
		return g.names[cell], dim
	case g.pixels:
		return kitty.Placeholder, imageID
	}
	// The lines are dashed, more sparsely on a large map: when they move, each dash is sent to the terminal.
	down, across := y%max(2, g.H/20) == 0, x%max(2, g.W/40) == 0
	switch {
	case down && x == marks.Column:
		return '│', line
	case across && y == marks.Row:
		return '─', line
	case down && x == marks.Ambiguous:
		return '┊', dim
	case across && y == marks.Hard && (g.W < wideGrid || x >= g.tails[y]):
		return '┈', dim
	}
	return ' ', none
}

// points returns the character and the style of a cell with points. Where points are selected, it is drawn in their level, and as
// empty of selected points otherwise. A dense cell with few selected points has half its dots.
func (g *Grid) points(theme *Theme, cell int) (glyph rune, style int) {
	level, dots, few := g.modal[cell], g.dots[cell], false
	if g.chosen.modal != nil {
		level, few = g.chosen.modal[cell], g.chosen.few[cell]
	}
	switch {
	case theme.Glyphs && level < 0:
		return '·', faint
	case theme.Glyphs && few:
		return ':', plain
	case theme.Glyphs:
		return Glyph(int(level)), g.weight(cell)
	case level < 0:
		return 0x2800 + rune(dots), theme.Grey
	}
	if few {
		dots = first(dots, (ones(dots)+1)/2)
	}
	return 0x2800 + rune(dots), theme.level(g.Level, level)
}

// weight returns the weight of a cell with points, which shows its density where glyphs show correctness.
func (g *Grid) weight(cell int) int {
	if g.most <= 8 {
		return plain
	}
	switch density := math.Log(float64(g.count[cell])) / math.Log(float64(g.most)); {
	case density < 1.0/3:
		return faint
	case density < 2.0/3:
		return plain
	}
	return bold
}
