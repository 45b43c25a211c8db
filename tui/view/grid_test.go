package view

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"ftft/datamap"
	"ftft/train/watch"
)

var four = datamap.Levels{Epochs: 4}

func points(n int) []watch.Point {
	random := rand.New(rand.NewPCG(1, 2))
	points := make([]watch.Point, n)
	for i := range points {
		c := random.Float32()
		points[i] = watch.Point{Variability: random.Float32() * (0.5 - abs(c-0.5)), Confidence: c, Correct: float32(random.IntN(5)) / 4}
	}
	return points
}

func abs(x float32) float32 { return max(x, -x) }

func TestGridHoldsEveryPoint(t *testing.T) {
	for _, n := range []int{0, 1, 7, 1000, 50_000} {
		all := points(n)
		g := NewGrid(all, 60, 20, 0.5, 1, four)
		total := uint32(0)
		for cell, count := range g.count {
			total += count
			if lit := bits.OnesCount8(g.dots[cell]); (count > 0) != (lit > 0) || (count > 0) != (g.modal[cell] >= 0) || lit > int(count) {
				t.Fatalf("cell %d holds %d points, lights %d dots, has colour %d", cell, count, lit, g.modal[cell])
			}
		}
		if total != uint32(n) {
			t.Errorf("%d of %d points are on the map", total, n)
		}
	}
}

func TestGridPlaces(t *testing.T) {
	edge := []watch.Point{
		{Variability: 0, Confidence: 0}, {Variability: 0, Confidence: 1, Correct: 1}, {Variability: 0.5, Confidence: 0.5, Correct: 0.5},
		{Variability: 0.7, Confidence: 1, Correct: 0.25}, {Variability: 0.7, Confidence: 1, Correct: 0.75},
		{Variability: 0.6, Confidence: 1, Correct: 0.74},
	}
	g := NewGrid(edge, 3, 2, 0.5, 1, four)
	theme := &Theme{Correct: [datamap.LevelColours]int{1, 10, 2, 3, 4, 10, 5}, Line: 9}
	want := []string{"\x1b[38;5;5m⠁ \x1b[38;5;4m⢈\x1b[m", "\x1b[38;5;1m⡀  \x1b[m"}
	if got := g.Render(theme, noMarks); got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The lines of the threshold and of the regions are behind the points: where there are points, nothing changes.
func TestLinesAreBehindPoints(t *testing.T) {
	for _, theme := range []*Theme{
		{Correct: [datamap.LevelColours]int{1, 10, 2, 3, 4, 10, 5}, Line: 9, Region: 8},
		{Glyphs: true},
	} {
		for _, n := range []int{3, 300, 50_000} {
			g := NewGrid(points(n), 30, 20, 0.5, 1, four)
			lines := 0
			for column := range g.W {
				for row := range g.H {
					marks := Marks{Column: column, Row: row, Cell: -1, Ambiguous: (column + 3) % g.W, Hard: (row + 2) % g.H}
					for cell := range g.modal {
						x, y := cell%g.W, cell/g.W
						glyph, style := g.cell(theme, marks, x, y)
						bare, bareStyle := g.cell(theme, noMarks, x, y)
						if g.modal[cell] >= 0 && (glyph != bare || style != bareStyle) {
							t.Fatalf("%d points: a line turns %q of style %d into %q of style %d", n, bare, bareStyle, glyph, style)
						}
						if glyph != bare {
							lines++
						}
					}
				}
			}
			if lines == 0 {
				t.Errorf("%d points: no line is visible", n)
			}
		}
	}
}

// A cell with more points lights more dots, up to all eight.
func TestThin(t *testing.T) {
	last := 0
	for _, count := range []uint32{2, 10, 30, 100, 300, 1000} {
		lit := bits.OnesCount8(thin(0xff, count, 1000))
		if lit < last || lit < 1 {
			t.Errorf("%d points light %d dots, fewer than before", count, lit)
		}
		last = lit
	}
	if last != 8 {
		t.Errorf("the densest cell lights %d dots", last)
	}
}

// At 400,000 points, a cell with one point and one with a thousand differ by at least half of the dots, wherever in the cell these
// are, and every tenfold count lights more dots.
func TestDensityIsVisible(t *testing.T) {
	all := points(400_000)
	corner := []watch.Point{{Variability: 0.49, Confidence: 0.02}, {Variability: 0.45, Confidence: 0.02}, {Variability: 0.4, Confidence: 0.02}}
	all = append(all, corner[0])
	for range 1000 {
		all = append(all, corner[1])
	}
	for range 40 {
		all = append(all, corner[2])
	}
	g := NewGrid(all, 69, 33, 0.5, 1, four)
	var lit [3]int
	for i, p := range corner {
		column, row := g.place(p.Variability, p.Confidence)
		lit[i] = ones(g.dots[row/4*g.W+column/2])
	}
	if lit[0] != 1 || lit[1] < lit[0]+4 || lit[2] <= lit[0] || lit[2] >= lit[1] {
		t.Errorf("got %v dots for 1, 1,000 and 40 points, want 1, at least 5 and between", lit)
	}
	theme := &Theme{Glyphs: true}
	weights := map[int]int{}
	for cell := range g.modal {
		if g.modal[cell] >= 0 {
			_, weight := g.points(theme, cell)
			weights[weight]++
		}
	}
	if len(weights) < 3 {
		t.Errorf("without colours: got cells by weight %v, want three weights", weights)
	}
}

func BenchmarkNewGrid(b *testing.B) {
	all := points(400_000)
	for b.Loop() {
		NewGrid(all, 69, 33, 0.5, 1, four)
	}
}

func BenchmarkRender(b *testing.B) {
	g := NewGrid(points(400_000), 69, 33, 0.5, 1, four)
	theme := &Theme{Correct: [datamap.LevelColours]int{202, 160, 167, 132, 97, 105, 27}}
	for b.Loop() {
		g.Render(theme, Marks{30, -1, -1, -1, -1})
	}
}
