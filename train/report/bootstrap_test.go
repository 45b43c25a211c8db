package report

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// intervals are scipy's: see testdata/intervals.py.
type intervals struct {
	Bootstrap []struct {
		Classes   int
		Gold      []int32
		A, B      []float32
		Intervals map[string]struct{ Difference, Low, High, Error float64 }
	}
	Seeds []struct {
		A, B      []float64
		Low, High float64
	}
}

func readIntervals(t *testing.T) (want intervals) {
	t.Helper()
	text, err := os.ReadFile("testdata/intervals.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil || len(want.Bootstrap) == 0 || len(want.Seeds) == 0 {
		t.Fatal("no intervals: ", err)
	}
	return want
}

func TestBootstrapAgreesWithSciPy(t *testing.T) {
	for _, c := range readIntervals(t).Bootstrap {
		p := pair{predict(c.A, c.Gold, c.Classes), predict(c.B, c.Gold, c.Classes), c.Gold, c.Classes}
		for name, want := range c.Intervals {
			// Of scipy's 5,000 samples and more, the standard error has an error of 1 %, and a bound one of 4 % of the standard error.
			samples := p.bootstrap(name, 20000, 1)
			if got := stat.StdDev(samples, nil); math.Abs(got/want.Error-1) > 0.03 {
				t.Errorf("%s of %d classes: standard error %.5f, scipy's %.5f", name, c.Classes, got, want.Error)
			}
			if got := stat.Mean(samples, nil); math.Abs(got-want.Difference) > 0.1*want.Error {
				t.Errorf("%s of %d classes: mean %.5f, the difference is %.5f", name, c.Classes, got, want.Difference)
			}
			step := 0.0
			if name == "accuracy" { // takes multiples of it
				step = 1 / float64(len(c.Gold))
			}
			if low, high := interval(samples); math.Abs(low-want.Low) > 0.12*want.Error+step || math.Abs(high-want.High) > 0.12*want.Error+step {
				t.Errorf("%s of %d classes: %.4f to %.4f, scipy's %.4f to %.4f", name, c.Classes, low, high, want.Low, want.High)
			}
		}
	}
}

func TestBootstrapIsRepeatable(t *testing.T) {
	c := readIntervals(t).Bootstrap[0]
	p := pair{predict(c.A, c.Gold, c.Classes), predict(c.B, c.Gold, c.Classes), c.Gold, c.Classes}
	for _, name := range []string{"accuracy", "macro_f1", "loss"} {
		first, again, other := p.bootstrap(name, 50, 7), p.bootstrap(name, 50, 7), p.bootstrap(name, 50, 8)
		if !slices.Equal(first, again) || slices.Equal(first, other) {
			t.Errorf("%s: the seed does not decide the samples", name)
		}
		same := pair{p.a, p.a, p.gold, p.classes}
		if low, high := interval(same.bootstrap(name, 50, 7)); low != 0 || high != 0 {
			t.Errorf("%s of a run minus its own: %g to %g", name, low, high)
		}
	}
}

func TestIntervalOverSeedsAgreesWithSciPy(t *testing.T) {
	for _, c := range readIntervals(t).Seeds {
		differences := make([]float64, len(c.A))
		for i := range c.A {
			differences[i] = c.A[i] - c.B[i]
		}
		mean, low, high := overSeeds(differences)
		if math.Abs(low-c.Low) > 1e-8 || math.Abs(high-c.High) > 1e-8 || math.Abs(mean-stat.Mean(differences, nil)) > 1e-12 {
			t.Errorf("%v: %g, %g to %g, scipy's %g to %g", differences, mean, low, high, c.Low, c.High)
		}
	}
}

// The bounds are numpy's default quantiles: np.quantile([1, 2, 3, 10], [0.025, 0.975]).
func TestIntervalInterpolates(t *testing.T) {
	if low, high := interval([]float64{10, 1, 3, 2}); math.Abs(low-1.075) > 1e-12 || math.Abs(high-9.475) > 1e-12 {
		t.Errorf("%g to %g", low, high)
	}
}
