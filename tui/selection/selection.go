package selection

import (
	"math"
	"slices"

	"ftft/datamap"
)

// Selection is the selection on a map and the list of its examples. Set its inputs (SetMap, SetMarks, SetMatch, SetRanked and the
// criteria), then call Update.
type Selection struct {
	Criteria
	Sorting Sorting
	Search  Search
	Cursor  int // the place of the cursor in List, below its length

	Ranking *datamap.Ranking // by the strategy; nil while nothing can be selected
	Order   []int32          // the examples that can be selected, in the strategy's order
	Count   int              // the first Count of Order are selected
	List    []int32          // the examples listed: the selection, sorted and filtered
	Chosen  []int            // [class] how many of the selection have the label
	All     []int            // [class] how many of the map have it

	input   Input
	marks   *Marks
	matches map[string]*Match // by the rule's text, of input.Map
	ranked  map[string]*Ranked
	order   orderCache
	loose   []int32 // the memory of List where it is not a prefix of Order
	listed  int     // the number of updates of List
	undo    undo
	goal    goal
}

// Input is the map that is selected from.
type Input struct {
	Map      *datamap.Map
	Rankings map[string]*datamap.Ranking // by strategy, without those that the map does not allow yet
	Labels   []string
}

// New returns a selection without a map.
func New(c Criteria) *Selection {
	return &Selection{Criteria: c, Search: Search{Outside: -1}, matches: map[string]*Match{}, ranked: map[string]*Ranked{}}
}

// SetMap sets the map to select from, nil = none yet. It reports whether the map has changed; if so, the matches and rankings of the
// previous map are dropped.
func (s *Selection) SetMap(input Input) (changed bool) {
	changed = input.Map != nil && s.input.Map != input.Map
	if changed {
		s.matches, s.ranked = map[string]*Match{}, map[string]*Ranked{}
	}
	if input.Map != nil {
		s.input = input
	}
	return changed
}

// Map returns the map to select from, nil if there is none.
func (s *Selection) Map() *datamap.Map { return s.input.Map }

// Missing names the results that Update needs and does not have. The caller computes and sets them. Each is named once.
type Missing struct {
	Rules  []string // for SetMatch
	Metric string   // for SetRanked; "" = none
}

// Clear empties the selection, for example while there is no map.
func (s *Selection) Clear() {
	s.Ranking, s.Order, s.List, s.Count, s.Chosen, s.All = nil, nil, nil, 0, nil, nil
}

// Update computes the selection and its list from the criteria and the inputs. It does not sort: the rankings are inputs.
func (s *Selection) Update() (missing Missing) {
	s.Clear()
	m := s.input.Map
	if m == nil {
		return missing
	}
	s.resolveLabel()
	s.All = make([]int, len(s.input.Labels))
	for _, gold := range m.Gold {
		s.All[gold]++
	}
	var rule *Match
	if s.Rule != "" {
		if rule = s.match(s.Rule, &missing); rule.In == nil {
			return missing
		}
	}
	if s.Ranking = s.input.Rankings[s.Strategy]; s.Ranking != nil {
		s.Order = s.order.get(s.Ranking, rule, s.marks)
		if s.Count = datamap.Count(len(s.Order), s.Fraction); s.Whole {
			s.Count = len(s.Order)
		}
		s.Chosen = make([]int, len(s.input.Labels))
		if m.Gold != nil {
			for _, index := range s.Order[:s.Count] {
				s.Chosen[m.Gold[index]]++
			}
		}
	}
	s.updateList(&missing)
	return missing
}

// Under returns the example under the cursor as an index into the map. It is in the list, unless a search led to one outside it.
func (s *Selection) Under() (index int32, ok bool) {
	if s.Search.Outside >= 0 {
		return s.Search.Outside, true
	}
	if s.Cursor >= len(s.List) {
		return 0, false
	}
	return s.List[s.Cursor], true
}

// Visit moves the cursor to an example of the map, in the list or outside it.
func (s *Selection) Visit(index int32) {
	if under, ok := s.Under(); ok && under == index {
		return
	}
	if place := slices.Index(s.List, index); place >= 0 {
		s.SetCursor(place)
	} else {
		s.Search.Outside = index
	}
}

// SetCursor moves the cursor to a place in the list.
func (s *Selection) SetCursor(place int) { s.Cursor, s.Search.Outside = place, -1 }

// Stay moves the cursor to the first of the given examples that is in the list, or to the top if none is. Without a list it does
// nothing.
func (s *Selection) Stay(examples ...int32) {
	if s.List == nil {
		return
	}
	for _, example := range examples {
		if place := slices.Index(s.List, example); place >= 0 {
			s.SetCursor(place)
			return
		}
	}
	s.Cursor = 0
}

// Threshold returns where the selection ends on the map: the variability (ambiguous strategy) or the confidence of the last selected
// example. It is NaN where there is no such line: for random examples, and if everything that a rule matches is selected.
func (s *Selection) Threshold() float64 {
	if s.Whole || s.Ranking == nil || s.Count == 0 || s.Strategy == datamap.Random {
		return math.NaN()
	}
	last := s.Order[s.Count-1]
	if s.Strategy == datamap.Ambiguous {
		return s.input.Map.Variability[last]
	}
	return s.input.Map.Confidence[last]
}

// Share returns the fraction that makes a random selection the same size, out of the examples that no mark excludes.
func (s *Selection) Share() float64 {
	if s.Rule == "" {
		return s.Fraction
	}
	return float64(s.Count) / float64(max(s.input.Map.Len()-s.marks.ExcludedCount(), 1))
}

// Narrowed reports whether a rule or a filter is set.
func (s *Selection) Narrowed() bool { return s.Ranking != nil && (s.Rule != "" || s.Filtered()) }

// CountBeyond returns how many examples are selected if the threshold moves to a point of the map, at least 1.
func (s *Selection) CountBeyond(variability, confidence float64) int {
	m := s.input.Map
	beyond := func(k int) bool { // the k-th example of the order is no longer selected
		switch i := s.Order[k]; s.Strategy {
		case datamap.Ambiguous:
			return m.Variability[i] < variability
		case datamap.HardToLearn:
			return m.Confidence[i] > confidence
		default:
			return m.Confidence[i] < confidence
		}
	}
	first, last := 0, len(s.Order)
	for first < last {
		if middle := (first + last) / 2; beyond(middle) {
			last = middle
		} else {
			first = middle + 1
		}
	}
	return max(first, 1)
}

// Nearest returns the place in the list of the example nearest to a point of the map, the cursor's for an empty list.
func (s *Selection) Nearest(variability, confidence float64) (place int) {
	m, nearest := s.input.Map, math.Inf(1)
	place = s.Cursor
	for at, index := range s.List {
		distance := math.Abs(2*(m.Variability[index]-variability)) + math.Abs(m.Confidence[index]-confidence)
		if distance < nearest {
			place, nearest = at, distance
		}
	}
	return place
}

// orderCache keeps the order while its inputs stay the same.
type orderCache struct {
	ranking *datamap.Ranking
	rule    *Match // nil = without a rule
	marks   *Marks
	order   []int32
}

// get returns the examples that can be selected, in a ranking's order: all that the rule matches and no mark excludes.
func (c *orderCache) get(ranking *datamap.Ranking, rule *Match, marks *Marks) []int32 {
	if c.ranking == ranking && c.rule == rule && c.marks == marks {
		return c.order
	}
	*c = orderCache{ranking, rule, marks, ranking.Order}
	if rule == nil && marks.ExcludedCount() == 0 {
		return c.order
	}
	c.order = make([]int32, 0, len(ranking.Order))
	for _, index := range ranking.Order {
		if (rule == nil || rule.In[index]) && !marks.Excludes(index) {
			c.order = append(c.order, index)
		}
	}
	return c.order
}

// goal is an example that the cursor moves to once it is in the list, and the label of a filter whose class is not known yet.
type goal struct {
	guid    string // "" = none
	outside bool   // accept an example that is not in the list
	keep    bool   // keep the goal after it is reached
	label   string
}

// GoTo moves the cursor to the example with a guid at the next update that has it: in the list or, with outside, anywhere on the map.
// With keep the cursor returns there after every update.
func (s *Selection) GoTo(guid string, outside, keep bool) {
	s.goal.guid, s.goal.outside, s.goal.keep = guid, outside, keep
}

// Goal returns the guid that the cursor will move to, "" = none.
func (s *Selection) Goal() string { return s.goal.guid }

// FilterByLabel filters the list by the name of a gold label, once the labels are known.
func (s *Selection) FilterByLabel(label string) { s.goal.label = label }

func (s *Selection) resolveLabel() {
	if class := slices.Index(s.input.Labels, s.goal.label); class >= 0 {
		s.Class = class + 1
	}
	s.goal.label = ""
}

func (s *Selection) reachGoal() {
	g := &s.goal
	if g.guid == "" || s.Sorting.By != "" && s.ranked[s.Sorting.By] == nil {
		return
	}
	guids := s.input.Map.GUIDs
	place := slices.IndexFunc(s.List, func(index int32) bool { return guids[index] == g.guid })
	found := place >= 0
	switch {
	case found:
		s.SetCursor(place)
	case g.outside:
		s.Search.Outside = int32(slices.Index(guids, g.guid)) // -1 where the map does not have it
		found = s.Search.Outside >= 0
	}
	if found && !g.keep {
		g.guid = ""
	}
}
