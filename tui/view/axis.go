package view

import (
	"math"
	"strconv"
	"strings"
	"time"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// XAxis is what the x axis of curves counts.
type XAxis int

const (
	BySteps    XAxis = iota // of the optimiser
	ByExamples              // trained on, those of every epoch
	ByCompute               // training TFLOP; of a run on a selection with those of the run that it was selected by
	ByTime                  // seconds spent in training steps
	XAxes                   // their number
)

func (a XAxis) String() string {
	return [XAxes]string{"steps", "examples", "training TFLOP, including the reference", "training time"}[a]
}

// write is a value of the axis in few cells.
func (a XAxis) write(x float64) string {
	switch {
	case a == ByTime && x < 10:
		return brief(x) + " s"
	case a == ByTime:
		return Duration(time.Duration(x * float64(time.Second)))
	case a == ByCompute:
		return brief(x)
	case x >= 10_000:
		return brief(x/1000) + "k"
	}
	return strconv.Itoa(int(math.Round(x)))
}

// ruler finds places on the x axis for ascending steps of a run.
type ruler struct {
	run    *watch.Run
	by     XAxis
	before float64 // FLOPs of the run that it was selected by
	total  int     // the first total at or beyond the last step asked for
}

func (r *ruler) place(step int) float64 {
	switch r.by {
	case BySteps:
		return float64(step)
	case ByExamples:
		return float64(r.run.Examples(step))
	}
	totals := r.run.Totals
	for r.total < len(totals)-1 && totals[r.total].Step < step {
		r.total++
	}
	if len(totals) == 0 {
		return 0
	}
	var from rundir.Totals
	if r.total > 0 {
		from = totals[r.total-1]
	}
	to := totals[r.total]
	share := min(float64(step-from.Step)/float64(max(to.Step-from.Step, 1)), 1)
	if r.by == ByTime {
		return from.Seconds + share*(to.Seconds-from.Seconds)
	}
	return (r.before + from.FLOPs + share*(to.FLOPs-from.FLOPs)) / 1e12
}

// scale lays values from one to another over 0 to 1.
type scale struct {
	from, to float64
	log      bool
}

// share is NaN where a logarithm does not exist.
func (s scale) share(v float64) float64 {
	if s.log {
		if v <= 0 {
			return math.NaN()
		}
		return math.Log(v/s.from) / math.Log(s.to/s.from)
	}
	return (v - s.from) / (s.to - s.from)
}

// ticks are round values, as many as n or a few less: 1, 2 or 5 times a power of ten apart, or on a logarithmic scale
// these themselves.
func (s scale) ticks(n int) []float64 {
	var ticks []float64
	if s.log && s.to/s.from > 10 {
		for power := math.Pow(10, math.Floor(math.Log10(s.from))); power <= s.to; power *= 10 {
			for _, m := range []float64{1, 2, 5} {
				if v := m * power; v >= s.from && v <= s.to && (m == 1 || s.to/s.from < 1000) {
					ticks = append(ticks, v)
				}
			}
		}
		return ticks
	}
	step := roundUp((s.to - s.from) / float64(max(n, 1)))
	for k := math.Ceil(s.from/step - 1e-9); k*step <= s.to+step*1e-9; k++ {
		ticks = append(ticks, k*step+0) // not -0
	}
	return ticks
}

// roundUp gives the least of 1, 2, 5, 10 times a power of ten that is not below v.
func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// minutes are the round spans of time above a few seconds.
var minutes = []float64{10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000, 86400}

// timeTicks are as ticks, but round as time is.
func (s scale) timeTicks(n int) []float64 {
	least := (s.to - s.from) / float64(max(n, 1))
	if least <= 5 || least > minutes[len(minutes)-1] {
		return s.ticks(n)
	}
	step := minutes[0]
	for _, m := range minutes {
		if step = m; m >= least {
			break
		}
	}
	var ticks []float64
	for k := math.Ceil(s.from / step); k*step <= s.to; k++ {
		ticks = append(ticks, k*step)
	}
	return ticks
}

// brief writes a number in three digits.
func brief(v float64) string {
	if a := math.Abs(v); a >= 1000 && a < 1e6 {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	text := strconv.FormatFloat(v, 'g', 3, 64)
	return strings.NewReplacer("e-0", "e-", "e+0", "e", "e+", "e").Replace(text)
}

// Window is the part of the x axis that charts show; To 0 = all of it.
type Window struct{ From, To float64 }

// within gives the window's ends on an axis that reaches to end.
func (w Window) within(end float64) Window {
	if w.To <= w.From {
		return Window{0, end}
	}
	return w
}

// Zoom shows 1/factor of the window, with x staying where it is.
func (w Window) Zoom(factor, x, end float64) Window {
	w = w.within(end)
	x = min(max(x, w.From), w.To)
	return Window{x - (x-w.From)/factor, x + (w.To-x)/factor}.settle(end)
}

// Pan moves the window by a share of its width.
func (w Window) Pan(share, end float64) Window {
	w = w.within(end)
	by := share * (w.To - w.From)
	return Window{w.From + by, w.To + by}.settle(end)
}

// Middle is the x in the middle.
func (w Window) Middle(end float64) float64 {
	w = w.within(end)
	return (w.From + w.To) / 2
}

// Width is how much of the axis shows.
func (w Window) Width(end float64) float64 {
	w = w.within(end)
	return w.To - w.From
}

// Show moves the window as far as it takes to hold x.
func (w Window) Show(x, end float64) Window {
	w = w.within(end)
	by := min(x-w.From, 0) + max(x-w.To, 0)
	return Window{w.From + by, w.To + by}.settle(end)
}

// settle keeps the window on the axis and from closing.
func (w Window) settle(end float64) Window {
	width := max(w.To-w.From, end/1e5)
	if width >= end {
		return Window{}
	}
	from := min(max(w.From, 0), end-width)
	return Window{from, from + width}
}
