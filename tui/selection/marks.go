package selection

import (
	"maps"
	"slices"

	"ftft/datamap"
	"ftft/datamap/marks"
)

// Marks are the marks on the examples of a map. They are immutable: a change needs a new value. The methods treat nil as no marks.
type Marks struct {
	Map       *datamap.Map
	Set       marks.Set
	ByExample map[int32]marks.State // of the marked examples, by index into the map

	excluded []bool // [n]; nil = none
	count    int    // of the excluded examples
}

// NewMarks returns the marks of a set that are on examples of a map.
func NewMarks(m *datamap.Map, set marks.Set) *Marks {
	found := &Marks{Map: m, Set: set, ByExample: map[int32]marks.State{}}
	if len(set) == 0 {
		return found
	}
	for i, guid := range m.GUIDs {
		state, marked := set[guid]
		if !marked {
			continue
		}
		found.ByExample[int32(i)] = state
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

// SetMarks sets the marks, nil until they are known. Rules about marks must be matched again.
func (s *Selection) SetMarks(m *Marks) {
	if s.marks != m {
		s.marks = m
		s.forgetMarked()
	}
}

// Marks returns the marks on the map's examples, nil until they are known.
func (s *Selection) Marks() *Marks { return s.marks }

// All returns all marks by guid, also those of examples that are not on the map.
func (m *Marks) All() marks.Set {
	if m == nil {
		return nil
	}
	return m.Set
}

// Listed returns the marked examples in the order of a ranking.
func (m *Marks) Listed(ranking *datamap.Ranking) []int32 {
	list := []int32{}
	if m != nil {
		list = slices.AppendSeq(list, maps.Keys(m.ByExample))
	}
	slices.SortFunc(list, func(a, b int32) int { return int(ranking.Place[a] - ranking.Place[b]) })
	return list
}

// Excludes reports whether a mark excludes an example.
func (m *Marks) Excludes(index int32) bool { return m != nil && m.excluded != nil && m.excluded[index] }

// ExcludedCount returns how many examples marks exclude.
func (m *Marks) ExcludedCount() int {
	if m == nil {
		return 0
	}
	return m.count
}

// State returns the marks of one example.
func (m *Marks) State(index int32) marks.State {
	if m == nil {
		return marks.State{}
	}
	return m.ByExample[index]
}

// Sign returns one cell that shows an example's mark in a list.
func (m *Marks) Sign(index int32) string {
	if m == nil {
		return " "
	}
	state, marked := m.ByExample[index]
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
