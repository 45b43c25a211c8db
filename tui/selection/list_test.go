package selection

import (
	"slices"
	"testing"

	"ftft/datamap"
	"ftft/datamap/marks"
)

// Filters narrow the list and leave the selection as it is.
func TestFilters(t *testing.T) {
	f := newFixture(t)
	kept, noted := f.m.GUIDs[f.Order[0]], f.m.GUIDs[f.Order[150]]
	f.SetMarks(NewMarks(f.m, marks.Set{kept: {Mark: marks.Keep}, noted: {Note: "odd"}, "elsewhere": {Mark: marks.Keep}}))
	f.settle()
	count, selected := f.Count, slices.Clone(f.List)
	for _, test := range []struct {
		name   string
		filter func(c *Criteria)
		want   func(index int32) bool
	}{
		{"no filter", func(*Criteria) {}, func(int32) bool { return true }},
		{"a label", func(c *Criteria) { c.Class = 2 }, func(index int32) bool { return f.m.Gold[index] == 1 }},
		{"a rule", func(c *Criteria) { c.Filter = "confidence < 0.5" }, func(index int32) bool { return f.m.Confidence[index] < 0.5 }},
		{"a label and a rule", func(c *Criteria) { c.Class, c.Filter = 1, "confidence < 0.5" },
			func(index int32) bool { return f.m.Gold[index] == 0 && f.m.Confidence[index] < 0.5 }},
		{"a rule that matches nothing", func(c *Criteria) { c.Filter = "confidence > 2" }, func(int32) bool { return false }},
		{"a wrong rule", func(c *Criteria) { c.Filter = "confdence > 2" }, func(int32) bool { return false }},
	} {
		f.Criteria = f.Unfiltered()
		test.filter(&f.Criteria)
		f.settle()
		want := slices.DeleteFunc(slices.Clone(selected), func(index int32) bool { return !test.want(index) })
		if !slices.Equal(f.List, want) || f.Count != count {
			t.Errorf("%s: %d selected, listed %v, want %v", test.name, f.Count, f.List, want)
		}
	}
	f.Criteria = f.Unfiltered()
	f.Marked = true
	f.settle()
	if want := []int32{f.Order[0], f.Order[150]}; !slices.Equal(f.List, want) || f.Count != count {
		t.Errorf("marked: %v, want %v, in the strategy's order and selected or not", f.List, want)
	}
}

// Until the match of a filter arrives, the list is empty and not the whole selection.
func TestListIsEmptyUntilTheFilterIsKnown(t *testing.T) {
	f := newFixture(t)
	f.Filter = "confidence < 0.5"
	missing := f.Update()
	if f.List == nil || len(f.List) > 0 || !slices.Equal(missing.Rules, []string{f.Filter}) {
		t.Errorf("%d listed, missing %v", len(f.List), missing)
	}
}

// A label filter that is set before the labels are known takes effect with them.
func TestFilterByLabel(t *testing.T) {
	s := New(Criteria{Strategy: datamap.Ambiguous, Fraction: 0.33})
	s.FilterByLabel("yes")
	s.Update()
	m := newMap(t, 1)
	s.SetMap(inputOf(t, m))
	s.Update()
	if s.Class != 2 || len(s.List) == 0 {
		t.Fatalf("class %d, %d listed", s.Class, len(s.List))
	}
	for _, index := range s.List {
		if m.Gold[index] != 1 {
			t.Fatalf("example %d is listed", index)
		}
	}
	s.FilterByLabel("maybe")
	s.Update()
	if s.Class != 2 {
		t.Errorf("an unknown label changes the filter to %d", s.Class)
	}
}

func TestSorting(t *testing.T) {
	f := newFixture(t)
	f.Class = 1
	f.settle()
	strategyOrder := slices.Clone(f.List)
	byConfidence := slices.Clone(f.List)
	ranking, err := f.m.Rank("top:confidence", 0)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(byConfidence, func(a, b int32) int { return int(ranking.Place[a] - ranking.Place[b]) })
	for _, test := range []struct {
		sorting Sorting
		want    []int32
	}{
		{Sorting{}, strategyOrder},
		{Sorting{Reversed: true}, reversed(strategyOrder)},
		{Sorting{By: "confidence"}, byConfidence},
		{Sorting{By: "confidence", Reversed: true}, reversed(byConfidence)},
	} {
		f.Sorting = test.sorting
		f.SetCursor(7)
		before, count := f.Listed(), f.Count
		f.supply(f.UpdateList())
		f.UpdateList()
		if !slices.Equal(f.List, test.want) || f.Count != count {
			t.Errorf("%+v: listed %v, want %v", test.sorting, f.List, test.want)
		}
		if f.Cursor != 0 || f.Listed() == before {
			t.Errorf("%+v: the cursor is at %d after %d updates", test.sorting, f.Cursor, f.Listed()-before)
		}
	}
}

func reversed(list []int32) []int32 {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// A ranking is named as missing once; until it arrives the list is in the strategy's order.
func TestRankingIsMissingOnce(t *testing.T) {
	f := newFixture(t)
	strategyOrder := slices.Clone(f.List)
	f.Sorting.By = "confidence"
	if missing := f.UpdateList(); missing.Metric != "confidence" || !slices.Equal(f.List, strategyOrder) {
		t.Errorf("missing %q, listed %v", missing.Metric, f.List)
	}
	if missing := f.UpdateList(); missing.Metric != "" {
		t.Errorf("%q is named again", missing.Metric)
	}
	f.SetRanked("confidence", nil)
	if missing := f.UpdateList(); missing.Metric != "confidence" {
		t.Errorf("a ranking that was taken back is not asked for: %q", missing.Metric)
	}
}

func TestSortByNext(t *testing.T) {
	f := newFixture(t)
	names := f.SortMetrics()
	if names[0] != "" || len(names) != 1+len(datamap.Metrics) {
		t.Fatalf("the list can be sorted by %q", names)
	}
	for i := range 2 * len(names) {
		f.SortByNext(1)
		if want := names[(i+1)%len(names)]; f.Sorting.By != want {
			t.Fatalf("after %d: %q, want %q", i+1, f.Sorting.By, want)
		}
	}
	f.SortByNext(-1)
	if want := names[len(names)-1]; f.Sorting.By != want {
		t.Errorf("one back from the first: %q, want %q", f.Sorting.By, want)
	}
	f.Sorting.By = "no metric"
	f.SortByNext(1)
	if f.Sorting.By != names[1] {
		t.Errorf("from an unknown metric: %q", f.Sorting.By)
	}
}

// A map without logits can be sorted by the metrics in its file alone.
func TestSortMetricsWithoutLogits(t *testing.T) {
	measures := datamap.Measures{GUIDs: []string{"a", "b"}, Confidence: []float64{0.1, 0.9}, Variability: []float64{0.1, 0.2}}
	m, err := datamap.NewFromMeasures(measures)
	if err != nil {
		t.Fatal(err)
	}
	s := New(Criteria{Strategy: datamap.HardToLearn, Fraction: 0.5, Class: 1})
	ranking, err := m.Rank(datamap.HardToLearn, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.SetMap(Input{Map: m, Rankings: map[string]*datamap.Ranking{datamap.HardToLearn: ranking}})
	s.Update()
	if names := s.SortMetrics(); !slices.Contains(names, "confidence") || slices.Contains(names, "forgetfulness") {
		t.Errorf("sorted by %q", names)
	}
	if !slices.Equal(s.List, []int32{0}) || len(s.Chosen) != 0 {
		t.Errorf("listed %v by label, without gold labels", s.List)
	}
}

// Matches in the list come first, in its order; then the others, in the map's.
func TestNextHit(t *testing.T) {
	f := newFixture(t)
	inList := []int32{f.List[4], f.List[30], f.List[11]}
	outside := []int32{f.Order[190], f.Order[100]}
	f.search(append(slices.Clone(inList), outside...)...)
	want := []int32{f.List[4], f.List[11], f.List[30], min(outside[0], outside[1]), max(outside[0], outside[1])}
	f.SetCursor(2)
	if f.OnHit() {
		t.Error("the cursor starts on a match")
	}
	for i := range 2 * len(want) {
		number, listed := f.NextHit(1)
		under, _ := f.Under()
		if k := i % len(want); number != k || listed != (k < 3) || under != want[k] || !f.OnHit() {
			t.Errorf("step %d: match %d on %d (listed %v), want %d on %d", i, number, under, listed, k, want[k])
		}
	}
	for i := range 2 * len(want) {
		number, listed := f.NextHit(-1)
		under, _ := f.Under()
		if k := (2*len(want) - 2 - i) % len(want); k >= 0 && (number != k || listed != (k < 3) || under != want[k]) {
			t.Errorf("%d steps back: match %d on %d, want %d on %d", i+1, number, under, k, want[k])
		}
	}
	f.SetCursor(2)
	if number, listed := f.NextHit(-1); number != len(want)-1 || listed {
		t.Errorf("back from before the first match: match %d, listed %v", number, listed)
	}
	f.SetCursor(12)
	if number, _ := f.NextHit(-1); number != 1 {
		t.Errorf("back from between two matches: match %d", number)
	}
	f.ClearSearch()
	if f.Search.Text != "" || f.Search.Outside != -1 || f.OnHit() {
		t.Errorf("the search is not over: %+v", f.Search)
	}
}

// search hands in a search's hits.
func (f *fixture) search(hits ...int32) {
	f.Search = Search{Text: "x", Running: true, Map: f.m, Outside: -1}
	f.Search.SetHits(sorted(hits))
	if f.Search.Running {
		f.t.Error("the search still runs")
	}
}

// A match outside the list stays under the cursor when it comes into the list.
func TestMatchComesIntoTheList(t *testing.T) {
	f := newFixture(t)
	astray := f.Order[100]
	f.search(astray)
	if _, listed := f.NextHit(1); listed {
		t.Fatal("the match is in the list")
	}
	f.Fraction = 0.6
	f.settle()
	f.Stay(astray)
	if under, _ := f.Under(); under != astray || f.Search.Outside >= 0 {
		t.Errorf("the cursor is on %d, outside the list: %v", under, f.Search.Outside >= 0)
	}
}
