package session

import (
	"testing"

	"ftft/tui/view"
)

// Every word sets its value, and every value is written as its word.
func TestWordsOfCurves(t *testing.T) {
	if len(ChartNames) != len(view.ChartSets) {
		t.Fatalf("%d names for %d sets of charts", len(ChartNames), len(view.ChartSets))
	}
	for i, word := range Axes {
		applies(t, Curves{X: word}, func(c *view.Curves) bool { return c.XAxis == view.XAxis(i) && CurvesOf(c).X == word })
	}
	for i, word := range ChartNames {
		applies(t, Curves{Charts: word}, func(c *view.Curves) bool { return c.Set == i && CurvesOf(c).Charts == word })
	}
	for i, word := range SeedNames {
		applies(t, Curves{Seeds: word}, func(c *view.Curves) bool { return c.SeedMode == view.SeedMode(i) && CurvesOf(c).Seeds == word })
	}
}

func applies(t *testing.T, s Curves, holds func(c *view.Curves) bool) {
	t.Helper()
	var c view.Curves
	if err := s.Apply(&c); err != nil || !holds(&c) {
		t.Errorf("%+v sets %+v: %v", s, c, err)
	}
}

func TestApplyCurves(t *testing.T) {
	whole := Curves{X: "compute", Log: true, Smooth: 0.9, Charts: "all", Seeds: "minmax", From: 10, To: 20}
	var c view.Curves
	if err := whole.Apply(&c); err != nil {
		t.Fatal(err)
	}
	if c.XAxis != view.ByCompute || !c.Log || c.Smoothing != 0.9 || c.Set != 1 ||
		c.SeedMode != view.MinMax || c.Window != (view.Window{From: 10, To: 20}) {
		t.Errorf("%+v sets %+v", whole, c)
	}
	got := CurvesOf(&c)
	if got.X != whole.X || !got.Log || got.Smooth != 0.9 || got.From != 10 || got.To != 20 || got.Charts != "all" || got.Seeds != "minmax" {
		t.Errorf("%+v is written as %+v", whole, got)
	}
	kept := view.Curves{XAxis: view.ByTime, Set: 3, SeedMode: view.Deviation}
	if err := new(Curves).Apply(&kept); err != nil || kept.XAxis != view.ByTime || kept.Set != 3 || kept.SeedMode != view.Deviation {
		t.Errorf("words left out change %+v: %v", kept, err)
	}
	for _, test := range []struct {
		bad   Curves
		names string
	}{
		{Curves{X: "miles"}, "--x miles: use one of steps, examples, compute, time"},
		{Curves{Charts: "accuracy"}, "--charts accuracy"},
		{Curves{Seeds: "median"}, "--seeds median"},
		{Curves{Smooth: -0.1}, "--smooth -0.1"},
		{Curves{Smooth: 1}, "--smooth 1"},
		{Curves{From: -1}, "--range -1:0"},
		{Curves{From: 5, To: 4}, "--range 5:4"},
	} {
		if err := test.bad.Apply(new(view.Curves)); !names(err, test.names) {
			t.Errorf("%+v: %v, want an error with %q", test.bad, err, test.names)
		}
	}
}

func TestParseRange(t *testing.T) {
	for text, want := range map[string][2]float64{"0:100": {0, 100}, "1.5:1e3": {1.5, 1000}, "-1:1": {-1, 1}} {
		if from, to, err := ParseRange(text); err != nil || from != want[0] || to != want[1] {
			t.Errorf("%s: %g to %g, %v", text, from, to, err)
		}
	}
	for _, text := range []string{"", "5", "5:", ":5", "5:5", "6:5", "a:b", "1:2:3", "NaN:1"} {
		if _, _, err := ParseRange(text); !names(err, "--range "+text+": use A:B") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
