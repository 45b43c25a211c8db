package view

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"ftft/datamap"
)

// themes are a theme with colours and one with glyphs.
func themes() map[string]*Theme {
	return map[string]*Theme{
		"colours": {Correct: [datamap.LevelColours]int{1, 10, 2, 3, 4, 11, 5}, Line: 9, Grey: 7, Found: 6},
		"glyphs":  {Glyphs: true},
	}
}

// Steps of the fraction, forwards and back, give the same cells as a fresh computation, with and without an index of examples.
func TestStepsOfTheFraction(t *testing.T) {
	const n = 20_000
	all := points(n)
	random := rand.New(rand.NewPCG(3, 4))
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	random.Shuffle(n, func(i, k int) { order[i], order[k] = order[k], order[i] })
	examples := slices.Clone(order)
	examples[5] = -1 // a point without an example
	for name, at := range map[string][]int32{"points are examples": nil, "points have examples": examples} {
		stepped := NewGrid(all, 69, 33, 0.5, 1, four)
		for _, count := range []int{0, 200, 6600, 6800, 6400, n, 300, 0} {
			h := &Highlight{Order: order, Count: count, Fixed: true, Examples: at}
			stepped.choose(h)
			fresh := NewGrid(all, 69, 33, 0.5, 1, four)
			fresh.choose(h)
			if !slices.Equal(stepped.chosen.modal, fresh.chosen.modal) || !slices.Equal(stepped.chosen.few, fresh.chosen.few) {
				t.Fatalf("%s: the cells differ after a step to %d", name, count)
			}
		}
	}
}

// What is not selected dims at every density: a cell without selected points is dim, and the share of full cells among dense ones
// is the selected share. The cursor, hits and marks stay.
func TestSelectionDimsTheRest(t *testing.T) {
	for name, theme := range themes() {
		for _, n := range []int{300, 20_000, 400_000} {
			all := points(n)
			g := NewGrid(all, 69, 33, 0.5, 1, four)
			order := make([]int32, n)
			for i := range order {
				order[i] = int32(i)
			}
			slices.SortFunc(order, func(a, b int32) int { // by variability, the highest first
				if all[a].Variability > all[b].Variability {
					return -1
				}
				return 1
			})
			g.choose(&Highlight{Order: order, Count: n / 3, Fixed: true})
			edge, _ := g.place(all[order[n/3-1]].Variability, 0)
			dim, full := 0, 0
			for cell := range g.modal {
				if g.modal[cell] < 0 {
					continue
				}
				glyph, style := g.points(theme, cell)
				isDim := style == theme.Grey && !theme.Glyphs || theme.Glyphs && glyph == '·'
				if column := cell % g.W; isDim && column > edge/2 || !isDim && column < edge/2 {
					t.Fatalf("%s, %d points: cell %d, %d is dim: %v", name, n, column, cell/g.W, isDim)
				}
				if isDim {
					dim++
				} else {
					full++
				}
			}
			if dim < 100 && n > 300 || full < 50 {
				t.Errorf("%s, %d points: %d cells are dim and %d are not", name, n, dim, full)
			}
			order = slices.Clone(order)
			rand.New(rand.NewPCG(5, 6)).Shuffle(n, func(i, k int) { order[i], order[k] = order[k], order[i] })
			g.choose(&Highlight{Order: order, Count: n / 3, Fixed: true})
			few, dense := 0, 0
			for cell := range g.modal {
				if g.count[cell] < 60 {
					continue
				}
				dense++
				bare := *g
				bare.chosen = chosen{}
				glyph, _ := g.points(theme, cell)
				if was, _ := bare.points(theme, cell); g.chosen.modal[cell] >= 0 && glyph != was && (!theme.Glyphs || glyph == ':') {
					few++
				}
			}
			if share := float64(few) / float64(max(dense, 1)); n == 400_000 && (share < 0.55 || share > 0.75) {
				t.Errorf("%s: a third at random is selected, and %.2f of the dense cells show that, want about two thirds", name, share)
			}
		}
	}
}

// A step of one point changes few cells even where examples are selected at random, so that little is sent to the terminal.
func TestRandomStepChangesFewCells(t *testing.T) {
	const n = 400_000
	g := NewGrid(points(n), 69, 33, 0.5, 1, four)
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	rand.New(rand.NewPCG(7, 8)).Shuffle(n, func(i, k int) { order[i], order[k] = order[k], order[i] })
	for percent := 10; percent < 90; percent++ {
		g.choose(&Highlight{Order: order, Count: percent * n / 100, Fixed: true})
		before := slices.Clone(g.chosen.few)
		g.choose(&Highlight{Order: order, Count: (percent + 1) * n / 100, Fixed: true})
		changed := 0
		for cell := range before {
			if before[cell] != g.chosen.few[cell] {
				changed++
			}
		}
		if changed > 150 {
			t.Errorf("from %d to %d %%: %d of %d cells change", percent, percent+1, changed, len(before))
		}
	}
}

func BenchmarkChooseStep(b *testing.B) {
	const n = 400_000
	for _, size := range [][2]int{{69, 33}, {186, 93}} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			g := NewGrid(points(n), size[0], size[1], 0.5, 1, four)
			order := make([]int32, n)
			for i := range order {
				order[i] = int32(i)
			}
			for i := 0; b.Loop(); i++ {
				g.choose(&Highlight{Order: order, Count: n/3 + i%2*n/100, Fixed: true})
			}
		})
	}
}
