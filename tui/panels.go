package tui

import (
	"fmt"

	"ftft/datamap"
	"ftft/train/watch"
	"ftft/tui/view"
)

// selectionPanel returns the view of the selection.
func (w *workspace) selectionPanel() *view.Selection {
	c := w.sel
	s := &view.Selection{
		Theme: w.theme, Strategy: c.Strategy, Fraction: c.Fraction, Count: c.Count, Chosen: c.Chosen, All: c.All,
		Unavailable: w.unavailable(), Health: w.health.value, Rule: c.Rule, Whole: c.Whole, Candidates: len(c.Order),
		Excluded: c.Marks().ExcludedCount(),
	}
	if w.epochs > 0 {
		s.Title = "of the newest map"
	}
	if e, ok := w.estimate(); ok {
		s.Compute, s.ETA = e.compute(c.Count), e.eta()
	}
	if m := w.dataMap(); m != nil {
		s.Total, s.Labels = m.Len(), w.labels()
	}
	return s
}

// examplePanel returns the view of the example under the cursor, or of the reason why there is none.
func (w *workspace) examplePanel() *view.Example {
	if e := w.example(); e != nil {
		return e
	}
	return &view.Example{Theme: w.theme, None: w.noExample()}
}

// noExample explains why there is no example under the cursor.
func (w *workspace) noExample() string {
	if why := w.unavailable(); why != "" {
		return why
	}
	if w.sel.Count > 0 {
		return "the filters hide the whole selection; esc removes them"
	}
	return "the selection is empty"
}

// example returns the view of the example under the cursor, nil if there is none.
func (w *workspace) example() *view.Example {
	index, ok := w.sel.Under()
	if !ok {
		return nil
	}
	e := w.exampleAt(index)
	if w.sel.Search.Outside < 0 {
		e.Place = w.sel.Cursor
	}
	return e
}

// exampleAt returns the view of an example, without its place in the list.
func (w *workspace) exampleAt(index int32) *view.Example {
	m := w.dataMap()
	row := w.row(index)
	e := &view.Example{
		Theme: w.theme, GUID: row.GUID, Gold: row.Gold, Place: -1, Total: len(w.sel.List),
		Confidence: row.Confidence, Variability: row.Variability,
		Epochs: m.Epochs, Trail: row.Trail, Text: row.Text, Mark: w.describeMark(index), Correct: -1,
	}
	if m.Correctness != nil {
		e.Correct = int(m.Correctness[index])
	}
	return e
}

// row returns a line of the list of examples.
func (w *workspace) row(index int32) view.Row {
	picture := w.seen()
	m := picture.Map
	gold := "" // where the source has none
	if m.Gold != nil {
		gold = picture.Labels[m.Gold[index]]
	}
	return view.Row{
		GUID: m.GUIDs[index], Gold: gold, Confidence: m.Confidence[index], Variability: m.Variability[index], Trail: picture.Trail(int(index)),
		Text: w.textOf(index), Mark: w.sel.Marks().Sign(index), SortValue: w.sortValue(index),
		Found: w.sel.Search.In != nil && w.sel.Search.In[index],
	}
}

// sortValue returns an example's value of the metric that sorts the list, or "" if a column shows it already.
func (w *workspace) sortValue(index int32) string {
	by := w.sel.Ranked()
	if by == nil || w.sel.Sorting.By == "confidence" || w.sel.Sorting.By == "variability" || int(index) >= len(by.Values) {
		return ""
	}
	value := fmt.Sprintf("%7.4g", by.Values[index])
	if metric, err := datamap.FindMetric(w.sel.Sorting.By); err == nil {
		if words := w.dataMap().Words(metric, by.Values[index]); words != "" {
			value = words
		}
		value = fmt.Sprintf("%*s", max(len(metric.Never), 7), value)
	}
	return value
}

// cursorPoint returns the point of the example under the cursor on the map, or nil if there is none.
func (w *workspace) cursorPoint() *watch.Point {
	if index, ok := w.sel.Under(); ok {
		return w.seen().Point(int(index))
	}
	return nil
}
