package view

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"ftft/datamap"
	"ftft/train/watch"
)

// dataMap returns the view of a map of n points after some epochs. While running, a part of the next epoch is on it.
func dataMap(theme *Theme, n, epochs int, running bool) *Map {
	p := &watch.Picture{Points: points(n), Epoch: -1, Examples: n, Levels: datamap.Levels{Epochs: epochs, Mixed: running}}
	if running {
		p.Epoch, p.Seen = epochs, n*423/1000
	}
	p.Map = &datamap.Map{Epochs: epochs, Correctness: []int32{}}
	return &Map{Theme: theme, Picture: p, Strategy: datamap.Ambiguous, Threshold: math.NaN(), Ambiguous: math.NaN()}
}

// The title is never cut where a shorter form of it fits, also while an epoch runs.
func TestTitleIsNotCut(t *testing.T) {
	for _, theme := range themes() {
		for _, n := range []int{1000, 400_000} {
			for _, running := range []bool{false, true} {
				for w := 45; w < 200; w++ {
					m := dataMap(theme, 0, 10, running)
					m.Picture.Points, m.Picture.Seen, m.Picture.Examples = make([]watch.Point, n), n*423/1000, n
					title := ansi.Strip(m.title(w))
					want := []string{"Data map", Count(n)}
					if running {
						want = append(want, "epoch 11: 42.3 % seen")
					}
					for _, text := range want {
						if !strings.Contains(title, text) || strings.Contains(title, "…") || Width(title) != w {
							t.Fatalf("%d cells: the title is %q, want %q in it and nothing cut", w, title, text)
						}
					}
				}
			}
		}
	}
}

// Every entry of the legend stands whole, swatch and name, in any width; the levels come first and follow the number of epochs.
func TestLegendHasWholeEntries(t *testing.T) {
	for name, theme := range themes() {
		for epochs := range 13 {
			levels := datamap.Levels{Epochs: epochs}
			entries := map[string]bool{"not selected": true, "example": true, "found": true, "marked": true, "earlier": true}
			for level := range levels.Len() {
				entries[levels.Name(level)], entries[fmt.Sprintf("%s of %d", levels.Name(level), epochs)] = true, true
			}
			for w := 60; w < 200; w += 3 {
				m := dataMap(theme, 10, epochs, false)
				m.Cursor, m.Path = &m.Picture.Points[0], m.Picture.Points[1:3]
				m.Highlight = &Highlight{Order: []int32{0}, Count: 1, Found: make([]bool, 10), Marked: make([]bool, 10)}
				legend := ansi.Strip(m.legend(w))
				if Width(legend) > w {
					t.Fatalf("%s, %d epochs: %d cells of %d: %q", name, epochs, Width(legend), w, legend)
				}
				parts := strings.Split(strings.TrimSpace(legend), "  ")
				for i, part := range parts {
					if i == 0 {
						continue // correct in
					}
					_, text, ok := strings.Cut(part, " ")
					if theme.Glyphs && i <= levels.Len() {
						_, text, ok = strings.Cut(part, "=")
					}
					text = strings.TrimSuffix(text, " epochs")
					if i == levels.Len() && epochs > 0 && !entries[text] {
						text = strings.TrimSuffix(text, fmt.Sprintf(" of %d", epochs))
					}
					if !ok || !entries[text] {
						t.Fatalf("%s, %d epochs, %d cells: the entry %q of %q is not whole", name, epochs, w, part, legend)
					}
				}
				if len(parts) <= levels.Len() {
					t.Fatalf("%s, %d epochs, %d cells: %q lacks a level", name, epochs, w, legend)
				}
			}
		}
	}
}

// The names of the regions and the lines around them are on the map for any fraction, and cover no point.
func TestRegionsAreNamed(t *testing.T) {
	for name, theme := range themes() {
		for _, size := range [][2]int{{50, 14}, {69, 33}, {181, 90}} {
			for _, n := range []int{1000, 20_000} {
				for ambiguous := float32(0.02); ambiguous < 0.5; ambiguous += 0.06 {
					m := dataMap(theme, n, 4, false)
					for i := range m.Picture.Points { // as in a map: the deviation of probabilities has this bound
						p := &m.Picture.Points[i]
						p.Variability = min(p.Variability, float32(math.Sqrt(float64(p.Confidence*(1-p.Confidence)))))
					}
					m.Ambiguous, m.Hard = float64(ambiguous), float64(ambiguous)*1.8
					m.bin(size[0], size[1])
					m.updateGrid()
					drawn := strings.Join(m.grid.Render(theme, m.marks()), "\n")
					m.Ambiguous = math.NaN()
					m.updateGrid()
					bare := strings.Join(m.grid.Render(theme, m.marks()), "\n")
					for _, region := range []string{datamap.Ambiguous, datamap.HardToLearn, datamap.EasyToLearn} {
						if !strings.Contains(ansi.Strip(drawn), region) {
							t.Errorf("%s, %v, %d points, from %.2f: %s is not named", name, size, n, ambiguous, region)
						}
					}
					after := []rune(ansi.Strip(drawn))
					for at, r := range []rune(ansi.Strip(bare)) {
						if r != ' ' && after[at] != r {
							t.Fatalf("%s, %v, %d points, from %.2f: %q covers %q", name, size, n, ambiguous, after[at], r)
						}
					}
					covered := n > 1000 || ambiguous < 0.1 // points may be all along a line
					if !covered && (!strings.Contains(drawn, "┊") || !strings.Contains(drawn, "┈")) {
						t.Errorf("%s, %v, %d points, from %.2f: a region has no line", name, size, n, ambiguous)
					}
				}
			}
		}
	}
}

// The cursor, hits and marks are drawn over points that are not selected.
func TestSignsAreOverTheSelection(t *testing.T) {
	for name, theme := range themes() {
		m := dataMap(theme, 5000, 4, false)
		found, marked := make([]bool, 5000), make([]bool, 5000)
		found[10], marked[20] = true, true
		m.Cursor = &m.Picture.Points[30]
		m.Highlight = &Highlight{Order: []int32{}, Found: found, Marked: marked}
		drawn := ansi.Strip(strings.Join(m.Draw(74, 37)[1:34], "\n"))
		for _, sign := range []string{"●", "◇", "◆"} {
			if !strings.Contains(drawn, sign) {
				t.Errorf("%s: the map of an empty selection lacks %s", name, sign)
			}
		}
		m.Highlight = &Highlight{Order: []int32{}}
		if drawn = ansi.Strip(strings.Join(m.Draw(74, 37)[1:34], "\n")); strings.ContainsAny(drawn, "●◇") {
			t.Errorf("%s: signs stay on the map after the search and the marks", name)
		}
	}
}

// A map without correctness says so, and has no colour of a level.
func TestUnknownCorrectness(t *testing.T) {
	for name, theme := range themes() {
		theme.Unknown = 77
		m := dataMap(theme, 500, 0, false)
		m.Picture.Map.Correctness = nil
		for i := range m.Picture.Points {
			m.Picture.Points[i].Correct = float32(math.NaN())
		}
		drawn := strings.Join(m.Draw(74, 37), "\n")
		if !strings.Contains(ansi.Strip(drawn), "correctness unknown") {
			t.Errorf("%s: the legend does not say that correctness is unknown", name)
		}
		for _, n := range theme.Correct {
			if strings.Contains(drawn, fmt.Sprintf("38;5;%dm⠁", n)) {
				t.Errorf("%s: a point has the colour %d of a level", name, n)
			}
		}
	}
}
