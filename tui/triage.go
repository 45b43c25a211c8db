package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/datamap/marks"
	"ftft/tui/session"
	"ftft/tui/view"
)

// triageScreen shows the examples whose gold label is probably wrong, the most suspect first, to be judged one by one. The suspect
// is also the example under the cursor of the selection, so that marks, the reader and the explanations are about it.
type triageScreen struct {
	*workspace
	app      *App
	by       int // among datamap.Triages
	reversed bool
	at       int                        // the cursor
	reached  int                        // so many suspects have been looked at, from the first on
	guid     string                     // of the suspect under the cursor; "" = none yet
	wanted   string                     // the guid to go to; "" = none
	run      string                     // the run that the cursor is about
	others   map[string]*session.Triage // the state on runs viewed before

	ranking job[triageKey, suspects]
	truth   job[*datamap.Map, truth]
	counts  triageCounts
}

var placeTriage = &place{key: "6", tab: "Triage", help: "the examples whose label is probably wrong"}

func newTriageScreen(a *App) *triageScreen {
	return &triageScreen{workspace: a.workspace, app: a, others: map[string]*session.Triage{}}
}

func (s *triageScreen) home() *place  { return placeTriage }
func (s *triageScreen) place() *place { return placeTriage }

func (s *triageScreen) keys() []binding {
	on := []*place{placeTriage}
	there := func() bool { _, ok := s.current(); return ok }
	return slices.Concat(under(taskMark, []binding{
		{keys: []string{"y"}, help: "mark that the label is right, and go to the next suspect", hint: "right", on: on, now: there,
			do: func() tea.Cmd { return s.judge(marks.Keep) }},
		{keys: []string{"r"}, help: "relabel the suspect, and go to the next; r again takes the label that the model prefers",
			hint: "relabel", on: on, now: there, do: s.relabel},
		{keys: []string{"x"}, help: "exclude the suspect from every selection, and go to the next", hint: "exclude", on: on, now: there,
			do: func() tea.Cmd { return s.judge(marks.Exclude) }},
		{keys: []string{"n"}, help: "note something on the suspect", hint: "note", on: on, now: there, do: s.app.askNote},
		{keys: []string{"c"}, help: "clear the suspect's marks and note", on: on, now: there,
			do: func() tea.Cmd { return s.mark(marks.Clear) }},
	}...), under(taskRead, []binding{
		{keys: []string{"space"}, help: "go to the next suspect without a mark", hint: "next", on: on, now: there, do: s.next},
		{keys: []string{"enter"}, help: "read the suspect in full", on: on, now: there, do: doing(s.app.reader.toggle)},
		{keys: []string{"o"}, help: "sort the suspects by the next method", hint: "sort", shown: "o O", on: on, do: doing(func() {
			s.sortBy((s.by+1)%len(datamap.Triages), false)
		})},
		{keys: []string{"O"}, help: "reverse the order of the suspects", on: on, do: doing(func() { s.sortBy(s.by, !s.reversed) })},
	}...))
}

func (s *triageScreen) cursor() (at *int, entries int) { return &s.at, len(s.list()) }

func (s *triageScreen) page() int { return max(view.TriageRoom(s.w, s.paneHeight()), 10) }

func (s *triageScreen) way() datamap.Triage { return datamap.Triages[s.by] }

func (s *triageScreen) key() triageKey { return triageKey{s.dataMap(), s.by} }

// sortBy ranks by a method, with the cursor on the first suspect without a mark.
func (s *triageScreen) sortBy(by int, reversed bool) {
	s.by, s.reversed, s.at, s.reached, s.guid, s.wanted = by, reversed, 0, 0, "", ""
	s.toFirst()
}

// toFirst moves the cursor to the first suspect without a mark.
func (s *triageScreen) toFirst() { s.at = max(s.unmarked(0), 0) }

// unmarked returns the first place from a place on whose suspect has no mark, -1 if there is none.
func (s *triageScreen) unmarked(from int) int {
	for place := from; place < len(s.list()); place++ {
		if s.sel.Marks().State(int32(s.suspect(place).Index)).Mark == "" {
			return place
		}
	}
	return -1
}

// next moves the cursor to the next suspect without a mark.
func (s *triageScreen) next() tea.Cmd {
	if place := s.unmarked(s.at + 1); place >= 0 {
		s.at = place
	} else {
		s.say("No suspect without a mark follows.", nil)
	}
	return nil
}

// judge marks the suspect and moves to the next one. The same mark again stays.
func (s *triageScreen) judge(what string) tea.Cmd {
	suspect, ok := s.current()
	if !ok {
		return nil
	}
	var cmd tea.Cmd
	if s.sel.Marks().State(int32(suspect.Index)).Mark != what {
		cmd = s.mark(what)
	}
	s.next()
	return cmd
}

// relabel asks for the right label, and then moves to the next suspect.
func (s *triageScreen) relabel() tea.Cmd {
	suspect, ok := s.current()
	if !ok {
		return nil
	}
	return s.app.askLabelOr(s.preferred(suspect.Index), s.next)
}

// visit moves the cursor to an example. It reports false if the example is not suspect.
func (s *triageScreen) visit(index int) bool {
	if len(s.list()) == 0 || s.placeOf(index) < 0 {
		return false
	}
	s.at = s.placeOf(index)
	return true
}

// update ranks the examples and finds out about the truth, in the background, and takes the selection's cursor along.
func (s *triageScreen) update() tea.Cmd {
	m := s.dataMap()
	if m == nil {
		return nil
	}
	if run := string(s.focus); s.run != run {
		if s.run != "" {
			s.others[s.run] = s.state()
			s.guid, s.wanted, s.at, s.reached = "", "", 0, 0
		}
		s.run = run
		s.apply(s.others[run])
	}
	way := s.way()
	cmds := []tea.Cmd{s.ranking.want(s.key(), func() suspects { return rankSuspects(m, way) }, s.arrive)}
	if known := s.options.Truth; known != nil {
		focus := s.focus
		cmds = append(cmds, s.truth.want(m, func() (t truth) {
			s.texts.mutex.Lock()
			defer s.texts.mutex.Unlock()
			t.Truth, t.err = known(focus, m)
			return t
		}, func() tea.Cmd {
			if err := s.truth.value.err; err != nil {
				s.say("", fmt.Errorf("the true labels are not known: %w", err))
			}
			return s.update()
		}))
	}
	s.follow()
	return tea.Batch(cmds...)
}

// arrive puts the cursor into a new ranking: on the same example, or on the first without a mark.
func (s *triageScreen) arrive() tea.Cmd {
	if s.list() == nil {
		return s.update() // the map or the method has changed meanwhile
	}
	switch {
	case s.wanted != "":
	case s.guid != "":
		s.wanted = s.guid
	default:
		s.toFirst()
	}
	return nil
}

// follow moves to the example that is wanted, such as one whose mark was undone, and puts the selection's cursor on the suspect.
func (s *triageScreen) follow() {
	list := s.list()
	if len(list) == 0 {
		return
	}
	m := s.dataMap()
	if goal := s.sel.Goal(); goal != "" && goal != s.guid {
		s.wanted = goal
	}
	if s.wanted != "" {
		if index := slices.Index(m.GUIDs, s.wanted); index >= 0 && s.placeOf(index) >= 0 {
			s.at = s.placeOf(index)
		}
		s.wanted = ""
	}
	s.at = max(min(s.at, len(list)-1), 0)
	if s.at <= s.reached+s.page() { // not a jump to the end
		s.reached = max(s.reached, s.at+1)
	}
	s.reached = min(s.reached, len(list))
	index := int32(s.suspect(s.at).Index)
	s.guid = m.GUIDs[index]
	s.sel.Visit(index)
}

// settings returns the state for the next session and for followers, nil if the screen has not been used on the viewed run.
func (s *triageScreen) settings() *session.Triage {
	if run := string(s.focus); s.run != run {
		return s.others[run]
	}
	return s.state()
}

// state returns the state on the run that the cursor is about, nil before there is a suspect.
func (s *triageScreen) state() *session.Triage {
	if s.guid == "" {
		return nil
	}
	return &session.Triage{By: s.way().Name, Reversed: s.reversed, GUID: s.guid, Seen: s.reached}
}

// apply restores settings; nil = those at the beginning.
func (s *triageScreen) apply(t *session.Triage) {
	if t == nil {
		return
	}
	s.by = slices.IndexFunc(datamap.Triages, func(way datamap.Triage) bool { return way.Name == t.By })
	s.reversed, s.wanted, s.reached, s.run = t.Reversed, t.GUID, t.Seen, string(s.focus)
}

// reset returns to the beginning of the list, for a lesson.
func (s *triageScreen) reset() { s.sortBy(0, false) }

func (s *triageScreen) draw(w, h int) []string { return s.panel(w, h).Draw(w, h) }

// panel returns the view on w by h cells.
func (s *triageScreen) panel(w, h int) *view.Triage {
	way := s.way()
	v := &view.Triage{Theme: s.theme, Method: way.Name, Formula: way.Formula, Reversed: s.reversed, None: s.none()}
	suspect, ok := s.current()
	if !ok {
		return v
	}
	counts := s.count()
	v.Place, v.Total, v.Seen, v.Marked, v.Precision = s.at, len(s.list()), s.reached, counts.marked, counts.precision
	v.Run, v.Truth = s.marksRun(), s.truth.value.Column
	v.Reading, v.Suggested = s.app.reader.panel(), int(suspect.Suggested)
	v.Reason = s.dataMap().Reason(way, suspect, s.labelOf)
	first, last := s.window(view.TriageRoom(w, h))
	for place := first; place < last; place++ {
		one := s.suspect(place)
		v.Rows = append(v.Rows, view.TriageRow{
			Mark: s.sel.Marks().Sign(int32(one.Index)), GUID: s.dataMap().GUIDs[one.Index], Score: one.Score, Seen: place < s.reached,
			Gold: s.labelOf(s.dataMap().Gold[one.Index]), Suggested: s.labelOf(one.Suggested),
		})
	}
	v.Cursor = s.at - first
	return v
}

// none explains why there is no suspect, "" if there is one.
func (s *triageScreen) none() string {
	picture := s.seen()
	switch {
	case picture == nil || picture.Map == nil:
		return s.waiting()
	case !s.ranking.known || s.ranking.key != s.key():
		return "Ranking " + view.Count(picture.Map.Len()) + " examples …"
	case s.ranking.value.err != nil:
		return view.Clean(s.ranking.value.err.Error()) + "."
	case len(s.list()) == 0:
		return s.way().Name + " suspects no label. o ranks by another method."
	}
	return ""
}

// judged changes the view of the suspect in the reader: to its place among the suspects, without the column that has the truth, because
// the user judges first.
func (s *triageScreen) judged(e *view.Example) {
	e.Place, e.Total = s.at, s.entries()
	column := s.truth.value.Column
	if e.Text == nil || e.Text.Columns[column] == "" {
		return
	}
	shown := *e.Text
	shown.Columns = map[string]string{}
	for name, value := range e.Text.Columns {
		if name != column {
			shown.Columns[name] = value
		}
	}
	e.Text = &shown
}

func (s *triageScreen) labelOf(class int32) string { return s.labels()[class] }

// window returns the places of the list's visible part, around the cursor: from first to last, exclusive.
func (s *triageScreen) window(room int) (first, last int) {
	count := len(s.list())
	first = min(max(s.at-room/2, 0), max(count-room, 0))
	return first, min(first+room, count)
}

// mouse handles the mouse: a click goes to a suspect, the wheel moves the cursor.
func (s *triageScreen) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		by := map[tea.MouseButton]int{tea.MouseWheelUp: -1, tea.MouseWheelDown: 1}[msg.Button]
		return by != 0, s.app.move(by)
	case tea.MouseClickMsg:
		h := s.paneHeight()
		first, last := s.window(view.TriageRoom(s.w, h))
		row := -1
		if last > 0 {
			row = s.panel(s.w, h).RowAt(s.w, h, msg.X, msg.Y-s.paneTop())
		}
		if msg.Button == tea.MouseLeft && row >= 0 && first+row < last {
			s.at = first + row
			return true, nil
		}
	}
	return false, nil
}

func (s *triageScreen) explain() (subject string, items []view.Explained) {
	subject = s.home().tab
	suspect, ok := s.current()
	if !ok {
		return subject, nil
	}
	way, counts := s.way(), s.count()
	subject += " " + view.Clean(s.guid)
	cut := "; an example that it does not suspect is left out"
	if len(s.list()) == s.dataMap().Len() {
		cut = "; it has no cut-off, so all examples are ranked, and the first ones are the suspects"
	}
	items = []view.Explained{{
		Name: way.Name, Value: fmt.Sprintf("%.3f", suspect.Score), Formula: way.Formula, Source: way.Source,
		Numbers: s.dataMap().Reason(way, suspect, s.labelOf),
	}, {
		Name: "suspects", Value: view.Count(len(s.list())),
		Formula: "the examples that the method ranks, the most suspect first, ties by guid" + cut,
		Numbers: fmt.Sprintf("of %s examples; %s seen from the first on, %s marked", view.Count(s.dataMap().Len()), view.Count(s.reached),
			view.Count(counts.marked)),
	}}
	if p := counts.precision; p != nil {
		items = append(items, view.Explained{
			Name: "precision", Value: view.Percent(p.Share()),
			Formula: fmt.Sprintf("suspects with a wrong label / suspects seen; a random order has the share of all examples. The column %s of the "+
				"data says which labels are wrong, not your marks; Triage hides it from the example, because you judge first",
				view.Clean(s.truth.value.Column)),
			Numbers: fmt.Sprintf("%s / %s; of all, %s / %s = %s", view.Count(p.Wrong), view.Count(p.Suspects), view.Count(p.AllWrong),
				view.Count(p.Examples), view.Percent(p.Chance())),
		})
	}
	return subject, append(items, s.explainExample()...)
}

func (s *triageScreen) commands() []Command {
	commands := []Command{{"the suspects", s.onSource("triage", "--by", s.way().Name, "--top", "20")}}
	if suspect, ok := s.current(); ok {
		label := s.labelOf(int32(s.preferred(suspect.Index)))
		commands = append(commands, Command{"relabel this suspect", s.onSource("mark", s.guid, "--relabel", label)})
	}
	if s.source() != "" && len(s.sel.Marks().All()) > 0 {
		commands = append(commands, s.correctCommand())
	}
	return commands
}
