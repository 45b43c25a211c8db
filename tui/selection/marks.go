package selection

import (
	"maps"
	"slices"

	"ftft/datamap"
	"ftft/datamap/marks"
)

// Marks are the marks on the examples of a map. They are not changed: a new value takes their place. Methods take nil as no
// marks.
type Marks struct {
	Map *datamap.Map
	Set marks.Set
	At  map[int32]marks.State // by example

	excluded []bool // [n]; nil = none
	count    int    // of excluded examples
}

// NewMarks finds the marked examples on a map.
func NewMarks(m *datamap.Map, set marks.Set) *Marks {
	found := &Marks{Map: m, Set: set, At: map[int32]marks.State{}}
	if len(set) == 0 {
		return found
	}
	for i, guid := range m.GUIDs {
		state, marked := set[guid]
		if !marked {
			continue
		}
		found.At[int32(i)] = state
		if state.Mark == marks.Exclude {
			if found.excluded == nil {
				found.excluded = make([]bool, m.Len())
			}
			found.excluded[i] = true
			found.count++
		}
	}
	return found
}

// SetMarks sets the marks; nil = none are known. Rules that ask for marks are matched again.
func (s *Selection) SetMarks(m *Marks) {
	if s.marks != m {
		s.marks = m
		s.forgetMarked()
	}
}

// Marks are the marks on the map's examples, nil before they are known.
func (s *Selection) Marks() *Marks { return s.marks }

// All is every mark, by guid.
func (m *Marks) All() marks.Set {
	if m == nil {
		return nil
	}
	return m.Set
}

// Listed are the marked examples, in a ranking's order.
func (m *Marks) Listed(ranking *datamap.Ranking) []int32 {
	list := []int32{}
	if m != nil {
		list = slices.AppendSeq(list, maps.Keys(m.At))
	}
	slices.SortFunc(list, func(a, b int32) int { return int(ranking.Place[a] - ranking.Place[b]) })
	return list
}

// Excludes reports whether a mark excludes an example.
func (m *Marks) Excludes(index int32) bool { return m != nil && m.excluded != nil && m.excluded[index] }

// ExcludedCount is how many examples marks exclude.
func (m *Marks) ExcludedCount() int {
	if m == nil {
		return 0
	}
	return m.count
}

// Of is the marks of one example.
func (m *Marks) Of(index int32) marks.State {
	if m == nil {
		return marks.State{}
	}
	return m.At[index]
}

// Sign is one cell that stands for an example's mark in a list.
func (m *Marks) Sign(index int32) string {
	if m == nil {
		return " "
	}
	state, marked := m.At[index]
	switch {
	case !marked:
		return " "
	case state.Mark == marks.Exclude:
		return "×"
	case state.Mark == marks.Relabel:
		return "→"
	case state.Mark == marks.Keep:
		return "✓"
	}
	return "·" // a note alone
}
