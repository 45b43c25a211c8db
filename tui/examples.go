package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/view"
)

// examplesScreen lists the selected examples with their texts.
type examplesScreen struct {
	*workspace
	app    *App
	inList hitsInList
}

var placeExamples = &place{key: "3", tab: "Examples", help: "the list of examples"}

func newExamplesScreen(a *App) *examplesScreen {
	return &examplesScreen{workspace: a.workspace, app: a}
}

func (s *examplesScreen) home() *place  { return placeExamples }
func (s *examplesScreen) place() *place { return placeExamples }

func (s *examplesScreen) keys() []binding {
	on, both, anywhere := []*place{placeExamples}, []*place{placeMap, placeExamples}, []*place{placeMap, placeExamples, placeLaunch}
	there, searched := func() bool { return s.dataMap() != nil }, func() bool { return s.sel.Search.Text != "" }
	selecting := under(taskSelect, binding{
		keys: []string{":"}, help: "select by a fraction (33%) or a rule (confidence < 0.5)", hint: "rule", on: anywhere, now: there,
		do: func() tea.Cmd { return s.app.openPrompt(newRulePrompt(s.workspace), s.sel.Rule) },
	})
	return append(selecting, under(taskRead, []binding{
		{keys: []string{"/"}, help: "search in texts and guids", hint: "search", on: both, now: there, do: func() tea.Cmd {
			return s.app.openPrompt(&searchPrompt{s.workspace}, "")
		}},
		{keys: []string{"n"}, help: "go to the next match of the search", on: both, now: searched,
			do: func() tea.Cmd { return s.nextHit(1) }},
		{keys: []string{"N"}, help: "go to the previous match", on: both, now: searched, do: func() tea.Cmd { return s.nextHit(-1) }},
		{keys: []string{"o"}, help: "sort the list by the next metric", hint: "sort", shown: "o O", on: on, now: there, do: s.sortByNext},
		{keys: []string{"O"}, help: "reverse the order of the list", on: on, do: s.reverseList},
		{keys: []string{"f"}, help: "filter the list by the next gold label", hint: "filter", shown: "f F |", on: on, now: there,
			do: s.nextClass},
		{keys: []string{"F"}, help: "filter the list: all marked examples, selected or not", on: on, do: func() tea.Cmd {
			to := s.sel.Criteria
			to.Marked = !to.Marked
			return s.change(to)
		}},
		{keys: []string{"|"}, help: "filter the list by a rule", on: both, do: func() tea.Cmd {
			return s.app.openPrompt(newFilterPrompt(s.workspace), s.sel.Filter)
		}},
	}...)...)
}

// update reads the texts of the visible examples.
func (s *examplesScreen) update() tea.Cmd {
	first, last := s.window()
	return s.readTexts(s.sel.List[first:last]...)
}

func (s *examplesScreen) page() int { return view.ExampleRoom(s.paneHeight()) }

// window returns the visible part of the list, a page around the cursor: from first to last, exclusive.
func (s *examplesScreen) window() (first, last int) {
	room, count := s.page(), len(s.sel.List)
	first = min(max(s.sel.Cursor-room/2, 0), max(count-room, 0))
	return first, min(first+room, count)
}

func (s *examplesScreen) draw(w, h int) []string {
	title := "Examples: " + s.selectionPanel().Line(s.w-10)
	e := &view.Examples{Theme: s.theme, Title: title, Listed: s.listTitle(), Example: s.examplePanel()}
	if len(s.sel.List) > 0 {
		first, last := s.window()
		for _, index := range s.sel.List[first:last] {
			e.Rows = append(e.Rows, s.row(index))
		}
		e.Cursor = s.sel.Cursor - first
	}
	return e.Draw(w, h)
}

// listTitle describes the sorting and the filters of the list.
func (s *examplesScreen) listTitle() string {
	c := s.sel
	title := "  by " + c.Strategy
	if c.Sorting.By != "" {
		title = "  by " + c.Sorting.By
		if c.Ranked() == nil {
			title += " …"
		}
	}
	if c.Sorting.Reversed {
		title += ", reversed"
	}
	if run := s.marksRun(); run != "" {
		title += " · marks of " + run
	}
	for _, filter := range s.filters() {
		title += " · " + filter
	}
	if c.Ranking != nil && len(c.List) != c.Count {
		title += fmt.Sprintf(" · %s listed", view.Count(len(c.List)))
	}
	if c.Search.Text != "" {
		title += fmt.Sprintf(" · /%s: %s", view.Clean(c.Search.Text), s.hits())
	}
	return title
}

// hits describes the matches of the search, which looks at all examples: how many there are, and how many the list has.
func (s *examplesScreen) hits() string {
	c := s.sel
	if len(c.Search.In) == 0 {
		return "…"
	}
	if s.inList.search != &c.Search.In[0] || s.inList.listed != c.Listed() {
		s.inList = hitsInList{search: &c.Search.In[0], listed: c.Listed()}
		for _, index := range c.List {
			if c.Search.In[index] {
				s.inList.count++
			}
		}
	}
	return fmt.Sprintf("%s of %s matches listed", view.Count(s.inList.count), view.Count(len(c.Search.Hits)))
}

// hitsInList caches the number of matches in the list for its inputs.
type hitsInList struct {
	search *bool // of the hits
	listed int   // of the list
	count  int
}

// listTop is the number of lines above the list: the selection, and the sorting and filters.
const listTop = 2

// mouse handles the mouse: a click goes to an example, the wheel moves the cursor.
func (s *examplesScreen) mouse(msg tea.MouseMsg) (changed bool, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		by := map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[msg.Button]
		return by != 0, s.app.move(by)
	case tea.MouseClickMsg:
		first, last := s.window()
		if place := first + msg.Y - s.paneTop() - listTop; msg.Button == tea.MouseLeft && place >= first && place < last {
			s.sel.SetCursor(place)
			return true, nil
		}
	}
	return false, nil
}

func (s *examplesScreen) explain() (subject string, items []view.Explained) {
	return s.explainMap(s.home().tab)
}

func (s *examplesScreen) commands() []Command { return s.mapCommands() }
