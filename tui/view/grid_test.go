package view

import (
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"ftft/train/watch"
)

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
		g := NewGrid(all, 60, 20, 0.5, 1)
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
	g := NewGrid(edge, 3, 2, 0.5, 1)
	theme := &Theme{Correct: [Levels]int{1, 2, 3, 4, 5}, Line: 9}
	want := []string{"\x1b[38;5;5m⠁ \x1b[38;5;4m⢈\x1b[m", "\x1b[38;5;1m⡀  \x1b[m"}
	if got := g.Render(theme, Marks{-1, -1, -1}); got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := g.Render(theme, Marks{2, -1, -1})[0]; got != "\x1b[38;5;5m⠁ \x1b[38;5;9m⢈\x1b[m" {
		t.Errorf("on the threshold: %q", got)
	}
	theme.Glyphs = true
	if got := strings.Join(g.Render(theme, Marks{1, 0, 3}), "/"); got != "4│3/◆  " {
		t.Errorf("without colours: %q", got)
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

func BenchmarkNewGrid(b *testing.B) {
	all := points(400_000)
	for b.Loop() {
		NewGrid(all, 69, 33, 0.5, 1)
	}
}

func BenchmarkRender(b *testing.B) {
	g := NewGrid(points(400_000), 69, 33, 0.5, 1)
	theme := &Theme{Correct: [Levels]int{202, 216, 243, 189, 33}}
	for b.Loop() {
		g.Render(theme, Marks{30, -1, -1})
	}
}
