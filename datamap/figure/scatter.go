package figure

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// maxDots is the greatest number of examples that are drawn one by one.
const maxDots = 20_000

// Position of the map on the page, in points. A cell is five image dots wide and high and is aligned with them. The ends of the
// axes, 0 and 1, are in the middle of a cell. The room beyond them holds the names of the regions.
const (
	mapLeft    = 42
	mapBottom  = 36
	cell       = 1.2
	cellDots   = 5
	mapColumns = 240
	mapRows    = 230
	mapRight   = mapLeft + cell*mapColumns
	mapTop     = mapBottom + cell*mapRows
	besideX    = 3.5 * cell
	besideY    = 16.5 * cell
)

// newMap returns the panel of the map, with axes for variability and confidence.
func newMap(m *Map) *panel {
	p := &panel{left: mapLeft, bottom: mapBottom, right: mapRight, top: mapTop,
		steps: [2]int{6, 5}, xName: "variability", yName: "confidence", yNameLeft: 24}
	p.x = axis{start: mapLeft + besideX, end: mapRight - besideX}
	p.x.from, p.x.to = span(m.Variability, 0.1)
	p.y = axis{start: mapBottom + besideY, end: mapTop - besideY}
	p.y.from, p.y.to = span(m.Confidence, 1)
	return p
}

func (s *sheet) scatter(m *Map) {
	p := newMap(m)
	s.grid(p)
	if len(m.Variability) > maxDots {
		area := vg.Rectangle{Min: vg.Point{X: mapLeft, Y: mapBottom}, Max: vg.Point{X: mapRight, Y: mapTop}}
		s.SetColor(s.Ink) // opaque: the PDF's images take the opacity of the last colour
		s.DrawImage(area, s.density(m, p))
	} else {
		s.dots(m, p)
	}
	s.axes(p)
	s.regions(m, p)
	if m.Correct != nil {
		s.legend(m)
	}
}

// dots draws one dot per example.
func (s *sheet) dots(m *Map, p *panel) {
	// More examples get smaller dots.
	n := float64(len(m.Variability))
	radius := vg.Length(1.9 * min(1, math.Pow(1000/max(n, 1), 0.25)))
	colours := s.levelColours(m)
	for i, v := range m.Variability {
		s.dot(p.x.at(v), p.y.at(m.Confidence[i]), radius, colours[m.level(i)])
	}
}

// density counts all examples in cells. A cell has the colour of its most frequent level (the lowest, if several are equal) and
// an opacity by the logarithm of its count.
func (s *sheet) density(m *Map, p *panel) image.Image {
	colours := s.levelColours(m)
	levels := len(colours)
	counts := make([]int, mapColumns*mapRows*levels)
	for i, v := range m.Variability {
		column := int((p.x.at(v) - mapLeft) / cell)
		row := int((mapTop - p.y.at(m.Confidence[i])) / cell)
		counts[(row*mapColumns+column)*levels+m.level(i)]++
	}
	totals, densest := make([]int, mapColumns*mapRows), 0
	for at := range totals {
		for _, count := range counts[at*levels : (at+1)*levels] {
			totals[at] += count
		}
		densest = max(densest, totals[at])
	}
	picture := image.NewNRGBA(image.Rect(0, 0, mapColumns*cellDots, mapRows*cellDots))
	for at, total := range totals {
		if total > 0 {
			byLevel := counts[at*levels : (at+1)*levels]
			c := color.NRGBAModel.Convert(colours[slices.Index(byLevel, slices.Max(byLevel))]).(color.NRGBA)
			c.A = opacity(total, densest)
			paint(picture, at%mapColumns, at/mapColumns, c)
		}
	}
	return picture
}

// opacity returns the opacity of a cell: full for the densest one, still visible for a single example.
func opacity(count, densest int) uint8 {
	const least = 0.45
	if densest == 1 {
		return 255
	}
	return uint8(255*(least+(1-least)*math.Log(float64(count))/math.Log(float64(densest))) + 0.5)
}

// paint fills a cell.
func paint(picture *image.NRGBA, column, row int, c color.NRGBA) {
	for y := row * cellDots; y < (row+1)*cellDots; y++ {
		for x := column * cellDots; x < (column+1)*cellDots; x++ {
			picture.SetNRGBA(x, y, c)
		}
	}
}

// legend draws, above the map, the colour of each level of correctness and its counts of epochs.
func (s *sheet) legend(m *Map) {
	levels, colours := m.levels(), s.levelColours(m)
	heading, end := "correct", ""
	if levels.Epochs > 0 {
		heading, end = "correct in", fmt.Sprintf("of %d epochs", levels.Epochs)
	}
	const baseline, side = mapTop + 5, 5
	x := vg.Length(mapLeft)
	s.text(heading, smallSize, x, baseline, left)
	x += width(heading, smallSize) + 8
	for level := range levels.Len() {
		name := levels.Name(level)
		s.fill(x, baseline, x+side, baseline+side, colours[level])
		s.text(name, smallSize, x+side+2.5, baseline, left)
		x += side + 2.5 + width(name, smallSize) + 8
	}
	s.text(end, smallSize, x-4, baseline, left)
}
