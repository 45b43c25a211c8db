package selection

import (
	"testing"

	"ftft/datamap"
	"ftft/datamap/marks"
)

// change changes the criteria as the workbench does: the cursor stays with its example.
func (f *fixture) change(change func(c *Criteria)) {
	f.t.Helper()
	to := f.Criteria
	change(&to)
	under, _ := f.Under()
	if !f.Change(to) {
		f.t.Fatalf("%+v changes nothing", to)
	}
	f.settle()
	f.Stay(under)
}

// travelled undoes or redoes a change as the workbench does.
func (f *fixture) travelled(travel func(string) (*MarkEntry, []int32, bool), source string) *MarkEntry {
	f.t.Helper()
	mark, under, ok := travel(source)
	if !ok {
		f.t.Fatal("there is nothing to return to")
	}
	f.settle()
	f.Stay(under...)
	return mark
}

// Undo returns to every state in turn, redo forwards again, with the cursor on the example that it was on.
func TestUndoAndRedo(t *testing.T) {
	f := newFixture(t)
	type state struct {
		Criteria
		under int32
	}
	var states []state
	note := func() {
		under, _ := f.Under()
		states = append(states, state{f.Criteria, under})
	}
	note()
	for _, change := range []func(c *Criteria){
		func(c *Criteria) { c.Fraction = 0.5 },
		func(c *Criteria) { c.SetRule("confidence < 0.5", false) },
		func(c *Criteria) { *c = c.NextStrategy() },
		func(c *Criteria) { c.SetRule("", false) },
	} {
		f.change(change)
		note()
	}
	if f.Undoable() != 4 {
		t.Errorf("%d changes can be undone", f.Undoable())
	}
	check := func(i int) {
		t.Helper()
		if f.Criteria != states[i].Criteria {
			t.Errorf("state %d: %+v, want %+v", i, f.Criteria, states[i].Criteria)
		}
	}
	for i := len(states) - 2; i >= 0; i-- {
		f.travelled(f.Undo, "")
		check(i)
	}
	if _, _, ok := f.Undo(""); ok {
		t.Error("the first state can be undone")
	}
	for i := 1; i < len(states); i++ {
		f.travelled(f.Redo, "")
		check(i)
	}
	if _, _, ok := f.Redo(""); ok {
		t.Error("the last state can be redone")
	}
	f.travelled(f.Undo, "")
	f.change(func(c *Criteria) { c.Fraction = 0.1 })
	if _, _, ok := f.Redo(""); ok {
		t.Error("a change after undo can still be redone")
	}
}

func TestChangeToTheSame(t *testing.T) {
	f := newFixture(t)
	if f.Change(f.Criteria) || f.Undoable() != 0 {
		t.Error("equal criteria are a change")
	}
}

// Undo returns the cursor to the example that was under it before the change.
func TestUndoReturnsTheCursor(t *testing.T) {
	f := newFixture(t)
	f.SetCursor(40)
	before, _ := f.Under()
	f.Change(Criteria{Strategy: datamap.Ambiguous, Fraction: 0.05})
	f.settle()
	f.Stay(before)
	f.Filter = "confidence > 2" // nothing is listed, so nothing is under the cursor
	f.settle()
	f.travelled(f.Undo, "")
	if under, _ := f.Under(); under != before {
		t.Errorf("the cursor is on %d, want %d", under, before)
	}
}

// An example under the cursor that both lists have stays under it.
func TestUndoKeepsTheCursor(t *testing.T) {
	f := newFixture(t)
	f.SetCursor(40)
	f.change(func(c *Criteria) { c.Fraction = 0.5 })
	f.SetCursor(20)
	under, _ := f.Under()
	f.travelled(f.Undo, "")
	if now, _ := f.Under(); now != under {
		t.Errorf("the cursor moved from %d to %d", under, now)
	}
}

func TestRemember(t *testing.T) {
	f := newFixture(t)
	earlier := f.Criteria
	for _, fraction := range []float64{0.4, 0.5, 0.6} { // a threshold is dragged: one step of undo
		f.Fraction = fraction
		f.settle()
	}
	f.Remember(earlier)
	f.travelled(f.Undo, "")
	if f.Criteria != earlier || f.Undoable() != 0 {
		t.Errorf("undo returns to %+v", f.Criteria)
	}
	f.travelled(f.Redo, "")
	if f.Fraction != 0.6 {
		t.Errorf("redo returns to %g", f.Fraction)
	}
}

// A step of undo for a mark names the marks to restore, in either direction. Steps of other sources are skipped.
func TestUndoOfMarks(t *testing.T) {
	f := newFixture(t)
	guid := f.m.GUIDs[3]
	keep, exclude := marks.State{Mark: marks.Keep}, marks.State{Mark: marks.Exclude, Note: "odd"}
	f.SetMarks(NewMarks(f.m, marks.Set{guid: keep}))
	f.RememberMark("here", guid)
	f.SetMarks(NewMarks(f.m, marks.Set{guid: exclude}))
	if mark := f.travelled(f.Undo, "here"); mark == nil || *mark != (MarkEntry{"here", guid, keep}) {
		t.Fatalf("undo restores %+v", mark)
	}
	f.SetMarks(NewMarks(f.m, marks.Set{guid: keep}))
	if mark := f.travelled(f.Redo, "here"); mark == nil || *mark != (MarkEntry{"here", guid, exclude}) {
		t.Fatalf("redo restores %+v", mark)
	}
	f.SetMarks(NewMarks(f.m, marks.Set{guid: exclude}))
	if _, _, ok := f.Undo("elsewhere"); ok {
		t.Error("a mark of another source is undone")
	}
	f.RememberMark("here", guid)
	f.change(func(c *Criteria) { c.Fraction = 0.5 })
	if mark := f.travelled(f.Undo, "elsewhere"); mark != nil || f.Fraction != 0.33 {
		t.Errorf("undo restores %+v and the fraction %g", mark, f.Fraction)
	}
}

func TestUndoIsBounded(t *testing.T) {
	f := newFixture(t)
	for i := range mostUndo + 20 {
		f.Change(Criteria{Strategy: datamap.Ambiguous, Fraction: 1 / float64(i+1)})
	}
	if f.Undoable() != mostUndo {
		t.Errorf("%d changes are kept", f.Undoable())
	}
	for f.Undoable() > 0 {
		f.Undo("")
	}
	if want := 1.0 / 20; f.Fraction != want {
		t.Errorf("the oldest change kept is %g, want %g", f.Fraction, want)
	}
}

func TestBeforeBrush(t *testing.T) {
	f := newFixture(t)
	f.SetCursor(12)
	plain := f.Criteria
	under, _ := f.Under()
	f.change(func(c *Criteria) { c.SetRule("confidence < 0.5", true) })
	f.change(func(c *Criteria) { c.SetRule("confidence < 0.6", true) })
	if before, example := f.BeforeBrush(); before != plain || example != under {
		t.Errorf("before the brush: %+v on %d, want %+v on %d", before, example, plain, under)
	}
	restored := New(f.Criteria) // of a view that was saved with a brushed rule: there is nothing to undo
	want := f.Criteria
	want.SetRule("", false)
	if before, example := restored.BeforeBrush(); before != want || example != -1 {
		t.Errorf("without undo: %+v on %d", before, example)
	}
}
