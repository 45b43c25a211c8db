package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// Where the histograms lie on the page, in points: one below the other, as high together as the map.
const (
	histogramLeft  = mapRight + 60
	histogramRight = pageWidth - 12
	histogramGap   = 34
	tickRoom       = 17 // between ticks of the x axis, at least
)

// bins is the number of bars over a range of numbers. Correctness has a bar a level, where there are not more than
// mostLevels epochs; else, or where their number is not known, its bars are tenths.
const (
	bins       = 20
	mostLevels = 30
	tenths     = 10
)

// histogram has bars of equal width, which fill its panel.
type histogram struct {
	panel
	counts  []int         // [bars]
	colours []color.Color // [bars]
	around  bool          // the ends of the x axis are in the middle of the first and the last bar, not where they end
}

// histograms draws, from above, those of confidence, variability and, where it is known, correctness.
func (s *sheet) histograms(m *Map) {
	all := []*histogram{s.ofValues("confidence", m.Confidence, 1), s.ofValues("variability", m.Variability, 0.1)}
	if m.Correct != nil {
		all = append(all, s.ofLevels(m))
	}
	height := (mapTop - mapBottom - histogramGap*vg.Length(len(all)-1)) / vg.Length(len(all))
	for i, h := range all {
		h.top = mapTop - vg.Length(i)*(height+histogramGap)
		h.bottom = h.top - height
		s.histogram(h)
	}
}

func (s *sheet) ofValues(name string, values []float64, least float64) *histogram {
	h := &histogram{counts: make([]int, bins)}
	h.xName = name
	h.x.from, h.x.to = span(values, least)
	for _, v := range values {
		h.counts[min(int((v-h.x.from)/(h.x.to-h.x.from)*bins), bins-1)]++
	}
	for range bins {
		h.colours = append(h.colours, mixed(s.Ink, s.Paper))
	}
	return h
}

func (s *sheet) ofLevels(m *Map) *histogram {
	steps := m.Epochs
	if steps < 1 || steps > mostLevels {
		steps = tenths
	}
	h := &histogram{counts: make([]int, steps+1), around: true}
	h.xName = "correctness"
	h.x.from, h.x.to = 0, 1
	for _, share := range m.Correct {
		h.counts[nearest(share, steps+1)]++
	}
	for step := range h.counts {
		h.colours = append(h.colours, s.Correct[nearest(float64(step)/float64(steps), len(s.Correct))])
	}
	return h
}

// mixed is halfway between two colours.
func mixed(a, b color.Color) color.Color {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return color.RGBA{uint8((ar + br) / 2 >> 8), uint8((ag + bg) / 2 >> 8), uint8((ab + bb) / 2 >> 8), 255}
}

// histogram draws one between its top and bottom.
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
			// A few examples beside many are still seen.
			const gap, low = 0.4, 0.5
			x := h.left + vg.Length(bin)*wide
			s.fill(x+gap, h.bottom, x+wide-gap, max(h.y.at(float64(count)), h.bottom+low), h.colours[bin])
		}
	}
	s.axes(&h.panel)
}
