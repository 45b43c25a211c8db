package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// Positions of the histograms on the page, in points. They are stacked and together as high as the map.
const (
	histogramLeft  = mapRight + 60
	histogramRight = pageWidth - 12
	histogramGap   = 34
	tickRoom       = 17 // least distance between ticks of the x axis
)

// bins is the number of bars for confidence and variability. Correctness has one bar per level for up to maxLevels epochs.
// Otherwise, and if the number of epochs is unknown, its bars are tenths.
const (
	bins      = 20
	maxLevels = 30
	tenths    = 10
)

// histogram has bars of equal width that fill its panel.
type histogram struct {
	panel
	counts  []int         // [bars]
	colours []color.Color // [bars]
	around  bool          // the x axis ends at the middle of the first and the last bar, not at their edges
}

// histograms draws, from the top, confidence, variability and, if it is known, correctness.
func (s *sheet) histograms(m *Map) {
	all := []*histogram{s.histogramOf("confidence", m.Confidence, 1), s.histogramOf("variability", m.Variability, 0.1)}
	if m.Correct != nil {
		all = append(all, s.correctnessHistogram(m))
	}
	height := (mapTop - mapBottom - histogramGap*vg.Length(len(all)-1)) / vg.Length(len(all))
	for i, h := range all {
		h.top = mapTop - vg.Length(i)*(height+histogramGap)
		h.bottom = h.top - height
		s.histogram(h)
	}
}

// histogramOf returns the histogram of values over a range that includes 0 to least.
func (s *sheet) histogramOf(name string, values []float64, least float64) *histogram {
	h := &histogram{counts: make([]int, bins)}
	h.xName = name
	h.x.from, h.x.to = span(values, least)
	for _, v := range values {
		h.counts[min(int((v-h.x.from)/(h.x.to-h.x.from)*bins), bins-1)]++
	}
	for range bins {
		h.colours = append(h.colours, mix(s.Ink, s.Paper))
	}
	return h
}

// correctnessHistogram returns the histogram of the levels of correctness.
func (s *sheet) correctnessHistogram(m *Map) *histogram {
	steps := m.Epochs
	if steps < 1 || steps > maxLevels {
		steps = tenths
	}
	h := &histogram{counts: make([]int, steps+1), around: true}
	h.xName = "correctness"
	h.x.from, h.x.to = 0, 1
	for _, share := range m.Correct {
		h.counts[min(max(int(share*float64(steps)+0.5), 0), steps)]++
	}
	levels, colours := m.levels(), s.levelColours(m)
	for step := range h.counts {
		h.colours = append(h.colours, colours[levels.At(float32(step)/float32(steps))])
	}
	return h
}

// mix returns the colour halfway between two colours.
func mix(a, b color.Color) color.Color {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return color.RGBA{uint8((ar + br) / 2 >> 8), uint8((ag + bg) / 2 >> 8), uint8((ab + bb) / 2 >> 8), 255}
}

// histogram draws a histogram between its top and bottom.
func (s *sheet) histogram(h *histogram) {
	most := 1
	for _, count := range h.counts {
		most = max(most, count)
	}
	h.left, h.right = histogramLeft, histogramRight
	wide := (h.right - h.left) / vg.Length(len(h.counts))
	h.x.start, h.x.end = h.left, h.right
	if h.around {
		h.x.start, h.x.end = h.left+wide/2, h.right-wide/2
	}
	h.y = axis{from: 0, to: 1.05 * float64(most), start: h.bottom, end: h.top}
	h.whole, h.steps, h.yName, h.yNameLeft = true, [2]int{int((h.x.end - h.x.start) / tickRoom), 5}, "examples", 40
	s.grid(&h.panel)
	for bin, count := range h.counts {
		if count > 0 {
			// Even a single example is visible beside many.
			const gap, low = 0.4, 0.5
			x := h.left + vg.Length(bin)*wide
			s.fill(x+gap, h.bottom, x+wide-gap, max(h.y.at(float64(count)), h.bottom+low), h.colours[bin])
		}
	}
	s.axes(&h.panel)
}
