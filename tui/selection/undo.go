package selection

import (
	"slices"

	"ftft/datamap/marks"
)

// undo holds the criteria to return to.
type undo struct{ past, future []undoEntry }

// undoEntry is the criteria and the example under the cursor (-1 = none), and the marks of an example where the change after
// the entry was one of marks.
type undoEntry struct {
	Criteria
	under int32
	mark  *MarkEntry
}

// MarkEntry is the marks that an example had.
type MarkEntry struct {
	Source string // the folder of the marks
	GUID   string
	State  marks.State
}

// mostUndo bounds how far undo goes back.
const mostUndo = 500

// Change takes other criteria over and remembers the current ones for undo. It reports false where they are equal. Call
// Update, then Stay with the example that was under the cursor.
func (s *Selection) Change(to Criteria) bool {
	if to == s.Criteria {
		return false
	}
	s.remember(s.entry())
	s.Criteria = to
	return true
}

// Remember has undo return to earlier criteria, with the cursor as it is now.
func (s *Selection) Remember(c Criteria) {
	entry := s.entry()
	entry.Criteria = c
	s.remember(entry)
}

// RememberMark has undo return to the marks that an example has now.
func (s *Selection) RememberMark(source, guid string) {
	entry := s.entry()
	entry.mark = &MarkEntry{source, guid, s.marks.All()[guid]}
	s.remember(entry)
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

// Undo returns to the criteria before the last change. It reports false where there is nothing to undo. mark is the marks to
// restore, nil if the change was not one of marks; marks of another source than the one given are passed over. After Update,
// call Stay with the examples.
func (s *Selection) Undo(source string) (mark *MarkEntry, examples []int32, ok bool) {
	return s.travel(&s.undo.past, &s.undo.future, source)
}

// Redo takes the last Undo back.
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

// BeforeBrush returns the criteria from before the brushed rule and the example that was under the cursor then.
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

// Undoable is how many changes undo can take back.
func (s *Selection) Undoable() int { return len(s.undo.past) }
