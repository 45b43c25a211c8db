package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// choose selects again from the picture and the criteria, and starts to compute what the selection still needs.
func (w *workspace) choose() tea.Cmd {
	picture := w.seen()
	if picture == nil || picture.Map == nil {
		w.sel.Clear()
		w.sel.Search.Outside = -1 // the example was on a map that is gone: a replay begins without one
		w.health.forget()
		return nil
	}
	asking := w.takeMap(picture)
	missing := w.sel.Update()
	return tea.Batch(asking, w.supply(missing), w.measureHealth())
}

// takeMap passes the map of a picture to the selection. For another map, it reads the marks and begins a search again.
func (w *workspace) takeMap(picture *watch.Picture) tea.Cmd {
	w.epochs = min(w.epochs, picture.Map.Epochs) // a view that was kept may be of a longer run
	known := w.sel.Marks()
	if !w.sel.SetMap(selection.Input{Map: picture.Map, Rankings: picture.Rankings, Labels: picture.Labels}) {
		return nil
	}
	if grown := w.marked == picture.Dir && known != nil && known.Map.Len() == picture.Map.Len(); !grown { // else an epoch has been added
		w.sel.SetMarks(nil)
	}
	w.marked = picture.Dir
	w.columns = w.newColumns(picture.Map)
	wanted := w.sel.Search.Text
	w.clearSearch()
	return tea.Batch(w.readMarks(picture.Map), w.searchFor(wanted))
}

// supply computes, in the background, what the selection still needs.
func (w *workspace) supply(missing selection.Missing) tea.Cmd {
	var cmds []tea.Cmd
	m := w.sel.Map()
	for _, text := range missing.Rules {
		columns := w.columns
		evaluate := func() selection.Match { return selection.NewMatch(columns.match(text)) }
		cmds = append(cmds, background(evaluate, func(found selection.Match) tea.Cmd {
			if w.sel.Map() != m || w.sel.Match(text) == nil {
				return nil
			}
			w.sel.SetMatch(text, found)
			if found.Err != nil {
				w.say(firstLine(found.Err), nil)
				w.alarm = true
			}
			return w.choose()
		}))
	}
	if metric := missing.Metric; metric != "" {
		cmds = append(cmds, w.rank(m, metric))
	}
	return tea.Batch(cmds...)
}

// ranked is a ranking by a metric, or the error that prevented it.
type ranked struct {
	*selection.Ranked
	err error
}

// rank ranks a map's examples by a metric in the background, for the list.
func (w *workspace) rank(m *datamap.Map, metric string) tea.Cmd {
	return background(func() (r ranked) {
		found, err := datamap.FindMetric(metric)
		if err == nil {
			err = m.Check(found)
		}
		if err != nil {
			return ranked{err: err}
		}
		r.Ranked = &selection.Ranked{Values: m.Values(found)}
		r.Ranking, r.err = m.Rank(datamap.Top+":"+metric, 0)
		return r
	}, func(r ranked) tea.Cmd {
		if w.sel.Map() != m {
			return nil
		}
		if r.err != nil {
			w.say("", r.err)
			w.sel.Sorting.By = ""
		} else {
			w.sel.SetRanked(metric, r.Ranked)
		}
		return w.sortList()
	})
}

// sortList sorts the list of the selection, with the cursor on the first example.
func (w *workspace) sortList() tea.Cmd {
	if w.dataMap() == nil {
		return nil
	}
	return w.supply(w.sel.UpdateList())
}

// change changes the criteria of the selection, which undo reverts. The cursor stays on its example if that is still listed.
func (w *workspace) change(to selection.Criteria) tea.Cmd {
	under := w.cursorExample()
	if !w.sel.Change(to) {
		return nil
	}
	cmd := w.choose()
	w.sel.Stay(under)
	return cmd
}

// become changes the criteria of the selection without a step of undo.
func (w *workspace) become(to selection.Criteria) tea.Cmd {
	under := w.cursorExample()
	w.sel.Criteria = to
	cmd := w.choose()
	w.sel.Stay(under)
	return cmd
}

// cursorExample returns the example under the cursor, or -1 if there is none.
func (w *workspace) cursorExample() int32 {
	if under, ok := w.sel.Under(); ok {
		return under
	}
	return -1
}

func (w *workspace) undo() tea.Cmd { return w.travel(w.sel.Undo, "undo", "Undone") }
func (w *workspace) redo() tea.Cmd { return w.travel(w.sel.Redo, "redo", "Redone") }

// travel takes a step of undo or redo, and says what came back. A step of marks that cannot be written is not taken.
func (w *workspace) travel(step func(source string) (*selection.MarkEntry, []int32, bool), verb, done string) tea.Cmd {
	before := w.sel.Criteria
	stay := w.sel.Steps()
	mark, examples, ok := step(w.source())
	if !ok {
		w.say("There is nothing to "+verb+".", nil)
		return nil
	}
	var marking tea.Cmd
	if mark != nil {
		marking = w.restoreMark(mark, done, stay)
	}
	cmd := w.choose()
	w.sel.Stay(examples...)
	if mark == nil {
		w.say(done+": "+w.describeReturn(before), nil)
	}
	if mark != nil && mark.State.Mark != marks.Exclude && w.own() {
		w.sel.GoTo(mark.GUID, true, false) // the list has it again when the marks have been read
	}
	return tea.Batch(cmd, marking)
}

// describeReturn describes what undo or redo has restored of the criteria.
func (w *workspace) describeReturn(before selection.Criteria) string {
	now := w.sel.Criteria
	if now.Unfiltered() == before.Unfiltered() {
		if !now.Filtered() {
			return "the list shows the whole selection"
		}
		return "the list shows " + strings.Join(w.filters(), " · ")
	}
	text := nameCriteria(now)
	if w.sel.Ranking != nil { // otherwise the rule is still being evaluated
		text += ", " + view.Count(w.sel.Count) + " examples"
	}
	return text
}

// filters describes the filters of the list.
func (w *workspace) filters() (parts []string) {
	c := w.sel.Criteria
	if class := c.Class - 1; class >= 0 && class < len(w.labels()) {
		parts = append(parts, "label "+view.Clean(w.labels()[class]))
	}
	if c.Marked {
		parts = append(parts, "all marked")
	}
	if c.Filter != "" {
		parts = append(parts, view.Clean(c.Filter))
	}
	return parts
}

// nameCriteria names a selection, without the filters of its list.
func nameCriteria(c selection.Criteria) string {
	ranked := c.Strategy + " " + datamap.Percent(c.Fraction)
	switch {
	case c.Whole:
		return "all that match " + view.Clean(c.Rule)
	case c.Rule != "":
		return ranked + " of " + view.Clean(c.Rule)
	}
	return ranked
}

// nextStrategy selects by the next strategy.
func (w *workspace) nextStrategy() tea.Cmd { return w.change(w.sel.NextStrategy()) }

// moveFraction adds to the fraction.
func (w *workspace) moveFraction(by float64) tea.Cmd {
	to, ok := w.sel.MoveFraction(by)
	if !ok {
		w.say("Everything that the rule matches is selected; [ selects less of it, esc leaves the rule.", nil)
		return nil
	}
	return w.change(to)
}

// nextClass filters the list by the next gold label. After the last label, the list is unfiltered.
func (w *workspace) nextClass() tea.Cmd {
	to := w.sel.Criteria
	to.Class = (to.Class + 1) % (len(w.labels()) + 1)
	return w.change(to)
}

// sortByNext sorts the list by the next metric.
func (w *workspace) sortByNext() tea.Cmd {
	if w.dataMap() == nil {
		return nil
	}
	w.sel.SortByNext(1)
	return w.sortList()
}

// reverseList reverses the order of the list.
func (w *workspace) reverseList() tea.Cmd {
	w.sel.Sorting.Reversed = !w.sel.Sorting.Reversed
	return w.sortList()
}

// healthKey is what the health of a reference depends on.
type healthKey struct {
	of       *datamap.Map
	fraction float64
}

// measureHealth computes the map's health at the fraction, in the background.
func (w *workspace) measureHealth() tea.Cmd {
	m := w.dataMap()
	if m == nil {
		w.health.forget()
		return nil
	}
	key := healthKey{m, w.sel.Fraction}
	measure := w.health.want(key, func() *datamap.Health {
		figures, err := m.Health(key.fraction)
		if err != nil {
			return nil // before the second epoch; the panel says so
		}
		return &figures
	}, w.measureHealth)
	if measure == nil {
		return nil
	}
	return after(w.frame, measure)
}

// unavailable explains why the strategy cannot select, or returns "" if it can.
func (w *workspace) unavailable() string {
	picture, rule := w.seen(), w.sel.Rule
	match := w.sel.Match(rule)
	switch {
	case w.sel.Ranking != nil:
		return ""
	case rule != "" && match != nil && match.Err != nil:
		return "the rule " + rule + ": " + firstLine(match.Err) + " (esc, u)"
	case rule != "" && picture != nil && picture.Map != nil:
		return "looking for what the rule matches …"
	case picture != nil && picture.Preview:
		return "reading the examples …"
	case picture == nil || picture.Map == nil:
		return "selections wait for the first complete epoch"
	}
	return w.sel.Strategy + " waits for the second complete epoch: variability takes two"
}

// firstLine returns the first line of an error. Errors of rules have several.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// estimate holds the cost of a main run, as measured on one of the experiment that has begun.
type estimate struct {
	run          string
	steps, batch int
	second       float64 // a step
}

// estimate returns the estimate of a run on the selection. ok is false before a main run has begun.
func (w *workspace) estimate() (e estimate, ok bool) {
	group, _ := w.focused()
	if group == nil || w.sel.Count == 0 {
		return e, false
	}
	for _, run := range group.Runs {
		if run.Start == nil || run.Manifest.Role != rundir.Main || run.Status.Step == 0 {
			continue
		}
		return estimate{run.Name(), run.Start.MaxSteps, run.Start.BatchSize, run.Steps.Seconds / float64(run.Status.Step)}, true
	}
	return e, false
}

// passes returns the number of passes that the steps make over a number of examples.
func (e *estimate) passes(count int) float64 { return float64(e.steps*e.batch) / float64(count) }

// compute describes the steps of a run on a number of examples.
func (e *estimate) compute(count int) string {
	return fmt.Sprintf("%s steps = %.1f passes", view.Count(e.steps), e.passes(count))
}

func (e *estimate) duration() time.Duration {
	return time.Duration(e.second * float64(e.steps) * float64(time.Second))
}

// eta describes how long the steps take.
func (e *estimate) eta() string {
	left := e.duration()
	if left > 10*time.Minute {
		left = left.Round(time.Minute)
	}
	return "at most " + view.Duration(left) + " (speed of " + e.run + ")"
}
