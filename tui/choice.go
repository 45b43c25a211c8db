package tui

import (
	"math"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/train/rundir"
	"ftft/tui/view"
)

// pick is what makes the selection and narrows its list. It is a value, so that undo keeps those that were.
type pick struct {
	strategy string
	fraction float64
	rule     string  // what an example fulfils that can be chosen; "" = every one can be
	whole    bool    // all that the rule matches, whatever the fraction
	brushed  bool    // the rule is a rectangle's on the map
	free     float64 // the fraction before there was a rule, which comes back when that is left

	class  int    // of the list: a gold label, counted from 1; 0 = every one
	marked bool   // of the list: marked examples alone
	filter string // of the list: a rule that its examples fulfil
}

// take makes all that a rule matches the selection; "" leaves the rule, and the fraction is again what it was before.
func (p *pick) take(rule string, brushed bool) {
	switch {
	case rule == "" && p.rule != "":
		p.fraction = p.free
	case p.rule == "":
		p.free = p.fraction
	}
	p.rule, p.whole, p.brushed = rule, rule != "", brushed
	if rule == "" {
		p.free = 0
	}
}

// moment is a selection that was, and the example that the cursor was on; -1 = on none.
type moment struct {
	pick
	under  int32
	marked *remark // what an example's marks were then; nil = the change after it was none of marks
}

// choice is the selection: the first examples, in a strategy's order, of those that there are to choose from.
type choice struct {
	pick
	past, future []moment
	cursor       int // place in the list, below its length

	ranking   *datamap.Ranking // nil while nothing can be chosen
	stock     stock
	order     []int32         // the stock's, of which the selection is
	count     int             // the first so many, exactly
	list      []int32         // the examples that are listed: the selection, sorted and filtered
	chosen    []int           // [class] of the selection
	all       []int           // [class] on the map
	health    *datamap.Health // of the map at the fraction; the last known one while the next is computed
	computing bool
}

// stock is what there is to choose from, in a strategy's order. It is kept while what it is made of stays.
type stock struct {
	ranking *datamap.Ranking
	rule    *matched // nil = without one
	marks   *marked
	order   []int32
}

// of gives the stock by a strategy's ranking: all that a rule matches but what is excluded by marks.
func (s *stock) of(ranking *datamap.Ranking, rule *matched, marks *marked) []int32 {
	if s.ranking == ranking && s.rule == rule && s.marks == marks {
		return s.order
	}
	*s = stock{ranking, rule, marks, ranking.Order}
	if rule == nil && (marks == nil || marks.excluded == nil) {
		return s.order
	}
	s.order = make([]int32, 0, len(ranking.Order))
	for _, index := range ranking.Order {
		if (rule == nil || rule.in[index]) && !marks.excludes(index) {
			s.order = append(s.order, index)
		}
	}
	return s.order
}

// choose makes the selection anew from the picture and asks for what it needs. It sorts nothing: rankings are the picture's,
// and rules are matched in the background.
func (a *App) choose() tea.Cmd {
	c, picture := &a.choice, a.seen()
	c.ranking, c.order, c.list, c.count, c.chosen, c.all = nil, nil, nil, 0, nil, nil
	if picture == nil || picture.Map == nil {
		c.health = nil
		return nil
	}
	m := picture.Map
	asking := a.desk.turnTo(a, picture)
	a.relabelled(picture.Labels)
	c.all = make([]int, len(picture.Labels))
	for _, gold := range m.Gold {
		c.all[gold]++
	}
	var rule *matched
	if c.rule != "" {
		found, cmd := a.match(c.rule)
		asking = tea.Batch(asking, cmd)
		if found.in == nil {
			return tea.Batch(asking, a.computeHealth())
		}
		rule = found
	}
	if c.ranking = picture.Rankings[c.strategy]; c.ranking != nil {
		c.order = c.stock.of(c.ranking, rule, a.desk.marks)
		if c.count = datamap.Count(len(c.order), c.fraction); c.whole {
			c.count = len(c.order)
		}
		c.chosen = make([]int, len(picture.Labels))
		if m.Gold != nil {
			for _, index := range c.order[:c.count] {
				c.chosen[m.Gold[index]]++
			}
		}
	}
	return tea.Batch(asking, a.relist(), a.computeHealth(), a.fetchTexts())
}

// change makes another selection, which undo takes back. The cursor stays with its example where that is still listed.
func (a *App) change(to pick) tea.Cmd {
	if to == a.choice.pick {
		return nil
	}
	a.keep()
	return a.become(to)
}

// mostKept is how many selections undo goes back.
const mostKept = 500

// keep has undo come back to the selection as it stands.
func (a *App) keep() { a.keepMoment(a.now()) }

func (a *App) keepMoment(m moment) {
	c := &a.choice
	if c.past = append(c.past, m); len(c.past) > mostKept {
		c.past = slices.Clone(c.past[1:])
	}
	c.future = nil
}

func (a *App) now() moment {
	under, ok := a.under()
	if !ok {
		under = -1
	}
	return moment{pick: a.choice.pick, under: under}
}

func (a *App) become(to pick) tea.Cmd {
	under := a.now().under
	a.choice.pick = to
	cmd := a.choose()
	a.stay(under)
	return tea.Batch(cmd, a.fetchTexts())
}

// stay moves the cursor to the first of some examples that is in the list; to the list's first where none is. The cursor of a
// list that is not there yet stays.
func (a *App) stay(with ...int32) {
	c := &a.choice
	if c.list == nil {
		return
	}
	for _, example := range with {
		if place := slices.Index(c.list, example); place >= 0 {
			c.cursor, a.desk.search.astray = place, -1
			return
		}
	}
	c.cursor = 0
}

// undo goes back to the selection or the mark before; redo takes that back.
func (a *App) undo() tea.Cmd {
	return a.travel(&a.choice.past, &a.choice.future, "There is nothing to undo.")
}
func (a *App) redo() tea.Cmd {
	return a.travel(&a.choice.future, &a.choice.past, "There is nothing to redo.")
}

func (a *App) travel(from, to *[]moment, none string) tea.Cmd {
	last := len(*from) - 1
	for last >= 0 && (*from)[last].marked.elsewhere(a.source()) {
		last--
	}
	if last < 0 {
		a.say(none, nil)
		return nil
	}
	target, here := (*from)[last], a.now()
	var marking tea.Cmd
	if target.marked != nil {
		here.marked, marking = a.restore(target.marked)
	}
	*from, *to = (*from)[:last], append(*to, here)
	cmd := a.become(target.pick)
	a.stay(here.under, target.under)
	if r := target.marked; r != nil && r.state.Mark != marks.Exclude && a.remembers() {
		a.desk.memory.wanted, a.desk.memory.astray = r.guid, true // the list has it again when the marks have been read
	}
	return tea.Batch(cmd, marking, a.fetchTexts())
}

// nextStrategy goes to another order; where a rule takes all that it matches, it has the strategy choose among these first.
func (a *App) nextStrategy() tea.Cmd {
	to := a.choice.pick
	if to.whole {
		to.whole = false
		return a.change(to)
	}
	at := slices.Index(datamap.Strategies, to.strategy)
	to.strategy = datamap.Strategies[(at+1)%len(datamap.Strategies)]
	return a.change(to)
}

// moveFraction moves by points, between 1 and 100 %.
func (a *App) moveFraction(by float64) tea.Cmd {
	to := a.choice.pick
	if to.whole {
		if by > 0 {
			a.say("All that the rule matches is selected; [ takes less of it, esc leaves the rule.", nil)
			return nil
		}
		to.fraction, to.whole = 1, false
	}
	to.fraction = min(max(math.Round((to.fraction+by)*1e6)/1e6, 0.01), 1)
	return a.change(to)
}

// under is the example under the cursor, as an index into the map: of the list, or one that a search has come to.
func (a *App) under() (index int32, ok bool) {
	if a.desk.search.astray >= 0 {
		return a.desk.search.astray, true
	}
	if a.choice.cursor >= len(a.choice.list) {
		return 0, false
	}
	return a.choice.list[a.choice.cursor], true
}

// threshold is where the selection ends on the map: the variability or the confidence of the last one chosen. It is NaN
// where that is no line: of a rule's whole matches, and of what is drawn at random.
func (a *App) threshold() float64 {
	c := &a.choice
	if c.whole || c.ranking == nil || c.count == 0 || c.strategy == datamap.Random {
		return math.NaN()
	}
	last := c.order[c.count-1]
	if c.strategy == datamap.Ambiguous {
		return a.seen().Map.Variability[last]
	}
	return a.seen().Map.Confidence[last]
}

// health is a computed one, with what it is of.
type health struct {
	of       *datamap.Map
	fraction float64
	figures  *datamap.Health // nil where there is none
}

// computeHealth computes it in the background, one at a time.
func (a *App) computeHealth() tea.Cmd {
	of, fraction := a.seen().Map, a.choice.fraction
	if a.choice.computing {
		return nil
	}
	a.choice.computing = true
	return a.behind(func() tea.Msg {
		figures, err := of.Health(fraction)
		if err != nil {
			return health{of, fraction, nil} // before the second epoch; the panel says so
		}
		return health{of, fraction, &figures}
	})
}

// takeHealth shows it, and computes another if the selection has moved on meanwhile.
func (a *App) takeHealth(h health) tea.Cmd {
	a.choice.computing, a.choice.health = false, h.figures
	if picture := a.seen(); picture == nil || picture.Map == nil {
		a.choice.health = nil
	} else if picture.Map != h.of || a.choice.fraction != h.fraction {
		return a.computeHealth()
	}
	return nil
}

type textKey struct {
	run rundir.Dir
	row int
}

// fetched are texts that have come.
type fetched map[textKey]*view.Text

// fetchTexts fetches the texts of the examples in view that are not there yet, in the background.
func (a *App) fetchTexts() tea.Cmd {
	picture := a.seen()
	if a.options.Texts == nil || picture == nil || picture.Map == nil {
		return nil
	}
	var wanted []textKey
	want := func(index int32) {
		key := textKey{a.focus, int(picture.Map.Rows[index])}
		if _, known := a.texts[key]; !known {
			a.texts[key] = nil // asked for
			wanted = append(wanted, key)
		}
	}
	first, last := a.inView()
	for _, index := range a.choice.list[first:last] {
		want(index)
	}
	if index, ok := a.under(); ok {
		want(index)
	}
	return a.fetch(wanted)
}

// fetch fetches texts in the background.
func (a *App) fetch(wanted []textKey) tea.Cmd {
	if len(wanted) == 0 {
		return nil
	}
	return func() tea.Msg {
		a.reading.Lock()
		defer a.reading.Unlock()
		got := fetched{}
		for _, key := range wanted {
			example, err := a.options.Texts(key.run, key.row)
			got[key] = &view.Text{First: example.Text, Second: example.TextPair, Notes: example.Meta, Problem: err}
		}
		return got
	}
}

// inView are the places in the list that the screen shows: a page of it, around the cursor.
func (a *App) inView() (first, last int) {
	room, count := 1, len(a.choice.list)
	if a.screen == examplesScreen {
		room = view.ExampleRoom(a.paneHeight())
	}
	first = min(max(a.choice.cursor-room/2, 0), max(count-room, 0))
	return first, min(first+room, count)
}
