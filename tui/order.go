package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/tui/view"
)

// sorting is how the list is sorted: by the strategy's own order, or by a metric. It changes the list alone, not what is
// selected.
type sorting struct {
	by       string // a metric's name; "" = the strategy's order
	reversed bool
	of       *datamap.Map
	rankings map[string]*sorted // of the map, by metric; nil while it is computed
	loose    []int32            // what the list is written into, where it is not the selection itself
}

// sorted is a ranking that has been computed.
type sorted struct {
	of      *datamap.Map
	by      string
	ranking *datamap.Ranking // the highest first
	values  []float64        // [n] of the metric
	err     error
}

func listKeys() []binding {
	on, both := []screen{examplesScreen}, []screen{mapScreen, examplesScreen}
	return []binding{
		{[]string{"o"}, "sort the list by the next metric", "o O sort", on, func(a *App) tea.Cmd { return a.sortBy(1) }},
		{[]string{"O"}, "sort the list the other way round", "", on, func(a *App) tea.Cmd { return a.reverse() }},
		{[]string{"f"}, "list one gold label, or all", "f F | filter", on, (*App).nextClass},
		{[]string{"F"}, "list all marked ones, selected or not", "", on, func(a *App) tea.Cmd {
			to := a.choice.pick
			to.marked = !to.marked
			return a.change(to)
		}},
		{[]string{"|"}, "list what fulfils a rule, too", "", both, func(a *App) tea.Cmd { return a.ask(filterPrompt, a.choice.filter) }},
		{[]string{"u"}, "undo: the selection or the mark before", "", nil, (*App).undo},
		{[]string{"ctrl+r"}, "redo", "", nil, (*App).redo},
	}
}

// nextClass lists the examples of one gold label after another, then all.
func (a *App) nextClass() tea.Cmd {
	to := a.choice.pick
	to.class = (to.class + 1) % (len(a.labels()) + 1)
	return a.change(to)
}

// sortBy goes to a metric by places in the order of reports; before the first is the strategy's own order.
func (a *App) sortBy(step int) tea.Cmd {
	picture := a.seen()
	if picture == nil || picture.Map == nil {
		return nil
	}
	names := []string{""}
	for _, metric := range datamap.Metrics {
		if picture.Map.Check(metric) == nil {
			names = append(names, metric.Name)
		}
	}
	at := max(slices.Index(names, a.desk.sorting.by), 0)
	a.desk.sorting.by = names[(at+step+len(names))%len(names)]
	return a.resort()
}

func (a *App) reverse() tea.Cmd {
	a.desk.sorting.reversed = !a.desk.sorting.reversed
	return a.resort()
}

// resort lists the selection in another order, the cursor on its first.
func (a *App) resort() tea.Cmd {
	a.choice.cursor = 0
	return tea.Batch(a.relist(), a.fetchTexts())
}

// ranked gives the ranking by the metric that the list is sorted by, nil while it is computed.
func (a *App) ranked(m *datamap.Map) (*sorted, tea.Cmd) {
	s := &a.desk.sorting
	if s.of != m {
		s.of, s.rankings = m, map[string]*sorted{}
	}
	known, asked := s.rankings[s.by]
	if asked {
		return known, nil
	}
	by := s.by
	s.rankings[by] = nil
	return nil, func() tea.Msg {
		r := sorted{of: m, by: by}
		metric, err := datamap.FindMetric(by)
		if err == nil {
			err = m.Check(metric)
		}
		if r.err = err; err == nil {
			r.values = m.Values(metric)
			r.ranking, r.err = m.Rank(datamap.Top+":"+by, 0)
		}
		return r
	}
}

func (a *App) takeSorted(s sorted) tea.Cmd {
	if a.desk.sorting.of != s.of {
		return nil
	}
	if s.err != nil {
		a.say("", s.err)
		a.desk.sorting.by = ""
		return a.resort()
	}
	a.desk.sorting.rankings[s.by] = &s
	return a.resort()
}

// relist makes the list of the selection: in the order asked for, without what the filters leave out.
func (a *App) relist() tea.Cmd {
	c, s := &a.choice, &a.desk.sorting
	a.desk.relisted = true
	if c.ranking == nil {
		return nil
	}
	defer a.settle()
	defer func() { c.cursor = max(min(c.cursor, len(c.list)-1), 0) }()
	m := a.seen().Map
	if c.list = c.order[:c.count]; c.marked {
		c.list = a.desk.marks.listed(c.ranking)
	}
	var asking tea.Cmd
	var filter *matched
	if c.filter != "" {
		found, cmd := a.match(c.filter)
		if asking = cmd; found.in == nil {
			c.list = []int32{}
			return asking
		}
		filter = found
	}
	source, in := c.list, []bool(nil)
	if s.by != "" {
		by, cmd := a.ranked(m)
		asking = tea.Batch(asking, cmd)
		if by != nil {
			source, in = by.ranking.Order, make([]bool, m.Len())
			for _, index := range c.list {
				in[index] = true
			}
		}
	}
	if in == nil && filter == nil && c.class == 0 && !s.reversed {
		return asking
	}
	list := s.loose[:0]
	for _, index := range source {
		if (in == nil || in[index]) && (filter == nil || filter.in[index]) && (c.class == 0 || m.Gold == nil || int(m.Gold[index]) == c.class-1) {
			list = append(list, index)
		}
	}
	if s.reversed {
		slices.Reverse(list)
	}
	s.loose, c.list = list, list
	return asking
}

// sortedBy writes an example's value of the metric that the list is sorted by; "" where its columns show it already.
func (a *App) sortedBy(index int32) string {
	s := &a.desk.sorting
	known := s.rankings[s.by]
	if known == nil || s.by == "confidence" || s.by == "variability" || int(index) >= len(known.values) {
		return ""
	}
	return fmt.Sprintf("%7.4g", known.values[index])
}

// listTitle says what is listed, how it is sorted and what is left out.
func (a *App) listTitle() string {
	c, s := &a.choice, &a.desk.sorting
	order := "by " + c.strategy
	if s.by != "" {
		order = "by " + s.by
		if a.desk.sorting.rankings[s.by] == nil {
			order += " …"
		}
	}
	if s.reversed {
		order += ", reversed"
	}
	title := "  " + order
	if class := c.class - 1; class >= 0 && class < len(a.labels()) {
		title += " · label " + view.Clean(a.labels()[class])
	}
	if c.marked {
		title += " · all marked"
	}
	if c.filter != "" {
		title += " · " + view.Clean(c.filter)
	}
	if c.ranking != nil && len(c.list) != c.count {
		title += fmt.Sprintf(" · %s listed", view.Count(len(c.list)))
	}
	if n := len(a.desk.search.hits); a.desk.search.text != "" {
		title += fmt.Sprintf(" · /%s: %s", view.Clean(a.desk.search.text), view.Count(n))
	}
	return title
}
