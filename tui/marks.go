package tui

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/internal/disk"
	"ftft/tui/selection"
	"ftft/tui/view"
)

// markVerb is a way to mark the example under the cursor.
type markVerb struct {
	key, label, help string
	do               func() tea.Cmd
}

// markVerbs returns the ways to mark the example under the cursor, by the keys that follow the prefix m.
func (a *App) markVerbs() []markVerb {
	mark := func(what string) func() tea.Cmd { return func() tea.Cmd { return a.mark(what) } }
	return []markVerb{
		{"y", "label is right", "mark that the label is right; again: unmark", mark(marks.Keep)},
		{"r", "relabel", "relabel the example", a.askLabel},
		{"x", "exclude", "exclude the example from every selection; again: unmark", mark(marks.Exclude)},
		{"n", "note", "write a note on the example", a.askNote},
		{"c", "clear", "clear the example's marks and note", mark(marks.Clear)},
	}
}

// markKeys returns the bindings that mark the example under the cursor.
func (a *App) markKeys() []binding {
	on := []*place{placeMap, placeExamples, placeReader}
	there := func() bool { _, ok := a.sel.Under(); return ok }
	list := []binding{{keys: []string{"m"}, help: "mark the example, by one more key", hint: "mark", on: on, now: there, do: a.askMark}}
	for _, verb := range a.markVerbs() {
		list = append(list, binding{keys: []string{"m " + verb.key}, help: verb.help, on: on, now: there, do: verb.do})
	}
	return under(taskMark, list...)
}

// askMark asks how to mark the example under the cursor.
func (a *App) askMark() tea.Cmd {
	index, ok := a.sel.Under()
	if !ok {
		a.say("There is no example to mark.", nil)
		return nil
	}
	q := &question{text: "mark " + view.Clean(a.dataMap().GUIDs[index]) + ":", answers: map[string]func() tea.Cmd{}}
	for _, verb := range a.markVerbs() {
		q.text += "  " + verb.key + " " + verb.label
		q.answers[verb.key] = verb.do
	}
	return a.ask(q)
}

// askNote asks for a note on the example under the cursor.
func (a *App) askNote() tea.Cmd {
	index, ok := a.sel.Under()
	if !ok {
		a.say("There is no example to mark.", nil)
		return nil
	}
	return a.openPrompt(&notePrompt{ws: a.workspace, example: index}, a.sel.Marks().State(index).Note)
}

// readMarks reads the marks of a map's examples in the background.
func (w *workspace) readMarks(m *datamap.Map) tea.Cmd { return w.changeMarks(m, "", nil, nil) }

// changeMarks adds marks, if given, and then reads those of a map's examples, in the background. said is the message to show then. failed
// is called if the marks could not be added.
func (w *workspace) changeMarks(m *datamap.Map, said string, add []marks.Mark, failed func()) tea.Cmd {
	source, known := w.source(), w.sel.Marks()
	if source == "" {
		return nil
	}
	type read struct {
		*selection.Marks // nil: as before
		said             string
		unsaved          bool
		err              error
	}
	work := func() (r read) {
		w.files.Lock()
		defer w.files.Unlock()
		r.said = said
		if len(add) > 0 {
			var path string
			if path, r.err = marks.Append(source, add...); r.err != nil {
				r.unsaved = true
				return r
			}
			if path != marks.Path(source) {
				r.said = "The run is read-only; saved in your state folder: " + said
			}
		}
		set, err := marks.Read(source)
		if r.err = err; err != nil || said == "" && known != nil && known.Map == m && maps.Equal(known.Set, set) {
			return r
		}
		r.Marks = selection.NewMarks(m, set)
		return r
	}
	take := func(r read) tea.Cmd {
		switch {
		case r.unsaved:
			failed()
			w.say("", unsaved(w.markSubject(add[0].GUID), marks.Path(source), r.err))
			return nil
		case r.err != nil:
			w.say("", fmt.Errorf("marks: %w", r.err))
			return nil
		}
		if w.dataMap() != m {
			return nil
		}
		if r.said != "" {
			w.say(r.said, nil)
		}
		return w.takeMarks(r.Marks)
	}
	return func() tea.Msg {
		r := work()
		if r.err == nil && r.Marks == nil {
			return nil // the screen is not drawn again
		}
		return finished{deliver: func() tea.Cmd { return take(r) }}
	}
}

// unsaved returns the error of a mark that could not be written to the file at path. What to do comes before the path, which may not fit
// on the line.
func unsaved(subject, path string, err error) error {
	if disk.Full(err) {
		return fmt.Errorf("marks of %s not saved: the disk is full; free some space and mark it again (%s)", subject, path)
	}
	return fmt.Errorf("marks of %s not saved: %w", subject, err)
}

// takeMarks stores the marks and selects again, since exclusions and rules depend on them.
func (w *workspace) takeMarks(found *selection.Marks) tea.Cmd {
	if before := w.sel.Marks(); before != nil && before.Map == found.Map && maps.Equal(before.Set, found.Set) {
		return nil
	}
	w.sel.SetMarks(found)
	w.columns = w.newColumns(found.Map)
	under, had := w.sel.Under()
	had = had && w.sel.Goal() == ""
	cmd := w.choose()
	if had && slices.Contains(w.sel.List, under) {
		w.sel.Stay(under)
	}
	return cmd
}

// describeMark describes an example's marks; "" if it has none.
func (w *workspace) describeMark(index int32) string {
	return describeState(w.sel.Marks().State(index))
}

// describeState describes the marks of an example; "" if it has none.
func describeState(state marks.State) string {
	text := map[string]string{marks.Exclude: "excluded", marks.Keep: "the label is right"}[state.Mark]
	if state.Mark == marks.Relabel {
		text = "relabelled " + view.Clean(state.Label)
	}
	if state.Note != "" {
		if text != "" {
			text += " · "
		}
		text += view.Clean(state.Note)
	}
	return text
}

// mark marks the example under the cursor, or removes the mark if it has the same.
func (w *workspace) mark(what string) tea.Cmd {
	index, ok := w.sel.Under()
	if !ok {
		w.say("There is no example to mark.", nil)
		return nil
	}
	state := w.sel.Marks().State(index)
	guid := w.dataMap().GUIDs[index]
	if what == state.Mark { // the note stays
		return w.writeMarks(index, w.markSubject(guid)+": no longer marked", marks.State{Note: state.Note}.Marks(guid)...)
	}
	done := map[string]string{marks.Keep: "its label is right", marks.Exclude: "excluded", marks.Clear: "marks and note removed"}[what]
	return w.writeMarks(index, w.markSubject(guid)+": "+done, marks.Mark{GUID: guid, Mark: what})
}

// askLabel asks which label the example should have.
func (a *App) askLabel() tea.Cmd { return a.askLabelOr(-1, func() tea.Cmd { return nil }) }

// askLabelOr asks which label the example should have. r chooses the suggested class; -1 = none. chosen is called after the choice.
func (a *App) askLabelOr(suggested int, chosen func() tea.Cmd) tea.Cmd {
	index, ok := a.sel.Under()
	labels := a.labels()
	if !ok || len(labels) == 0 {
		a.say("There is no label to change.", nil)
		return nil
	}
	guid := a.dataMap().GUIDs[index]
	q := &question{text: "relabel " + view.Clean(guid) + ":", answers: map[string]func() tea.Cmd{}}
	offer := func(key, label string) {
		q.text += fmt.Sprintf(" %s %s", key, view.Clean(label))
		q.answers[key] = func() tea.Cmd {
			mark := marks.Mark{GUID: guid, Mark: marks.Relabel, Label: label}
			cmd := a.writeMarks(index, a.markSubject(guid)+": relabelled "+view.Clean(label), mark)
			return tea.Batch(cmd, chosen())
		}
	}
	if suggested >= 0 {
		offer("r", labels[suggested])
		q.text += " (suggested) "
	}
	for i, label := range labels[:min(len(labels), 9)] {
		offer(strconv.Itoa(i+1), label)
	}
	q.text += "; any other key cancels"
	return a.ask(q)
}

// marksRun returns the name of the viewed run, which the marks belong to, if its experiment has several runs; "" otherwise.
func (w *workspace) marksRun() string {
	group, run := w.focused()
	if run == nil || run.Given || w.options.Source != "" || len(group.Runs) < 2 {
		return ""
	}
	return w.labelOf(run)
}

// markSubject names an example in a message about its marks, with the run that the marks belong to if there are several.
func (w *workspace) markSubject(guid string) string {
	if run := w.marksRun(); run != "" {
		return view.Clean(guid) + " on " + run
	}
	return view.Clean(guid)
}

// writeMarks adds marks of an example to the file, which undo reverts, and names the command that writes the corrected data.
func (w *workspace) writeMarks(index int32, said string, list ...marks.Mark) tea.Cmd {
	source := w.source()
	if source == "" {
		w.say("", errors.New("this source has no folder to keep marks in"))
		return nil
	}
	forget := w.sel.RememberMark(source, w.dataMap().GUIDs[index])
	return w.addMarks(w.withCorrection(said+" (u: undo)"), list, forget)
}

// withCorrection adds the command that writes the corrected data to a message, or where to find it if the line is too short.
func (w *workspace) withCorrection(said string) string {
	command := w.correctCommand().Line()
	for _, rest := range []string{"Corrected data: " + command, "Corrected data: = shows the command", "= shows the correction"} {
		if whole := said + ". " + rest; view.Width(whole) <= w.w {
			return whole
		}
	}
	return said
}

// correctCommand returns the command that writes the data with the marks applied.
func (w *workspace) correctCommand() Command {
	args := w.options.CorrectArgs
	if args == nil {
		args = w.onSource("correct")
	}
	return Command{"the data with the marks applied (--out FILE writes them), as a diff", args}
}

// restoreMark restores an example's earlier marks. done is what has been done, Undone or Redone. failed is called if the marks could not be
// written.
func (w *workspace) restoreMark(entry *selection.MarkEntry, done string, failed func()) tea.Cmd {
	said := describeState(entry.State)
	if said == "" {
		said = "no longer marked"
	}
	return w.addMarks(done+": "+w.markSubject(entry.GUID)+": "+said, entry.State.Marks(entry.GUID), failed)
}

func (w *workspace) addMarks(said string, list []marks.Mark, failed func()) tea.Cmd {
	for i := range list {
		list[i].Time = time.Now().UTC().Add(time.Duration(i)) // their order is that of their times
	}
	return w.changeMarks(w.dataMap(), said, list, failed)
}
