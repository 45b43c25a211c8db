package figure

import (
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
	for i, v := range m.Variability {
		s.dot(p.x.at(v), p.y.at(m.Confidence[i]), radius, s.Correct[m.level(&s.Palette, i)])
	}
}

// density counts all examples in cells. A cell has the colour of its most frequent level (the lowest, if several are equal) and
// an opacity by the logarithm of its count.
func (s *sheet) density(m *Map, p *panel) image.Image {
	levels := len(s.Correct)
	counts := make([]int, mapColumns*mapRows*levels)
	for i, v := range m.Variability {
		column := int((p.x.at(v) - mapLeft) / cell)
		row := int((mapTop - p.y.at(m.Confidence[i])) / cell)
		counts[(row*mapColumns+column)*levels+m.level(&s.Palette, i)]++
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
			c := color.NRGBAModel.Convert(s.Correct[slices.Index(byLevel, slices.Max(byLevel))]).(color.NRGBA)
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

// legend draws, above the map, the range of shares that each colour stands for: the possible shares for few epochs, otherwise
// the shares that occur.
func (s *sheet) legend(m *Map) {
	shares := m.Correct
	if m.Epochs > 0 && m.Epochs <= maxLevels {
		shares = nil
		for correct := range m.Epochs + 1 {
			shares = append(shares, float64(correct)/float64(m.Epochs))
		}
	}
	least, most := make([]float64, len(s.Correct)), make([]float64, len(s.Correct))
	for level := range least {
		least[level], most[level] = math.Inf(1), math.Inf(-1)
	}
	for _, share := range shares {
		level := nearest(share, len(s.Correct))
		least[level], most[level] = min(least[level], share), max(most[level], share)
	}
	const baseline, side = mapTop + 5, 5
	x := vg.Length(mapLeft)
	s.text("correctness", smallSize, x, baseline, left)
	x += width("correctness", smallSize) + 8
	for level, c := range s.Correct {
		if least[level] > most[level] {
			continue
		}
		label := decimal(least[level])
		if high := decimal(most[level]); high != label {
			label += "–" + high
		}
		s.fill(x, baseline, x+side, baseline+side, c)
		s.text(label, smallSize, x+side+2.5, baseline, left)
		x += side + 2.5 + width(label, smallSize) + 8
	}
}
