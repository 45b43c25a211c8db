package figure

import (
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// axis maps the numbers from..to to the positions start..end, in points.
type axis struct {
	from, to   float64
	start, end vg.Length
	log        bool // logarithmic; the numbers must be above zero
}

// at returns the position of a number.
func (a axis) at(v float64) vg.Length {
	if a.log {
		return a.start + vg.Length(math.Log(v/a.from)/math.Log(a.to/a.from))*(a.end-a.start)
	}
	return a.start + vg.Length((v-a.from)/(a.to-a.from))*(a.end-a.start)
}

// span returns the range of an axis in whole tenths that includes all values and at least 0 to least.
func span(values []float64, least float64) (from, to float64) {
	to = least
	for _, v := range values {
		from, to = min(from, v), max(to, v)
	}
	const rounding = 1e-9
	return math.Floor(from*10+rounding) / 10, math.Ceil(to*10-rounding) / 10
}

// ticks returns round numbers on an axis and their labels: at most the given number of steps, integers if whole is set.
func (a axis) ticks(most int, whole bool) (values []float64, labels []string) {
	if a.log && a.to/a.from > 10 {
		return a.powers()
	}
	step, decimals := roundStep((a.to-a.from)/float64(most), whole)
	const rounding = 1e-9
	for k := math.Ceil(a.from/step - rounding); k*step <= a.to+rounding*step; k++ {
		label := strconv.FormatFloat(math.Abs(k*step), 'f', decimals, 64)
		if whole {
			label = grouped(int(k * step))
		}
		if k < 0 {
			label = "-" + label
		}
		values, labels = append(values, k*step), append(labels, label)
	}
	return values, labels
}

// powers returns the powers of ten on a logarithmic axis, with their labels.
func (a axis) powers() (values []float64, labels []string) {
	for power := math.Ceil(math.Log10(a.from)); math.Pow(10, power) <= a.to; power++ {
		v := math.Pow(10, power)
		values, labels = append(values, v), append(labels, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return values, labels
}

// roundStep returns the least number of the form 1, 2 or 5 times a power of ten that is not below least, and the number of
// decimals to print it with.
func roundStep(least float64, whole bool) (step float64, decimals int) {
	power := int(math.Floor(math.Log10(least)))
	if whole {
		power = max(power, 0)
	}
	for _, digit := range []float64{1, 2, 5} {
		if step = digit * math.Pow10(power); step >= least {
			return step, max(-power, 0)
		}
	}
	return math.Pow10(power + 1), max(-power-1, 0)
}

// panel is a rectangle with an x axis below it and a y axis to its left. The ends of the axes lie on or within the rectangle.
type panel struct {
	left, bottom, right, top vg.Length
	x, y                     axis
	steps                    [2]int // the most steps between ticks along x and y
	whole                    bool   // y counts examples: its ticks are integers
	xName, yName             string
	yNameLeft                vg.Length // distance of yName from the panel
}

const (
	tickLength = 2.5
	axisWidth  = 0.6
	gridWidth  = 0.4
)

// grid draws the grid lines, below the data.
func (s *sheet) grid(p *panel) {
	values, _ := p.y.ticks(p.steps[1], p.whole)
	for _, v := range values {
		s.line(p.left, p.y.at(v), p.right, p.y.at(v), gridWidth, s.Faint)
	}
	values, _ = p.x.ticks(p.steps[0], false)
	for _, v := range values {
		s.line(p.x.at(v), p.bottom, p.x.at(v), p.top, gridWidth, s.Faint)
	}
}

// axes draws the axes with ticks and names, above the data.
func (s *sheet) axes(p *panel) {
	s.line(p.left-axisWidth/2, p.bottom, p.right, p.bottom, axisWidth, s.Ink)
	s.line(p.left, p.bottom, p.left, p.top, axisWidth, s.Ink)
	values, labels := p.x.ticks(p.steps[0], false)
	for i, v := range values {
		x := p.x.at(v)
		s.line(x, p.bottom, x, p.bottom-tickLength, axisWidth, s.Ink)
		s.text(labels[i], smallSize, x, p.bottom-tickLength-1.5-0.75*smallSize, middle)
	}
	s.text(p.xName, labelSize, (p.left+p.right)/2, p.bottom-tickLength-4-smallSize-0.75*labelSize, middle)
	values, labels = p.y.ticks(p.steps[1], p.whole)
	for i, v := range values {
		y := p.y.at(v)
		s.line(p.left, y, p.left-tickLength, y, axisWidth, s.Ink)
		s.text(labels[i], smallSize, p.left-tickLength-1.5, y-centred(smallSize), right)
	}
	s.upward(p.yName, labelSize, p.left-p.yNameLeft, (p.bottom+p.top)/2)
}

// grouped formats an integer with commas between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// counted formats a number of things, such as "1 epoch" or "2 epochs".
func counted(n int, name string) string {
	if n != 1 {
		name += "s"
	}
	return grouped(n) + " " + name
}
