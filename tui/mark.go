package tui

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/tui/view"
)

// marked are the marks of the examples of a map. It is not changed: another takes its place.
type marked struct {
	of       *datamap.Map
	set      marks.Set
	at       map[int32]marks.State // by example
	excluded []bool                // [n]; nil = none is
	number   int                   // of excluded ones
	err      error
	said     string // what has been done
}

func (m *marked) all() marks.Set {
	if m == nil {
		return nil
	}
	return m.set
}

// listed are all that have marks, in a ranking's order.
func (m *marked) listed(ranking *datamap.Ranking) []int32 {
	list := []int32{}
	if m != nil {
		list = slices.AppendSeq(list, maps.Keys(m.at))
	}
	slices.SortFunc(list, func(a, b int32) int { return int(ranking.Place[a] - ranking.Place[b]) })
	return list
}

func (m *marked) excludes(index int32) bool {
	return m != nil && m.excluded != nil && m.excluded[index]
}

// sign is what stands for an example's mark in a list, in a cell.
func (m *marked) sign(index int32) string {
	if m == nil {
		return " "
	}
	state, is := m.at[index]
	switch {
	case !is:
		return " "
	case state.Mark == marks.Exclude:
		return "×"
	case state.Mark == marks.Relabel:
		return "→"
	case state.Mark == marks.Keep:
		return "✓"
	}
	return "·" // a note alone
}

// words say what an example's marks are, "" where it has none.
func (m *marked) words(index int32) string {
	if m == nil {
		return ""
	}
	state := m.at[index]
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

func markKeys() []binding {
	on := []screen{mapScreen, examplesScreen}
	return []binding{
		{[]string{"m"}, "mark: the label is right; again: no longer", "m d l a mark", on, func(a *App) tea.Cmd { return a.mark(marks.Keep) }},
		{[]string{"d"}, "exclude: no selection takes the example; again: no longer", "", on, func(a *App) tea.Cmd { return a.mark(marks.Exclude) }},
		{[]string{"l"}, "relabel: the gold label should be another", "", on, func(a *App) tea.Cmd { return a.relabel() }},
		{[]string{"a"}, "a note to the example (annotate)", "", on, func(a *App) tea.Cmd {
			index, ok := a.under()
			if !ok {
				return nil
			}
			return a.ask(notePrompt, a.desk.marks.note(index))
		}},
		{[]string{"M"}, "take the example's marks and note back", "", on, func(a *App) tea.Cmd { return a.mark(marks.Clear) }},
	}
}

func (m *marked) note(index int32) string {
	if m == nil {
		return ""
	}
	return m.at[index].Note
}

// source is where the marks of what is looked at lie.
func (a *App) source() string {
	if a.options.Source != "" {
		return a.options.Source
	}
	if _, run := a.focused(); run == nil || run.Given {
		return ""
	}
	return string(a.focus)
}

// readMarks reads them for a map in the background, after adding some. What was done is said.
func (a *App) readMarks(m *datamap.Map, said string, add ...marks.Mark) tea.Cmd {
	source, known := a.source(), a.desk.marks
	if source == "" {
		return nil
	}
	lock := &a.desk.writing
	return func() tea.Msg {
		lock.Lock()
		defer lock.Unlock()
		found := &marked{of: m, at: map[int32]marks.State{}, said: said}
		if len(add) > 0 {
			var path string
			if path, found.err = marks.Append(source, add...); found.err != nil {
				return found
			}
			if path != marks.Path(source) {
				found.said = "The run is read-only; in your state folder: " + found.said
			}
		}
		if found.set, found.err = marks.Read(source); found.err != nil {
			return found
		}
		if said == "" && known != nil && known.of == m && maps.Equal(known.set, found.set) {
			return nil
		}
		if len(found.set) == 0 {
			return found
		}
		for i, guid := range m.GUIDs {
			state, is := found.set[guid]
			if !is {
				continue
			}
			found.at[int32(i)] = state
			if state.Mark == marks.Exclude {
				if found.excluded == nil {
					found.excluded = make([]bool, m.Len())
				}
				found.excluded[i] = true
				found.number++
			}
		}
		return found
	}
}

// takeMarks takes them in: selections leave out what is excluded, and rules may ask for marks.
func (a *App) takeMarks(found *marked) tea.Cmd {
	if found.err != nil {
		a.say("", fmt.Errorf("marks: %w", found.err))
		return nil
	}
	picture := a.seen()
	if picture == nil || picture.Map != found.of {
		return nil
	}
	if found.said != "" {
		a.say(found.said, nil)
	}
	if before := a.desk.marks; before != nil && before.of == found.of && maps.Equal(before.set, found.set) {
		return nil
	}
	a.desk.marks, a.desk.shade = found, nil
	a.desk.rules.columns, a.desk.rules.matched = a.newColumns(found.of), a.desk.rules.unmarked()
	under, had := a.under()
	had = had && a.desk.memory.wanted == ""
	cmd := a.choose()
	if had && slices.Contains(a.choice.list, under) {
		a.stay(under)
	}
	return cmd
}

// mark marks the example under the cursor, or takes the same mark back.
func (a *App) mark(what string) tea.Cmd {
	index, ok := a.under()
	if !ok {
		a.say("There is no example to mark.", nil)
		return nil
	}
	state := marks.State{}
	if a.desk.marks != nil {
		state = a.desk.marks.at[index]
	}
	guid := a.seen().Map.GUIDs[index]
	done := map[string]string{marks.Keep: "its label is right", marks.Exclude: "excluded", marks.Clear: "its marks are taken back"}[what]
	if what == state.Mark {
		return a.unmark(index, state.Note)
	}
	return a.write(index, view.Clean(guid)+": "+done, marks.Mark{GUID: guid, Mark: what})
}

// unmark takes a mark back; the note stays.
func (a *App) unmark(index int32, note string) tea.Cmd {
	guid := a.seen().Map.GUIDs[index]
	return a.write(index, view.Clean(guid)+": no longer marked", marks.State{Note: note}.Marks(guid)...)
}

// remark is what an example's marks were, for undo.
type remark struct {
	source, guid string
	state        marks.State
}

func (r *remark) elsewhere(source string) bool { return r != nil && r.source != source }

// restore has an example's marks be again what they were, and gives what they are now.
func (a *App) restore(r *remark) (now *remark, cmd tea.Cmd) {
	now = &remark{r.source, r.guid, a.desk.marks.all()[r.guid]}
	said := r.state.Mark
	if said == "" {
		said = "no longer marked"
	}
	return now, a.add(view.Clean(r.guid)+": "+said, r.state.Marks(r.guid))
}

// relabel asks for the label that the example should have.
func (a *App) relabel() tea.Cmd {
	index, ok := a.under()
	labels := a.labels()
	if !ok || len(labels) == 0 {
		a.say("There is no label to change.", nil)
		return nil
	}
	guid := a.seen().Map.GUIDs[index]
	text := "relabel " + view.Clean(guid) + ":"
	choices := map[string]func() tea.Cmd{}
	for i, label := range labels[:min(len(labels), 9)] {
		text += fmt.Sprintf(" %d %s", i+1, view.Clean(label))
		choices[strconv.Itoa(i+1)] = func() tea.Cmd {
			return a.write(index, view.Clean(guid)+": relabelled "+view.Clean(label), marks.Mark{GUID: guid, Mark: marks.Relabel, Label: label})
		}
	}
	a.asked = &question{text: text + "; any other key: no", choices: choices}
	return nil
}

func (a *App) note(index int32, text string) tea.Cmd {
	guid := a.seen().Map.GUIDs[index]
	return a.write(index, view.Clean(guid)+": noted", marks.Mark{GUID: guid, Mark: marks.Note, Note: text})
}

// write adds marks of an example to the file, which undo takes back, and says which command gives the data as they are corrected.
func (a *App) write(index int32, said string, list ...marks.Mark) tea.Cmd {
	source := a.source()
	if source == "" {
		a.say("", errors.New("marks lie beside a source's files, and this has none"))
		return nil
	}
	name := source
	if _, run := a.focused(); run != nil && !run.Given && filepath.Clean(a.options.Root) == "runs" {
		name = run.ID() // where commands look on their own
	}
	guid, before := a.seen().Map.GUIDs[index], a.now()
	before.marked = &remark{source, guid, a.desk.marks.all()[guid]}
	a.keepMoment(before)
	return a.add(said+" (u: undo). The corrected data: ftft correct "+name, list)
}

func (a *App) add(said string, list []marks.Mark) tea.Cmd {
	for i := range list {
		list[i].Time = time.Now().UTC().Add(time.Duration(i)) // their order is that of their times
	}
	return a.readMarks(a.seen().Map, said, list...)
}
