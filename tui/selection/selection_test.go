package selection

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/datamap/rule"
)

const examples = 200

var labels = []string{"no", "yes"}

// newMap returns a map of examples with seeded random logits over three epochs.
func newMap(t *testing.T, seed uint64) *datamap.Map {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	in := datamap.Input{Classes: 2, Labels: labels, Epochs: [][]float32{nil, nil, nil}}
	for i := range examples {
		in.GUIDs = append(in.GUIDs, fmt.Sprintf("example-%03d", i))
		in.Gold = append(in.Gold, int32(random.IntN(2)))
		for e := range in.Epochs {
			in.Epochs[e] = append(in.Epochs[e], float32(random.NormFloat64()), float32(random.NormFloat64()))
		}
	}
	m, err := datamap.New(in, datamap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fixture is a selection on a map, with the work that the workbench does in the background done at once.
type fixture struct {
	*Selection
	t *testing.T
	m *datamap.Map
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{Selection: New(Criteria{Strategy: datamap.Ambiguous, Fraction: 0.33}), t: t, m: newMap(t, 1)}
	if !f.SetMap(inputOf(t, f.m)) {
		t.Fatal("the first map is not reported as new")
	}
	f.settle()
	return f
}

func inputOf(t *testing.T, m *datamap.Map) Input {
	t.Helper()
	input := Input{Map: m, Labels: labels, Rankings: map[string]*datamap.Ranking{}}
	for _, strategy := range datamap.Strategies {
		ranking, err := m.Rank(strategy, 0)
		if err != nil {
			t.Fatal(err)
		}
		input.Rankings[strategy] = ranking
	}
	return input
}

// settle updates until nothing is missing. Each round must supply something that was named once.
func (f *fixture) settle() {
	f.t.Helper()
	for range 5 {
		missing := f.Update()
		if len(missing.Rules) == 0 && missing.Metric == "" {
			return
		}
		f.supply(missing)
	}
	f.t.Fatal("Update still names something as missing")
}

func (f *fixture) supply(missing Missing) {
	f.t.Helper()
	for _, text := range missing.Rules {
		f.SetMatch(text, NewMatch(f.evaluate(text)))
	}
	if missing.Metric != "" {
		ranking, err := f.m.Rank(datamap.Top+":"+missing.Metric, 0)
		if err != nil {
			f.t.Fatal(err)
		}
		f.SetRanked(missing.Metric, &Ranked{Ranking: ranking})
	}
}

// evaluate evaluates a rule over the metrics, the guids and the marks.
func (f *fixture) evaluate(text string) ([]bool, error) {
	table := rule.Table{GUIDs: f.m.GUIDs, Names: []string{"guid", "mark", "confidence", "variability"}}
	table.Column = func(name string) (rule.Column, error) {
		switch name {
		case "guid":
			return rule.Column{Texts: f.m.GUIDs}, nil
		case "mark":
			kinds := make([]string, f.m.Len())
			for i, guid := range f.m.GUIDs {
				kinds[i] = f.Marks().All()[guid].Mark
			}
			return rule.Column{Texts: kinds}, nil
		}
		metric, err := datamap.FindMetric(name)
		return rule.Column{Numbers: f.m.Values(metric)}, err
	}
	compiled, err := rule.Compile(text, table)
	if err != nil {
		return nil, err
	}
	return compiled.Match(), nil
}

// want counts the examples that meet a condition.
func (f *fixture) want(holds func(i int32) bool) (n int) {
	for i := range int32(f.m.Len()) {
		if holds(i) {
			n++
		}
	}
	return n
}

func sorted(list []int32) []int32 { return slices.Sorted(slices.Values(list)) }

// The selection has exactly the examples that datamap's Select returns.
func TestStrategiesAndFractions(t *testing.T) {
	f := newFixture(t)
	for _, strategy := range datamap.Strategies {
		for _, fraction := range []float64{0.001, 0.01, 0.33, 0.335, 0.5, 0.999, 1} {
			f.Strategy, f.Fraction = strategy, fraction
			f.settle()
			want, err := f.m.Select(strategy, fraction, 0)
			if err != nil {
				t.Fatal(err)
			}
			if f.Count != datamap.Count(examples, fraction) || len(f.List) != f.Count {
				t.Errorf("%s %g: %d selected, %d listed, want %d", strategy, fraction, f.Count, len(f.List), len(want))
			}
			got := sorted(f.List)
			if !slices.EqualFunc(got, want, func(a int32, b int) bool { return int(a) == b }) {
				t.Errorf("%s %g: selected %v, want %v", strategy, fraction, got, want)
			}
			for class := range labels {
				chosen := 0
				for _, index := range f.List {
					if f.m.Gold[index] == int32(class) {
						chosen++
					}
				}
				all := f.want(func(i int32) bool { return f.m.Gold[i] == int32(class) })
				if f.Chosen[class] != chosen || f.All[class] != all {
					t.Errorf("%s %g: label %s has %d of %d, want %d of %d", strategy, fraction, labels[class], f.Chosen[class], f.All[class], chosen, all)
				}
			}
		}
	}
}

func TestSelectionWithoutAMap(t *testing.T) {
	s := New(Criteria{Strategy: datamap.Ambiguous, Fraction: 0.33})
	if missing := s.Update(); missing.Rules != nil || missing.Metric != "" || s.List != nil || s.Count != 0 || s.Map() != nil {
		t.Errorf("%d selected of no map, missing %v", s.Count, missing)
	}
	if _, ok := s.Under(); ok || s.Narrowed() || !math.IsNaN(s.Threshold()) {
		t.Error("an example is under the cursor, or there is a threshold")
	}
	s.UpdateList()
	s.Stay(3)
	if s.SetMap(Input{}) || s.List != nil || s.Cursor != 0 {
		t.Error("the selection has a list without a map")
	}
}

// A strategy without a ranking selects nothing: one epoch has no variability.
func TestStrategyWithoutARanking(t *testing.T) {
	f := newFixture(t)
	input := inputOf(t, f.m)
	delete(input.Rankings, datamap.Ambiguous)
	if f.SetMap(input) {
		t.Error("the same map is reported as another")
	}
	f.settle()
	if f.Ranking != nil || f.List != nil || f.Count != 0 || len(f.All) != len(labels) {
		t.Errorf("%d selected, labels %v", f.Count, f.All)
	}
	f.Strategy = datamap.HardToLearn
	f.settle()
	if f.Count != datamap.Count(examples, 0.33) {
		t.Errorf("%d selected as hard-to-learn", f.Count)
	}
}

// Another map forgets the matches and the rankings of the one before.
func TestAnotherMap(t *testing.T) {
	f := newFixture(t)
	f.Filter, f.Sorting.By = "confidence < 0.5", "confidence"
	f.settle()
	f.m = newMap(t, 2)
	if !f.SetMap(inputOf(t, f.m)) {
		t.Fatal("the other map is not reported")
	}
	if f.Match("confidence < 0.5") != nil || f.Ranked() != nil {
		t.Error("a match or a ranking of the map before is kept")
	}
	if f.Map() != f.m {
		t.Error("Map is the one before")
	}
	f.settle()
	for _, index := range f.List {
		if f.m.Confidence[index] >= 0.5 {
			t.Fatalf("example %d is listed with a confidence of %g", index, f.m.Confidence[index])
		}
	}
}

func TestThreshold(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct {
		strategy string
		values   []float64 // nil = no threshold
	}{
		{datamap.Ambiguous, f.m.Variability},
		{datamap.HardToLearn, f.m.Confidence},
		{datamap.EasyToLearn, f.m.Confidence},
		{datamap.Random, nil},
	} {
		f.Strategy = test.strategy
		f.settle()
		got := f.Threshold()
		if test.values == nil {
			if !math.IsNaN(got) {
				t.Errorf("%s has the threshold %g", test.strategy, got)
			}
			continue
		}
		if want := test.values[f.List[f.Count-1]]; got != want {
			t.Errorf("%s: threshold %g, want %g", test.strategy, got, want)
		}
	}
	f.SetRule("confidence < 0.5", false)
	f.settle()
	if !math.IsNaN(f.Threshold()) {
		t.Error("everything that a rule matches has a threshold")
	}
	f.Whole, f.Strategy, f.Fraction = false, datamap.Ambiguous, 0.5
	f.settle()
	if got, want := f.Threshold(), f.m.Variability[f.Order[f.Count-1]]; got != want {
		t.Errorf("of half of the rule's examples: threshold %g, want %g", got, want)
	}
}

// Moving the threshold to a point selects the examples on its far side.
func TestCountBeyond(t *testing.T) {
	f := newFixture(t)
	for _, strategy := range []string{datamap.Ambiguous, datamap.HardToLearn, datamap.EasyToLearn} {
		f.Strategy = strategy
		f.settle()
		for _, at := range [][2]float64{{0.1, 0.4}, {0.2, 0.6}, {0, 0}, {1, 1}, {0.25, 0.5}} {
			want := f.want(func(i int32) bool {
				switch strategy {
				case datamap.Ambiguous:
					return f.m.Variability[i] >= at[0]
				case datamap.HardToLearn:
					return f.m.Confidence[i] <= at[1]
				}
				return f.m.Confidence[i] >= at[1]
			})
			if got := f.CountBeyond(at[0], at[1]); got != max(want, 1) {
				t.Errorf("%s beyond %v: %d, want %d", strategy, at, got, max(want, 1))
			}
		}
	}
}

// A random selection of the same size draws from the examples that no mark excludes.
func TestShare(t *testing.T) {
	f := newFixture(t)
	if got := f.Share(); got != 0.33 {
		t.Errorf("without a rule: %g", got)
	}
	f.SetRule("confidence < 0.5", false)
	f.settle()
	if got, want := f.Share(), float64(f.Count)/examples; got != want {
		t.Errorf("with a rule: %g, want %g", got, want)
	}
	f.SetMarks(NewMarks(f.m, marks.Set{f.m.GUIDs[0]: {Mark: marks.Exclude}, f.m.GUIDs[1]: {Mark: marks.Exclude}}))
	f.settle()
	if got, want := f.Share(), float64(f.Count)/(examples-2); got != want {
		t.Errorf("with two examples excluded: %g, want %g", got, want)
	}
}

func TestNearest(t *testing.T) {
	f := newFixture(t)
	for _, place := range []int{0, 17, len(f.List) - 1} {
		index := f.List[place]
		if got := f.Nearest(f.m.Variability[index], f.m.Confidence[index]); got != place {
			t.Errorf("at the example of place %d: place %d", place, got)
		}
	}
	f.Filter = "confidence > 2"
	f.settle()
	f.Cursor = 0
	if got := f.Nearest(0.1, 0.1); got != 0 || len(f.List) != 0 {
		t.Errorf("in an empty list: place %d of %d", got, len(f.List))
	}
}

// The cursor stays with its example as long as that is listed.
func TestCursorStaysWithItsExample(t *testing.T) {
	f := newFixture(t)
	f.SetCursor(20)
	under, ok := f.Under()
	if !ok || under != f.List[20] {
		t.Fatalf("under the cursor: %d, %v", under, ok)
	}
	f.Strategy = datamap.HardToLearn
	f.settle()
	f.Stay(under)
	if listed := slices.Contains(f.List, under); listed {
		if now, _ := f.Under(); now != under {
			t.Errorf("the cursor moved from example %d to %d", under, now)
		}
	} else if f.Cursor != 0 {
		t.Errorf("the example left the list, and the cursor is at %d", f.Cursor)
	}
	first, last := f.List[0], f.List[len(f.List)-1]
	f.Stay(-1, last, first)
	if now, _ := f.Under(); now != last {
		t.Errorf("of several examples the cursor went to %d, want %d", now, last)
	}
	f.SetCursor(30)
	f.Stay(-1)
	if f.Cursor != 0 {
		t.Errorf("with no example to stay with, the cursor is at %d", f.Cursor)
	}
	f.SetCursor(len(f.List) - 1)
	f.Fraction = 0.02
	f.settle()
	if f.Cursor != len(f.List)-1 {
		t.Errorf("the cursor is at %d of %d", f.Cursor, len(f.List))
	}
}

func TestGoTo(t *testing.T) {
	f := newFixture(t)
	inside, outside := f.List[5], f.Order[len(f.Order)-1]
	for _, test := range []struct {
		name          string
		guid          string
		anywhere      bool
		keep          bool
		under         int32
		beyond, still bool // the cursor is outside the list; the goal remains
	}{
		{"an example of the list", f.m.GUIDs[inside], false, false, inside, false, false},
		{"an example of the list, kept", f.m.GUIDs[inside], false, true, inside, false, true},
		{"an example outside the list", f.m.GUIDs[outside], false, false, f.List[0], false, true},
		{"an example anywhere", f.m.GUIDs[outside], true, false, outside, true, false},
		{"an example of another map", "elsewhere", true, false, f.List[0], false, true},
	} {
		f.SetCursor(0)
		f.GoTo(test.guid, test.anywhere, test.keep)
		f.settle()
		under, _ := f.Under()
		if under != test.under || f.Search.Outside >= 0 != test.beyond || f.Goal() != "" != test.still {
			t.Errorf("%s: the cursor is on %d (outside %v), goal %q", test.name, under, f.Search.Outside >= 0, f.Goal())
		}
	}
}

// The goal waits until the list has its final order.
func TestGoToWaitsForTheSorting(t *testing.T) {
	f := newFixture(t)
	goal := f.List[5]
	f.GoTo(f.m.GUIDs[goal], false, false)
	f.Sorting.By = "confidence"
	missing := f.Update()
	if f.Goal() == "" {
		t.Error("the cursor went to its goal before the list was sorted")
	}
	f.supply(missing)
	f.settle()
	if under, _ := f.Under(); under != goal || f.Goal() != "" {
		t.Errorf("the cursor is on %d, want %d", under, goal)
	}
}
