package selection

import (
	"slices"

	"ftft/datamap"
)

// Search is a search for a text in guids and texts, ignoring case.
type Search struct {
	Text    string // "" = no search
	Running bool
	Map     *datamap.Map // the map that is searched
	Hits    []int32      // the matching examples, ascending
	In      []bool       // [n] whether an example matches; nil until the search has ended
	Outside int32        // the match under the cursor if it is not in the list; -1 = the cursor is in the list
	Jump    bool         // go to the first match when the hits arrive
}

// SetHits ends the search with the matching examples, ascending.
func (s *Search) SetHits(hits []int32) {
	s.Running, s.Hits, s.In = false, hits, make([]bool, s.Map.Len())
	for _, index := range hits {
		s.In[index] = true
	}
}

// ClearSearch removes the search.
func (s *Selection) ClearSearch() { s.Search = Search{Outside: -1} }

// OnHit reports whether the example under the cursor matches the search.
func (s *Selection) OnHit() bool {
	under, ok := s.Under()
	return ok && s.Search.In != nil && s.Search.In[under]
}

// NextHit moves the cursor to the next match (by = 1) or the previous one (by = -1). Matches in the list come first, in its order, then
// the others. It returns the number of the match, from 0, and whether it is in the list. There must be at least one match.
func (s *Selection) NextHit(by int) (number int, listed bool) {
	h := &s.Search
	var places []int // of the matches in the list
	var others []int32
	in := make([]bool, len(h.In))
	for place, index := range s.List {
		if h.In[index] {
			places, in[index] = append(places, place), true
		}
	}
	for _, index := range h.Hits {
		if !in[index] {
			others = append(others, index)
		}
	}
	if h.Outside >= 0 {
		k, _ := slices.BinarySearch(others, h.Outside)
		number = len(places) + k + by
	} else {
		k, on := slices.BinarySearch(places, s.Cursor)
		if number = k + by; by > 0 && !on {
			number = k
		}
	}
	number = (number + len(h.Hits)) % len(h.Hits)
	if number < len(places) {
		s.SetCursor(places[number])
		return number, true
	}
	h.Outside = others[number-len(places)]
	return number, false
}
