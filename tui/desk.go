package tui

import (
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// desk is what the user works with on the map and the list: rules, search, brush, marks, earlier epochs.
type desk struct {
	of      *datamap.Map // what the following are about
	dir     rundir.Dir
	rules   rules
	marks   *marked // nil before they are read
	writing sync.Mutex
	search  search
	brush   brush
	sorting sorting
	scrub   scrub
	prompt  *prompt  // nil = none is open
	palette *palette // nil = it is not open
	page    int      // of help, from 0
	memory  memory

	shade     *view.Shade // nil = to be made, where it is
	shadeOf   *watch.Picture
	relisted  bool // the list is another since
	polls     int
	afterward tea.Cmd // what the mouse has asked for
}

// saveAfter is how long a view stands before it is written.
const saveAfter = time.Second

func newDesk() desk { return desk{search: search{astray: -1}, memory: memory{rest: saveAfter}} }

func deskKeys() []binding {
	var all []binding
	for _, part := range [][]binding{promptKeys(), brushKeys(), scrubKeys(), listKeys(), markKeys(), paletteKeys()} {
		all = append(all, part...)
	}
	return all
}

// turnTo sees to what is about a picture's map, and asks for what that takes.
func (d *desk) turnTo(a *App, picture *watch.Picture) tea.Cmd {
	if d.of == picture.Map {
		return nil
	}
	d.shade = nil
	same := d.dir == picture.Dir && d.marks != nil && d.marks.of.Len() == picture.Map.Len() // an epoch has been added
	if !same {
		d.marks = nil
	}
	d.of, d.dir = picture.Map, picture.Dir
	d.rules = rules{of: picture.Map, columns: a.newColumns(picture.Map), matched: map[string]*matched{}}
	d.brush = brush{}
	wanted := d.search.text
	a.clearSearch()
	return tea.Batch(a.readMarks(picture.Map, ""), a.search(wanted), a.develop())
}

// leave forgets what is about the run looked at so far and makes no sense on another.
func (d *desk) leave() { d.brush, d.scrub.after, d.search.astray = brush{}, 0, -1 }

// takeDesk takes in what has been computed for the desk; ours is false of other messages.
func (a *App) takeDesk(msg tea.Msg) (cmd tea.Cmd, ours bool) {
	switch msg := msg.(type) {
	case ruled:
		return a.takeRuled(msg), true
	case tried:
		return a.takeTried(msg), true
	case prepared:
		return a.takePrepared(msg), true
	case opened:
		a.desk.memory.last = msg
		return nil, false
	case hits:
		return a.takeHits(msg), true
	case sorted:
		return a.takeSorted(msg), true
	case scrubbed:
		return a.takeScrubbed(msg), true
	case *marked:
		return a.takeMarks(msg), true
	case recalled:
		return a.takeRecalled(msg), true
	case save:
		return a.writeView(), false
	case tea.PasteMsg:
		if a.desk.prompt != nil {
			a.desk.prompt.insert(msg.Content)
			return a.typed(), true
		}
	}
	return nil, false
}

// typing gives a key to the prompt or the palette, where one is open.
func (a *App) typing(msg tea.KeyPressMsg) (cmd tea.Cmd, taken bool) {
	if a.remembers() {
		a.desk.memory.touched, a.desk.memory.wanted = true, ""
	}
	switch {
	case a.desk.prompt != nil:
		return a.promptKey(msg), true
	case a.desk.palette != nil:
		return a.paletteKey(msg), true
	}
	return nil, false
}

// lookEvery is how many polls pass between two looks at whether somebody else has marked examples.
const lookEvery = 8

// lookAround is done at every poll: the view is recalled when a run is opened, marks are read again now and then.
func (a *App) lookAround() tea.Cmd {
	recall := a.recall()
	if a.desk.polls++; a.desk.polls%lookEvery != 0 || a.desk.of == nil || a.seen() == nil || a.seen().Map != a.desk.of {
		return recall
	}
	return tea.Batch(recall, a.readMarks(a.desk.of, ""))
}
