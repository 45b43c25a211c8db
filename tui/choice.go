package tui

import (
	"math"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/tui/view"
)

// choice is the selection: a prefix of a strategy's ranking, and the example under the cursor.
type choice struct {
	strategy string
	fraction float64
	cursor   int // place in the ranking, below count

	ranking   *datamap.Ranking // nil while the strategy cannot choose
	count     int              // examples chosen, exactly
	chosen    []int            // [class] of them
	all       []int            // [class] on the map
	health    *datamap.Health  // of the map at the fraction; the last known one while the next is computed
	computing bool
}

// choose makes the selection anew from the picture and asks for what it needs.
func (a *App) choose() tea.Cmd {
	c, picture := &a.choice, a.seen()
	c.ranking, c.count, c.chosen, c.all = nil, 0, nil, nil
	if picture == nil || picture.Map == nil {
		c.health = nil
		return nil
	}
	c.all = make([]int, len(picture.Labels))
	for _, gold := range picture.Map.Gold {
		c.all[gold]++
	}
	if c.ranking = picture.Rankings[c.strategy]; c.ranking != nil {
		c.count = datamap.Count(picture.Map.Len(), c.fraction)
		c.chosen = make([]int, len(picture.Labels))
		for _, index := range c.ranking.Order[:c.count] {
			if picture.Map.Gold != nil {
				c.chosen[picture.Map.Gold[index]]++
			}
		}
	}
	c.cursor = max(min(c.cursor, c.count-1), 0)
	return tea.Batch(a.computeHealth(), a.fetchTexts())
}

func (a *App) nextStrategy() tea.Cmd {
	under, had := a.under()
	at := slices.Index(datamap.Strategies, a.choice.strategy)
	a.choice.strategy = datamap.Strategies[(at+1)%len(datamap.Strategies)]
	cmd := a.choose()
	a.choice.cursor = 0
	if had && a.choice.ranking != nil && int(a.choice.ranking.Place[under]) < a.choice.count {
		a.choice.cursor = int(a.choice.ranking.Place[under]) // stay with the example
	}
	return tea.Batch(cmd, a.fetchTexts())
}

// moveFraction moves by points, between 1 and 100 %.
func (a *App) moveFraction(by float64) tea.Cmd {
	a.choice.fraction = min(max(math.Round((a.choice.fraction+by)*1e6)/1e6, 0.01), 1)
	return a.choose()
}

// under is the example under the cursor, as an index into the map.
func (a *App) under() (index int32, ok bool) {
	if a.choice.ranking == nil || a.choice.cursor >= a.choice.count {
		return 0, false
	}
	return a.choice.ranking.Order[a.choice.cursor], true
}

// threshold is where the selection ends on the map.
func (a *App) threshold() float64 {
	if picture := a.seen(); picture != nil {
		return picture.Threshold(a.choice.strategy, a.choice.count)
	}
	return math.NaN()
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
	return func() tea.Msg {
		figures, err := of.Health(fraction)
		if err != nil {
			return health{of, fraction, nil} // before the second epoch; the panel says so
		}
		return health{of, fraction, &figures}
	}
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
	if a.options.Texts == nil || a.choice.ranking == nil || picture == nil {
		return nil
	}
	var wanted []textKey
	first, last := a.inView()
	for _, index := range a.choice.ranking.Order[first:last] {
		key := textKey{a.focus, int(picture.Map.Rows[index])}
		if _, known := a.texts[key]; !known {
			a.texts[key] = nil // asked for
			wanted = append(wanted, key)
		}
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

// inView are the places in the ranking that the screen shows: a page of the list, around the cursor.
func (a *App) inView() (first, last int) {
	room := 1
	if a.screen == examplesScreen {
		room = view.ExampleRoom(a.paneHeight())
	}
	first = min(max(a.choice.cursor-room/2, 0), max(a.choice.count-room, 0))
	return first, min(first+room, a.choice.count)
}
