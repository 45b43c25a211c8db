package selection

import (
	"slices"

	"ftft/datamap"
)

// Sorting is the order of the list: the strategy's order or by a metric. It does not affect the selection.
type Sorting struct {
	By       string // a metric's name; "" = the strategy's order
	Reversed bool
}

// Ranked is a ranking of a map's examples by a metric.
type Ranked struct {
	Ranking *datamap.Ranking // the highest value first
	Values  []float64        // [n] of the metric
}

// SetRanked sets the ranking by a metric. After nil the ranking is missing again.
func (s *Selection) SetRanked(metric string, r *Ranked) {
	if r == nil {
		delete(s.ranked, metric)
		return
	}
	s.ranked[metric] = r
}

// Ranked returns the ranking that sorts the list, nil in the strategy's order and until the ranking is set.
func (s *Selection) Ranked() *Ranked { return s.ranked[s.Sorting.By] }

// SortMetrics returns "" (the strategy's order) and the names of the metrics that the list can be sorted by.
func (s *Selection) SortMetrics() []string {
	names := []string{""}
	for _, metric := range datamap.Metrics {
		if s.input.Map.Check(metric) == nil {
			names = append(names, metric.Name)
		}
	}
	return names
}

// SortByNext changes the sorting to the metric that is by places further in SortMetrics, which it cycles through.
func (s *Selection) SortByNext(by int) {
	names := s.SortMetrics()
	at := max(slices.Index(names, s.Sorting.By), 0)
	s.Sorting.By = names[(at+by+len(names))%len(names)]
}

// ranking returns the ranking that sorts the list. On the first request it is added to missing.
func (s *Selection) ranking(missing *Missing) *Ranked {
	known, asked := s.ranked[s.Sorting.By]
	if !asked {
		s.ranked[s.Sorting.By] = nil
		missing.Metric = s.Sorting.By
	}
	return known
}

// UpdateList computes the list after a change of the sorting. The cursor moves to the top.
func (s *Selection) UpdateList() (missing Missing) {
	s.Cursor = 0
	s.updateList(&missing)
	return missing
}

// Listed returns the number of updates of List so far. While it stays the same, so does the list.
func (s *Selection) Listed() int { return s.listed }

func (s *Selection) updateList(missing *Missing) {
	s.listed++
	if s.Ranking == nil {
		return
	}
	s.fillList(missing)
	s.Cursor = max(min(s.Cursor, len(s.List)-1), 0)
	s.reachGoal()
}

// fillList fills List with the examples that pass the filters, in the order of the sorting.
func (s *Selection) fillList(missing *Missing) {
	m := s.input.Map
	if s.List = s.Order[:s.Count]; s.Marked {
		s.List = s.marks.Listed(s.Ranking)
	}
	var filter *Match
	if s.Filter != "" {
		if filter = s.match(s.Filter, missing); filter.In == nil {
			s.List = []int32{}
			return
		}
	}
	source, in := s.List, []bool(nil)
	if s.Sorting.By != "" {
		if by := s.ranking(missing); by != nil {
			source, in = by.Ranking.Order, make([]bool, m.Len())
			for _, index := range s.List {
				in[index] = true
			}
		}
	}
	if in == nil && filter == nil && s.Class == 0 && !s.Sorting.Reversed {
		return
	}
	list := s.loose[:0]
	for _, index := range source {
		ofClass := s.Class == 0 || m.Gold == nil || int(m.Gold[index]) == s.Class-1
		if ofClass && (in == nil || in[index]) && (filter == nil || filter.In[index]) {
			list = append(list, index)
		}
	}
	if s.Sorting.Reversed {
		slices.Reverse(list)
	}
	s.loose, s.List = list, list
}
