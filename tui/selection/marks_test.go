package selection

import (
	"slices"
	"testing"

	"ftft/datamap/marks"
)

func TestMarks(t *testing.T) {
	f := newFixture(t)
	states := []struct {
		index    int32
		state    marks.State
		sign     string
		excludes bool
	}{
		{3, marks.State{Mark: marks.Exclude}, "×", true},
		{5, marks.State{Mark: marks.Relabel, Label: "yes"}, "→", false},
		{8, marks.State{Mark: marks.Keep}, "✓", false},
		{9, marks.State{Note: "odd"}, "·", false},
		{11, marks.State{Mark: marks.Exclude, Note: "odd"}, "×", true},
	}
	set := marks.Set{"elsewhere": {Mark: marks.Exclude}}
	for _, test := range states {
		set[f.m.GUIDs[test.index]] = test.state
	}
	m := NewMarks(f.m, set)
	for _, test := range states {
		if m.State(test.index) != test.state || m.Sign(test.index) != test.sign || m.Excludes(test.index) != test.excludes {
			t.Errorf("%+v: %+v, sign %q, excludes %v", test.state, m.State(test.index), m.Sign(test.index), m.Excludes(test.index))
		}
	}
	if m.State(0) != (marks.State{}) || m.Sign(0) != " " || m.Excludes(0) {
		t.Error("an example without marks has some")
	}
	if m.ExcludedCount() != 2 || len(m.All()) != len(states)+1 {
		t.Errorf("%d excluded, %d marks", m.ExcludedCount(), len(m.All()))
	}
	listed := m.Listed(f.Ranking)
	if !slices.Equal(sorted(listed), []int32{3, 5, 8, 9, 11}) ||
		!slices.IsSortedFunc(listed, func(a, b int32) int { return int(f.Ranking.Place[a] - f.Ranking.Place[b]) }) {
		t.Errorf("listed %v", listed)
	}
}

func TestNoMarks(t *testing.T) {
	f := newFixture(t)
	for name, m := range map[string]*Marks{"nil": nil, "an empty set": NewMarks(f.m, nil)} {
		if len(m.All()) != 0 || len(m.Listed(f.Ranking)) != 0 || m.Excludes(1) || m.ExcludedCount() != 0 ||
			m.State(1) != (marks.State{}) || m.Sign(1) != " " {
			t.Errorf("%s: there are marks", name)
		}
	}
}

// Examples that a mark excludes are not selected, and a fraction is of the others.
func TestExclusions(t *testing.T) {
	f := newFixture(t)
	first, second := f.List[0], f.List[1]
	f.SetMarks(NewMarks(f.m, marks.Set{f.m.GUIDs[first]: {Mark: marks.Exclude}}))
	f.settle()
	if f.Count != 65 || len(f.Order) != examples-1 || slices.Contains(f.Order, first) || f.Order[0] != second { // 33 % of 199
		t.Errorf("%d selected of %d, the first is %d", f.Count, len(f.Order), f.Order[0])
	}
	f.Fraction = 1
	f.settle()
	if f.Count != examples-1 {
		t.Errorf("%d selected of all but one", f.Count)
	}
	f.SetMarks(nil)
	f.settle()
	if f.Count != examples || f.Order[0] != first {
		t.Errorf("%d selected without marks", f.Count)
	}
}
