package selection

import (
	"slices"

	"ftft/datamap/marks"
)

// undo holds the states that Undo and Redo return to.
type undo struct{ past, future []undoEntry }

// undoEntry is the criteria and the example under the cursor (-1 = none). If the change after it was one of marks, it has the marks
// to restore.
type undoEntry struct {
	Criteria
	under int32
	mark  *MarkEntry
}

// MarkEntry has the marks of an example.
type MarkEntry struct {
	Source string // the folder of the marks file
	GUID   string
	State  marks.State
}

// mostUndo limits the number of changes that can be undone.
const mostUndo = 500

// Change sets the criteria and remembers the previous ones for Undo. It reports false if they are equal. Afterwards call Update, then
// Stay with the example that was under the cursor.
func (s *Selection) Change(to Criteria) bool {
	if to == s.Criteria {
		return false
	}
	s.remember(s.entry())
	s.Criteria = to
	return true
}

// Remember adds a step of undo to earlier criteria, with the current cursor.
func (s *Selection) Remember(c Criteria) {
	entry := s.entry()
	entry.Criteria = c
	s.remember(entry)
}

// RememberMark adds a step of undo to the current marks of an example. forget removes the step, if the change was not made.
func (s *Selection) RememberMark(source, guid string) (forget func()) {
	entry := s.entry()
	mark := &MarkEntry{source, guid, s.marks.All()[guid]}
	entry.mark = mark
	s.remember(entry)
	return func() {
		s.undo.past = slices.DeleteFunc(s.undo.past, func(e undoEntry) bool { return e.mark == mark })
	}
}

func (s *Selection) entry() undoEntry {
	under, ok := s.Under()
	if !ok {
		under = -1
	}
	return undoEntry{Criteria: s.Criteria, under: under}
}

func (s *Selection) remember(e undoEntry) {
	u := &s.undo
	if u.past = append(u.past, e); len(u.past) > mostUndo {
		u.past = slices.Clone(u.past[1:])
	}
	u.future = nil
}

// Undo restores the criteria before the last change. It reports false if there is nothing to undo. mark has the marks to restore, nil
// if the change was not one of marks. Changes of marks of another source are skipped. Afterwards call Update, then Stay with the
// examples.
func (s *Selection) Undo(source string) (mark *MarkEntry, examples []int32, ok bool) {
	return s.travel(&s.undo.past, &s.undo.future, source)
}

// Redo reverses the last Undo.
func (s *Selection) Redo(source string) (mark *MarkEntry, examples []int32, ok bool) {
	return s.travel(&s.undo.future, &s.undo.past, source)
}

func (s *Selection) travel(from, to *[]undoEntry, source string) (mark *MarkEntry, examples []int32, ok bool) {
	last := len(*from) - 1
	for last >= 0 && (*from)[last].mark != nil && (*from)[last].mark.Source != source {
		last--
	}
	if last < 0 {
		return nil, nil, false
	}
	target, here := (*from)[last], s.entry()
	if mark = target.mark; mark != nil {
		here.mark = &MarkEntry{mark.Source, mark.GUID, s.marks.All()[mark.GUID]}
	}
	*from, *to = (*from)[:last], append(*to, here)
	s.Criteria = target.Criteria
	return mark, []int32{here.under, target.under}, true
}

// Steps returns a function that restores the steps of undo and redo as they are now.
func (s *Selection) Steps() (restore func()) {
	steps := undo{slices.Clone(s.undo.past), slices.Clone(s.undo.future)}
	return func() { s.undo = steps }
}

// BeforeBrush returns the criteria before the brushed rule and the example that was under the cursor (-1 = unknown).
func (s *Selection) BeforeBrush() (before Criteria, under int32) {
	for _, e := range slices.Backward(s.undo.past) {
		if !e.Brushed {
			return e.Criteria, e.under
		}
	}
	before = s.Criteria
	before.SetRule("", false)
	return before, -1
}

// Undoable returns the number of changes that can be undone.
func (s *Selection) Undoable() int { return len(s.undo.past) }

// Redoable returns the number of changes that can be redone.
func (s *Selection) Redoable() int { return len(s.undo.future) }
