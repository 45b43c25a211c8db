package tui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/tui/view"
)

// binding is one line of the key table, from which dispatch, help, palette and manual are made. The same key means the same verb
// on every screen; TestGrammar lists the verbs.
type binding struct {
	keys  []string    // as tea.KeyPressMsg.String returns them
	task  task        // where the help lists it
	help  string      // a verb first
	hint  string      // its label at the foot of the screen; "" = none
	shown string      // the keys in the hint, if they are not only the first one
	on    []*place    // the places where it works; nil = everywhere
	off   []*place    // places where it does not work
	now   func() bool // whether it would do something now; nil = always
	do    func() tea.Cmd
}

// task is what the user wants to do, a heading of the help.
type task string

// The tasks, in the order of the help.
const (
	taskSelect task = "Select examples"
	taskMark   task = "Mark examples"
	taskRead   task = "Read and find"
	taskDraw   task = "Change the picture"
	taskRun    task = "Runs and training"
	taskMove   task = "Move"
	taskShare  task = "Write and share"
	taskApp    task = "Workbench"
)

var tasks = []task{taskSelect, taskMark, taskRead, taskDraw, taskRun, taskMove, taskShare, taskApp}

// under sets the task of the bindings that have none.
func under(t task, list ...binding) []binding {
	for i := range list {
		if list[i].task == "" {
			list[i].task = t
		}
	}
	return list
}

// acts reports whether the binding would do something at a place now.
func (b *binding) acts(on *place) bool { return b.works(on) && (b.now == nil || b.now()) }

func (b *binding) works(on *place) bool {
	return (b.on == nil || slices.Contains(b.on, on)) && !slices.Contains(b.off, on)
}

// doing returns an action without a command.
func doing(change func()) func() tea.Cmd {
	return func() tea.Cmd { change(); return nil }
}

// keyTable holds all bindings of a workbench.
type keyTable struct {
	app  *App
	all  []binding
	here []binding // the bindings of this workbench: a follower has few
}

// newKeyTable returns the table, in the order of help and hints. The last screen's keys come first, because "enter launches" must
// be its first hint.
func newKeyTable(a *App) keyTable {
	groups := [][]binding{a.numberKeys(), a.sharedKeys(), a.control.keys()}
	for _, s := range slices.Backward(a.screens) {
		groups = append(groups, s.keys())
	}
	groups = append(groups, a.undoKeys(), a.saved.keys(), a.markKeys(), a.palette.keys(), a.strip.keys(), a.replayKeys(), a.themeKeys(),
		a.reader.keys(), a.near.keys(), a.explainer.keys(), a.figures.keys(), a.commander.keys())
	all := slices.Concat(groups...)
	t := keyTable{a, all, all}
	if a.options.Follow != "" { // a follower can change the look of the screen, but not its content
		t.here = slices.DeleteFunc(slices.Clone(all), func(b binding) bool { return !slices.Contains(followerKeys, b.keys[0]) })
	}
	return t
}

// numberKeys returns the keys that show the screens.
func (a *App) numberKeys() []binding {
	var list []binding
	for i, s := range a.screens {
		b := binding{keys: []string{s.home().key}, help: "show " + s.home().help, do: func() tea.Cmd { return a.show(s.home()) }}
		if i == 0 {
			b.hint, b.shown = "view", spans(a.numbers())
		}
		list = append(list, b)
	}
	return under(taskMove, list...)
}

// spans writes numbers with a dash for those that follow one another: 1-6 0.
func spans(numbers []int) string {
	text := ""
	for from := 0; from < len(numbers); {
		to := from
		for to+1 < len(numbers) && numbers[to+1] == numbers[to]+1 {
			to++
		}
		text += " " + strconv.Itoa(numbers[from])
		if to > from {
			text += "-" + strconv.Itoa(numbers[to])
		}
		from = to + 1
	}
	return strings.TrimSpace(text)
}

// sharedKeys returns the keys that several screens share.
func (a *App) sharedKeys() []binding {
	fraction := func(by float64) func() tea.Cmd { return func() tea.Cmd { return a.moveFraction(by) } }
	selecting := []*place{placeMap, placeExamples, placeLaunch} // the screens that show the selection
	sizing := append(slices.Clone(selecting), placeComparison)  // those that show its fraction
	there := func() bool { return a.dataMap() != nil }
	list := under(taskMove, []binding{
		{keys: []string{"tab"}, help: "view the next run", now: a.severalRuns,
			do: func() tea.Cmd { return a.turn(1) }},
		{keys: []string{"shift+tab"}, help: "view the previous run", now: a.severalRuns,
			do: func() tea.Cmd { return a.turn(-1) }},
		{keys: []string{"up", "k"}, help: "move up", do: func() tea.Cmd { return a.move(-1) }},
		{keys: []string{"down", "j"}, help: "move down", do: func() tea.Cmd { return a.move(1) }},
		{keys: []string{"pgup"}, help: "move a page up", do: func() tea.Cmd { return a.move(-a.page()) }},
		{keys: []string{"pgdown"}, help: "move a page down", do: func() tea.Cmd { return a.move(a.page()) }},
		{keys: []string{"home", "g"}, help: "move to the first", do: func() tea.Cmd { return a.move(-a.entries()) }},
		{keys: []string{"end", "G"}, help: "move to the last", do: func() tea.Cmd { return a.move(a.entries()) }},
	}...)
	return append(list, under(taskSelect, []binding{
		{keys: []string{"s"}, help: "select by the next strategy", hint: "select", shown: "s [ ]", on: selecting, now: there,
			do: a.nextStrategy},
		{keys: []string{"["}, help: "select less, by a percentage point", on: sizing, now: there,
			do: fraction(-0.01)},
		{keys: []string{"]"}, help: "select more, by a percentage point", on: sizing, now: there, do: fraction(0.01)},
		{keys: []string{"{"}, help: "select less, by 5 points", on: sizing, now: there, do: fraction(-0.05)},
		{keys: []string{"}"}, help: "select more, by 5 points", on: sizing, now: there, do: fraction(0.05)},
	}...)...)
}

func (a *App) undoKeys() []binding {
	on := []*place{placeMap, placeExamples, placeLaunch, placeTriage, placeReader}
	return under(taskSelect, []binding{
		{keys: []string{"u"}, help: "undo the last selection or mark", on: on, now: func() bool { return a.sel.Undoable() > 0 },
			do: a.undo},
		{keys: []string{"ctrl+r"}, help: "redo what was undone", on: on, now: func() bool { return a.sel.Redoable() > 0 }, do: a.redo},
	}...)
}

// press carries out the binding of a key. One of the current place takes precedence over one that works everywhere.
func (t *keyTable) press(key string) tea.Cmd {
	var everywhere *binding
	on := t.app.place()
	for i := range t.here {
		switch b := &t.here[i]; {
		case !slices.Contains(b.keys, key) || !b.works(on):
		case b.on != nil:
			return b.do()
		case everywhere == nil:
			everywhere = b
		}
	}
	if everywhere != nil {
		return everywhere.do()
	}
	return nil
}

// acts reports whether a key would do something at the current place now.
func (t *keyTable) acts(key string) bool {
	on := t.app.place()
	return slices.ContainsFunc(t.here, func(b binding) bool { return slices.Contains(b.keys, key) && b.acts(on) })
}

// navigates reports whether a key only changes what is shown: another screen, another run or the list of actions.
func (t *keyTable) navigates(key string) bool {
	return len(key) == 1 && '0' <= key[0] && key[0] <= '9' || key == "tab" || key == "shift+tab" || key == "ctrl+p"
}

// hints returns the hints of the bindings that act here now: those of the place, then those that work everywhere, until w cells are
// full. Keys are bold and labels dim.
func (t *keyTable) hints(w int) string {
	line := t.hint("?", "help")
	on := t.app.place()
	for _, own := range []bool{true, false} {
		for _, b := range t.here {
			if b.hint == "" || (b.on != nil) != own || !b.acts(on) {
				continue
			}
			if longer := line + "  " + t.hint(cmp.Or(b.shown, b.keys[0]), b.hint); view.Width(longer) <= w {
				line = longer
			}
		}
	}
	return line
}

func (t *keyTable) hint(keys, label string) string {
	return t.app.theme.Strong.Render(keys) + " " + t.app.theme.Dim.Render(label)
}

// where names the places of a binding; "" = everywhere.
func (t *keyTable) where(b *binding) string {
	names := func(places []*place) string {
		var names []string
		for _, on := range places {
			name := on.help
			if t.app.screenAt(on) >= 0 {
				name = on.key
			}
			names = append(names, name)
		}
		return strings.Join(names, ", ")
	}
	if b.on == nil && b.off != nil {
		return "all but " + names(b.off)
	}
	return names(b.on)
}

// line describes a binding in w cells. One that does not work here ends with the places where it does, and its text is cut before
// them.
func (t *keyTable) line(b *binding, w int) string {
	if b.works(t.app.place()) {
		return view.Fit([]string{b.help}, w, 1)[0]
	}
	where := " in " + t.where(b)
	return view.Fit([]string{ansi.Truncate(b.help, max(w-view.Width(where), 10), "…") + t.app.theme.Dim.Render(where)}, w, 1)[0]
}

// Key describes what one or more keys do.
type Key struct {
	Keys  []string // such as ctrl+p, enter, esc, A
	Help  string
	Where string // the screens, by number, and parts of screens; "" = everywhere
}

// Keys returns all keys of the workbench, in the order of the help.
func Keys() []Key {
	a := New(Options{})
	var list []Key
	for _, b := range a.table.here {
		list = append(list, Key{b.keys, b.help, a.table.where(&b)})
	}
	return list
}
