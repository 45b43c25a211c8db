package view

import (
	"math"
	"strconv"
	"strings"
	"time"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// XAxis is the quantity on the x axis of the curves.
type XAxis int

// The quantities.
const (
	BySteps    XAxis = iota // optimiser steps
	ByExamples              // examples trained on, counted again in every epoch
	ByCompute               // training TFLOP; a run on a selection starts at the TFLOP of its reference
	ByTime                  // seconds spent in training steps
	XAxes                   // the number of quantities
)

func (a XAxis) String() string {
	return [XAxes]string{"steps", "examples", "training TFLOP, including the reference", "training time"}[a]
}

// unit returns the unit of the labels, "" for time, whose labels have theirs.
func (a XAxis) unit() string { return [XAxes]string{"steps", "examples", "TFLOP", ""}[a] }

// label formats a value of the axis in few cells.
func (a XAxis) label(x float64) string {
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

// ruler converts steps of a run, in ascending order, to values of the x axis.
type ruler struct {
	run    *watch.Run
	axis   XAxis
	source float64 // FLOPs of the run that made the selection
	total  int     // the index of the first of the run's totals at or after the last step
}

// x returns the value of the x axis at a step.
func (r *ruler) x(step int) float64 {
	switch r.axis {
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
	if r.axis == ByTime {
		return from.Seconds + share*(to.Seconds-from.Seconds)
	}
	return (r.source + from.FLOPs + share*(to.FLOPs-from.FLOPs)) / 1e12
}

// scale maps the values between two bounds to 0 to 1, linearly or logarithmically.
type scale struct {
	from, to float64
	log      bool
	step     float64 // the distance of ticks; 0 = chosen by ticks
}

// niceScale returns a scale of at least some length around values, between round numbers: its ends and its n to 2n ticks are multiples
// of a step, the largest that leaves less than a third of the scale empty. Values within 0 and most stay there.
func niceScale(e extent, least, most float64, n int) scale {
	if short := least - (e.high - e.low); short > 0 {
		low := e.low - short/2
		if e.low >= 0 {
			low = max(low, 0)
		}
		if e.high <= most {
			low = min(low, most-least)
		}
		e = extent{min(low, e.low), max(low+least, e.high)}
	}
	const rounding = 1e-9
	around := func(step float64) scale {
		return scale{from: math.Floor(e.low/step+rounding) * step, to: math.Ceil(e.high/step-rounding) * step, step: step}
	}
	step := roundUp((e.high - e.low) / float64(max(n, 1)))
	s := around(step)
	for s.to-s.from > 1.5*(e.high-e.low) {
		step = roundUp(step / 2.6) // the next smaller one: 5, 2, 1
		finer := around(step)
		if finer.to-finer.from > float64(2*n)*step*(1+rounding) {
			break
		}
		s = finer
	}
	return s
}

// share returns where between the bounds a value lies, NaN if it has no logarithm on a logarithmic scale.
func (s scale) share(v float64) float64 {
	if s.log {
		if v <= 0 {
			return math.NaN()
		}
		return math.Log(v/s.from) / math.Log(s.to/s.from)
	}
	return (v - s.from) / (s.to - s.from)
}

// ticks returns up to about n round values. They are 1, 2 or 5 times a power of ten apart; on a logarithmic scale they are such
// multiples themselves.
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
	step := s.step
	if step == 0 {
		step = roundUp((s.to - s.from) / float64(max(n, 1)))
	}
	for k := math.Ceil(s.from/step - 1e-9); k*step <= s.to+step*1e-9; k++ {
		ticks = append(ticks, k*step+0) // not -0
	}
	return ticks
}

// roundUp returns the smallest number of the form 1, 2 or 5 times a power of ten that is at least v.
func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// roundTimes are the distances between ticks of time, in seconds.
var roundTimes = []float64{10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000, 86400}

// timeTicks is like ticks, for seconds: the values are round in minutes and hours.
func (s scale) timeTicks(n int) []float64 {
	least := (s.to - s.from) / float64(max(n, 1))
	if least <= 5 || least > roundTimes[len(roundTimes)-1] {
		return s.ticks(n)
	}
	step := roundTimes[0]
	for _, m := range roundTimes {
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

// brief formats a number with three significant digits.
func brief(v float64) string {
	if a := math.Abs(v); a >= 1000 && a < 1e6 {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	text := strconv.FormatFloat(v, 'g', 3, 64)
	return strings.NewReplacer("e-0", "e-", "e+0", "e", "e+", "e").Replace(text)
}

// Window is the part of the x axis that the charts show. The zero value is all of it.
type Window struct{ From, To float64 }

// within resolves the zero value on an axis from 0 to end.
func (w Window) within(end float64) Window {
	if w.To <= w.From {
		return Window{0, end}
	}
	return w
}

// Zoom returns 1/factor of the window. The value x keeps its place on the screen.
func (w Window) Zoom(factor, x, end float64) Window {
	w = w.within(end)
	x = min(max(x, w.From), w.To)
	return Window{x - (x-w.From)/factor, x + (w.To-x)/factor}.settle(end)
}

// Pan returns the window moved by a share of its width.
func (w Window) Pan(share, end float64) Window {
	w = w.within(end)
	by := share * (w.To - w.From)
	return Window{w.From + by, w.To + by}.settle(end)
}

// Middle returns the value in the middle of the window.
func (w Window) Middle(end float64) float64 {
	w = w.within(end)
	return (w.From + w.To) / 2
}

// Width returns the length of the window.
func (w Window) Width(end float64) float64 {
	w = w.within(end)
	return w.To - w.From
}

// Show returns the window moved just far enough to contain x.
func (w Window) Show(x, end float64) Window {
	w = w.within(end)
	by := min(x-w.From, 0) + max(x-w.To, 0)
	return Window{w.From + by, w.To + by}.settle(end)
}

// settle limits the window to the axis, with a least width.
func (w Window) settle(end float64) Window {
	width := max(w.To-w.From, end/1e5)
	if width >= end {
		return Window{}
	}
	from := min(max(w.From, 0), end-width)
	return Window{from, from + width}
}
