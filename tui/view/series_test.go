package view

import (
	"math"
	"math/rand/v2"
	"testing"

	"charm.land/lipgloss/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// The extremes of any part equal those of a scan over its points.
func TestExtremesOfAnyStretch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 15, 16, 17, 256, 257, 5000} {
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = float64(i), random.NormFloat64()
			if i%7 == 3 {
				y[i] = math.NaN()
			}
		}
		s := newSeries(x, y)
		for range 300 {
			first := random.IntN(n + 1)
			last := first + random.IntN(n-first+1)
			want := nothing
			for _, v := range y[first:last] {
				if v == v {
					want = extent{min(want.low, v), max(want.high, v)}
				}
			}
			if got := s.between(first, last); got.extent != want {
				t.Fatalf("%d points from %d to %d: %v, want %v", n, first, last, got, want)
			}
		}
	}
}

func TestValuesBetweenPoints(t *testing.T) {
	s := newSeries([]float64{1, 2, 4}, []float64{10, 20, 40})
	for x, want := range map[float64]float64{1: 10, 1.5: 10, 2: 20, 3.9: 20, 4: 40, 9: 40} {
		if got, known := s.at(x); !known || got != want {
			t.Errorf("at %v: %v %v", x, got, known)
		}
	}
	if _, known := s.at(0.5); known {
		t.Error("a value before the first point")
	}
	if got := s.along(3); got != 30 || !math.IsNaN(s.along(0.9)) || !math.IsNaN(s.along(4.1)) || s.along(4) != 40 {
		t.Errorf("along: %v", got)
	}
}

// The bias is corrected as in Adam (Kingma and Ba, 2015, section 3): the average of a constant is the constant from the first value.
// The average of two values is computed by hand.
func TestSmoothingIsUnbiased(t *testing.T) {
	for i, v := range smoothed([]float64{3, 3, math.NaN(), 3}, 0.9) {
		if i == 2 != math.IsNaN(v) || i != 2 && math.Abs(v-3) > 1e-12 {
			t.Errorf("%d: %v", i, v)
		}
	}
	if got := smoothed([]float64{1, 4}, 0.5)[1]; math.Abs(got-(0.5*1+1*4)/1.5) > 1e-12 {
		t.Errorf("got %v", got)
	}
}

func TestBandOverSeeds(t *testing.T) {
	x := []float64{1, 2, 3}
	seeds := []*series{newSeries(x, []float64{1, 2, 3}), newSeries(x, []float64{2, 2, 5}), newSeries(x, []float64{3, 2, 7})}
	mean, around := meanOf(seeds, Deviation, nil)
	if mean.y[0] != 2 || mean.y[2] != 5 || math.Abs(around.high[2]-7) > 1e-12 || math.Abs(around.low[0]-1) > 1e-12 {
		t.Errorf("mean %v, from %v to %v: the sample standard deviation of 1, 2, 3 is 1, of 3, 5, 7 it is 2", mean.y, around.low, around.high)
	}
	seeds[1] = newSeries(x[:2], []float64{4, 8}) // a run that stopped earlier
	mean, around = meanOf(seeds, MinMax, []float64{0, 1, 1.5, 2, 2.5, 3})
	if len(mean.x) != 3 || mean.x[2] != 2 || math.Abs(mean.y[2]-4) > 1e-12 || around.low[1] != 1.5 || around.high[1] != 6 {
		t.Errorf("at %v: mean %v, from %v to %v", mean.x, mean.y, around.low, around.high)
	}
}

func TestRoundTicks(t *testing.T) {
	for _, c := range []struct {
		scale scale
		n     int
		want  []float64
	}{
		{scale{from: 0, to: 400}, 3, []float64{0, 200, 400}},
		{scale{from: 0.46, to: 0.69}, 6, []float64{0.5, 0.55, 0.6, 0.65}},
		{scale{from: 0.02, to: 3, log: true}, 6, []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2}},
	} {
		got := c.scale.ticks(c.n)
		same := len(got) == len(c.want)
		for i := range got {
			same = same && math.Abs(got[i]-c.want[i]) < 1e-9
		}
		if !same {
			t.Errorf("%v: %v, want %v", c.scale, got, c.want)
		}
	}
}

func TestWindowStaysOnTheAxis(t *testing.T) {
	w := Window{}.Zoom(2, 100, 100)
	if w != (Window{50, 100}) || w.Pan(1, 100) != w || w.Pan(-5, 100) != (Window{0, 50}) || w.Zoom(0.5, 75, 100) != (Window{}) {
		t.Errorf("%v, %v, %v, %v", w, w.Pan(1, 100), w.Pan(-5, 100), w.Zoom(0.5, 75, 100))
	}
	if got := w.Show(20, 100); got != (Window{20, 70}) {
		t.Errorf("%v does not show 20", got)
	}
}

// A single peak among 100,000 points is drawn in the band.
func TestNoPeakIsLost(t *testing.T) {
	for _, peak := range []int{0, 12_345, 99_999} {
		x, y := make([]float64, 100_000), make([]float64, 100_000)
		for i := range x {
			x[i] = float64(i)
		}
		y[peak] = 1
		c := chart{theme: &Theme{}, w: 60, h: 12, x: scale{from: 0, to: 99_999}, y: scale{from: 0, to: 1}}
		top := []rune(c.draw([]curve{{line: newSeries(x, y), raw: newSeries(x, y)}})[0])
		found := false
		for _, r := range top[chartLeft:] {
			found = found || r > 0x2800 && r <= 0x28ff
		}
		if !found {
			t.Errorf("the peak at %d is not in %q", peak, string(top))
		}
	}
}

// long returns curves of a number of runs with a number of steps each.
func long(steps, runs int) *Curves {
	colour := func(n string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(n)) }
	c := &Curves{Theme: &Theme{Series: []lipgloss.Style{colour("33"), colour("214"), colour("79"), colour("176")}}, Smoothing: 0.95}
	for k := range runs {
		run := &watch.Run{
			Dir: rundir.Dir(string(rune('a' + k))), Record: rundir.Record{Start: &rundir.Start{MaxSteps: steps}}, Status: rundir.Status{Step: steps},
		}
		for i := range steps {
			run.Losses = append(run.Losses, float32(math.Exp(-float64(i)/float64(steps))+0.3*math.Sin(float64(i*(k+3)))))
			if i%40 == 0 {
				sums := rundir.Steps{LearningRate: 1e-5, GradientNorm: 1 + math.Sin(float64(i)), Seconds: float64(i), FLOPs: float64(i) * 1e9}
				run.Totals = append(run.Totals, rundir.Totals{Step: i + 1, Steps: sums})
			}
		}
		for i := 1; i <= 12; i++ {
			for _, kind := range []string{"id", "ood"} {
				evaluation := rundir.Evaluation{SetKind: kind, Use: "validation", Index: i, Accuracy: 0.5 + float64(i)/40}
				run.Evaluations = append(run.Evaluations, rundir.Scored{Step: i * steps / 12, Evaluation: evaluation})
			}
		}
		c.Runs = append(c.Runs, DrawnRun{Run: run, Name: string(run.Dir), Arm: "arm"})
	}
	c.Focus = c.Runs[0].Run
	return c
}

// BenchmarkFrame draws the curves of four runs of 100,000 steps in a moving window.
func BenchmarkFrame(b *testing.B) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"120x37", 120, 37}, {"300x97", 300, 97}} {
		for _, set := range []struct {
			name string
			set  int
		}{{"three", 0}, {"five", 1}} {
			b.Run(size.name+"/"+set.name, func(b *testing.B) {
				c := long(100_000, 4)
				c.Set = set.set
				c.Draw(size.w, size.h)
				for i := 0; b.Loop(); i++ {
					c.Window = Window{float64(i % 1000), 100_000}
					c.Draw(size.w, size.h)
				}
			})
		}
	}
}

// BenchmarkNews draws a run of 100,000 steps after it has grown: its curves are computed again.
func BenchmarkNews(b *testing.B) {
	c := long(100_000, 1)
	for b.Loop() {
		run := *c.Focus
		c.Focus, c.Runs[0].Run = &run, &run
		c.Draw(120, 37)
	}
}
