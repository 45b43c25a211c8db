package selection

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"ftft/datamap"
	"ftft/datamap/marks"
)

func TestSetRule(t *testing.T) {
	free := Criteria{Strategy: datamap.Ambiguous, Fraction: 0.33}
	ruled := Criteria{Strategy: datamap.Ambiguous, Fraction: 0.33, Rule: "a", Whole: true, Free: 0.33}
	part := ruled
	part.Whole, part.Fraction = false, 0.94
	brushed, another := ruled, part
	brushed.Brushed = true
	another.Rule, another.Whole = "b", true
	for _, test := range []struct {
		name    string
		from    Criteria
		rule    string
		brushed bool
		want    Criteria
	}{
		{"a first rule", free, "a", false, ruled},
		{"a brushed rule", free, "a", true, brushed},
		{"another rule keeps the free fraction", part, "b", false, another},
		{"no rule restores the fraction", part, "", false, free},
		{"no rule where there was none", free, "", false, free},
	} {
		got := test.from
		got.SetRule(test.rule, test.brushed)
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestNextStrategy(t *testing.T) {
	c := Criteria{Strategy: datamap.Strategies[0], Rule: "a", Whole: true}
	c = c.NextStrategy()
	if c.Strategy != datamap.Strategies[0] || c.Whole {
		t.Errorf("within a rule: %s, everything %v", c.Strategy, c.Whole)
	}
	for i := range 2 * len(datamap.Strategies) {
		c = c.NextStrategy()
		if want := datamap.Strategies[(i+1)%len(datamap.Strategies)]; c.Strategy != want {
			t.Errorf("after %d: %s, want %s", i+1, c.Strategy, want)
		}
	}
}

func TestMoveFraction(t *testing.T) {
	for _, test := range []struct {
		from  float64
		whole bool
		by    float64
		want  float64
		ok    bool
	}{
		{0.33, false, 0.01, 0.34, true},
		{0.33, false, -0.05, 0.28, true},
		{0.1, false, 0.2, 0.3, true}, // 0.1 + 0.2 is not 0.3 in binary
		{0.99, false, 0.05, 1, true},
		{0.03, false, -0.05, 0.01, true},
		{0.330889, false, 0.01, 0.34, true}, // to whole percents
		{0.330889, false, -0.01, 0.33, true},
		{0.330889, false, 0.05, 0.38, true},
		{0.57, false, 0.01, 0.58, true}, // 100 * 0.57 is below 57 in binary
		{0.29, false, -0.01, 0.28, true},
		{0.005, false, -0.01, 0.005, true},
		{0.005, false, 0.01, 0.01, true},
		{0.33, true, 0.01, 0.33, false},
		{0.33, true, -0.05, 0.95, true},
	} {
		c := Criteria{Fraction: test.from, Whole: test.whole}
		moved, ok := c.MoveFraction(test.by)
		if moved.Fraction != test.want || ok != test.ok || moved.Whole != (test.whole && !test.ok) {
			t.Errorf("%g by %g (everything: %v): %g, everything %v, ok %v", test.from, test.by, test.whole, moved.Fraction, moved.Whole, ok)
		}
	}
}

// Through every percent and back, keys give exactly the fractions that are typed.
func TestMoveFractionThroughAll(t *testing.T) {
	c := Criteria{Fraction: 0.01}
	for percent := 1; percent <= 100; percent++ {
		if want := float64(percent) / 100; c.Fraction != want {
			t.Fatalf("%d steps up: got %v, want %v", percent-1, c.Fraction, want)
		}
		c, _ = c.MoveFraction(0.01)
	}
	for percent := 99; percent >= 1; percent-- {
		c, _ = c.MoveFraction(-0.01)
		if want := float64(percent) / 100; c.Fraction != want {
			t.Fatalf("down to %d %%: got %v, want %v", percent, c.Fraction, want)
		}
	}
}

func TestSetFraction(t *testing.T) {
	for fraction, want := range map[float64]float64{0.330889: 0.331, 0.3304: 0.33, 0.00001: 0.001, 1: 1, 0.9999: 1, 2: 1} {
		c := Criteria{Whole: true}
		if c.SetFraction(fraction); c.Fraction != want || c.Whole {
			t.Errorf("%v: got %v of the matching examples (all: %v), want %v", fraction, c.Fraction, c.Whole, want)
		}
	}
}

func TestFilteredAndNarrowed(t *testing.T) {
	for _, test := range []struct {
		criteria           Criteria
		filtered, narrowed bool
	}{
		{Criteria{}, false, false},
		{Criteria{Class: 1}, true, true},
		{Criteria{Marked: true}, true, true},
		{Criteria{Filter: "confidence < 0.5"}, true, true},
		{Criteria{Rule: "confidence < 0.5", Whole: true}, false, true},
	} {
		if test.criteria.Filtered() != test.filtered || test.criteria.Unfiltered().Filtered() {
			t.Errorf("%+v: filtered %v", test.criteria, test.criteria.Filtered())
		}
		f := newFixture(t)
		test.criteria.Strategy, test.criteria.Fraction = datamap.Ambiguous, 0.33
		f.Criteria = test.criteria
		f.settle()
		if f.Narrowed() != test.narrowed {
			t.Errorf("%+v: narrowed %v", test.criteria, f.Narrowed())
		}
	}
}

// A rule is named as missing once. Until its match arrives nothing is selected.
func TestRuleIsMissingOnce(t *testing.T) {
	f := newFixture(t)
	const text = "variability > 0.1 && confidence < 0.7"
	f.SetRule(text, false)
	missing := f.Update()
	if !slices.Equal(missing.Rules, []string{text}) || f.Ranking != nil || f.List != nil {
		t.Fatalf("missing %v, %d listed", missing, len(f.List))
	}
	if again := f.Update(); len(again.Rules) > 0 {
		t.Errorf("%v is named again", again.Rules)
	}
	f.supply(missing)
	f.settle()
	want := f.want(func(i int32) bool { return f.m.Variability[i] > 0.1 && f.m.Confidence[i] < 0.7 })
	if f.Count != want || len(f.Order) != want || want == 0 || want == examples {
		t.Errorf("%d selected of %d, want %d", f.Count, len(f.Order), want)
	}
	if found := f.Match(text); found.Count != want || found.Err != nil {
		t.Errorf("the match counts %d: %v", found.Count, found.Err)
	}
}

// The strategy and the fraction choose among the examples that the rule matches.
func TestFractionOfARule(t *testing.T) {
	f := newFixture(t)
	f.SetRule("confidence < 0.6", false)
	for _, strategy := range datamap.Strategies {
		for _, fraction := range []float64{0.01, 0.5, 0.94, 1} {
			f.Whole, f.Strategy, f.Fraction = false, strategy, fraction
			f.settle()
			if want := datamap.Count(len(f.Order), fraction); f.Count != want {
				t.Errorf("%s %g: %d selected, want %d", strategy, fraction, f.Count, want)
			}
			for place, index := range f.Order {
				if f.m.Confidence[index] >= 0.6 {
					t.Fatalf("%s: example %d does not match the rule", strategy, index)
				}
				if place > 0 && f.Ranking.Place[f.Order[place-1]] > f.Ranking.Place[index] {
					t.Fatalf("%s: the order is not the strategy's", strategy)
				}
			}
		}
	}
}

func TestRuleWithAnError(t *testing.T) {
	f := newFixture(t)
	f.SetRule("confdence < 0.5", false)
	f.settle()
	if f.Count != 0 || f.List != nil || f.Match(f.Rule).Err == nil {
		t.Errorf("%d selected by a wrong rule", f.Count)
	}
}

func TestNewMatch(t *testing.T) {
	if m := NewMatch([]bool{true, false, true}, nil); m.Count != 2 || m.Err != nil {
		t.Errorf("%+v", m)
	}
}

// The matches of many rules, as when a rectangle is dragged, do not accumulate.
func TestMatchesAreBounded(t *testing.T) {
	f := newFixture(t)
	for i := range 3 * mostRules {
		f.SetRule(fmt.Sprintf("confidence < 0.%d", i+10), true)
		f.settle()
		if want := f.want(func(k int32) bool { return f.m.Confidence[k] < float64(i+10)/100 }); f.Count != want && i < 90 {
			t.Errorf("rule %d selects %d, want %d", i, f.Count, want)
		}
		if len(f.matches) > mostRules {
			t.Fatalf("%d matches are kept", len(f.matches))
		}
	}
}

// New marks drop the matches of rules about marks, and no others.
func TestMarksForgetMatchesOfMarks(t *testing.T) {
	f := newFixture(t)
	f.SetRule(`mark == "keep"`, false)
	f.Filter = "confidence < 0.9"
	f.settle()
	if f.Count != 0 {
		t.Fatalf("%d examples are marked", f.Count)
	}
	f.SetMarks(NewMarks(f.m, marks.Set{f.m.GUIDs[3]: {Mark: marks.Keep}}))
	if f.Match(f.Rule) != nil || f.Match(f.Filter) == nil {
		t.Error("the wrong matches are forgotten")
	}
	f.settle()
	if f.Count != 1 || f.Order[0] != 3 {
		t.Errorf("selected %v, want example 3", f.Order)
	}
	f.SetMarks(f.Marks())
	if f.Match(f.Rule) == nil {
		t.Error("the same marks forget a match")
	}
}

// An area selects the examples that its rule matches.
func TestAreaAgreesWithItsRule(t *testing.T) {
	f := newFixture(t)
	inf := math.Inf(1)
	for _, test := range []struct {
		area       Area
		rule, text string
	}{
		{Area{[2]float64{-inf, inf}, [2]float64{-inf, inf}}, "true", ""},
		{Area{[2]float64{0.1, inf}, [2]float64{-inf, inf}}, "variability >= 0.1", " · variability ≥ 0.100"},
		{Area{[2]float64{-inf, inf}, [2]float64{-inf, 0.5}}, "confidence < 0.5", " · confidence < 0.500"},
		{Area{[2]float64{0.1, 0.2}, [2]float64{0.25, 0.75}},
			"variability >= 0.1 && variability < 0.2 && confidence >= 0.25 && confidence < 0.75",
			" · variability 0.100 to 0.200 · confidence 0.250 to 0.750"},
		{Area{[2]float64{0.123456, 0.2}, [2]float64{-inf, 0.00004}},
			"variability >= 0.1235 && variability < 0.2 && confidence < 0", " · variability 0.123 to 0.200 · confidence < 0.000"},
	} {
		area := test.area.Round()
		if area.Rule() != test.rule || area.String() != test.text {
			t.Errorf("%v: rule %q, text %q", test.area, area.Rule(), area.String())
		}
		want := NewMatch(f.evaluate(area.Rule()))
		if got := area.Match(f.m); want.Err != nil || got.Count != want.Count || !slices.Equal(got.In, want.In) {
			t.Errorf("%s: %d examples inside, its rule matches %d (%v)", test.rule, got.Count, want.Count, want.Err)
		}
	}
	first := f.m.Variability[0]
	atEdge := Area{[2]float64{first, inf}, [2]float64{-inf, inf}}
	if !atEdge.Match(f.m).In[0] {
		t.Error("the lower bound lies outside")
	}
	atEdge.Variability = [2]float64{-inf, first}
	if atEdge.Match(f.m).In[0] {
		t.Error("the upper bound lies inside")
	}
}
