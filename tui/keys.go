package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/view"
)

// binding is one line of the key table, from which dispatch, help, palette and manual are made.
type binding struct {
	keys []string // as tea.KeyPressMsg.String returns them
	help string
	hint string   // at the foot of the screen; "" = none
	on   []*place // the places where it works; nil = everywhere
	do   func() tea.Cmd
}

func (b *binding) works(on *place) bool { return b.on == nil || slices.Contains(b.on, on) }

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
	groups = append(groups, a.undoKeys(), a.markKeys(), a.palette.keys(), a.replayKeys(), a.themeKeys(), a.reader.keys(), a.explainer.keys(),
		a.figures.keys(), a.commander.keys())
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
		hint := ""
		if i == 0 {
			hint = "1-" + string(rune('0'+len(a.screens))) + " view"
		}
		list = append(list, binding{[]string{string(rune('1' + i))}, s.home().help, hint, nil, func() tea.Cmd { return a.show(s.home()) }})
	}
	return list
}

// sharedKeys returns the keys that work on every screen.
func (a *App) sharedKeys() []binding {
	fraction := func(by float64) func() tea.Cmd { return func() tea.Cmd { return a.moveFraction(by) } }
	return []binding{
		{[]string{"tab"}, "the next run", "", nil, func() tea.Cmd { return a.turn(1) }},
		{[]string{"shift+tab"}, "the previous run", "", nil, func() tea.Cmd { return a.turn(-1) }},
		{[]string{"s"}, "the next strategy", "s [ ] select", nil, a.nextStrategy},
		{[]string{"["}, "select 1 point less", "", nil, fraction(-0.01)},
		{[]string{"]"}, "select 1 point more", "", nil, fraction(0.01)},
		{[]string{"{"}, "select 5 points less", "", nil, fraction(-0.05)},
		{[]string{"}"}, "select 5 points more", "", nil, fraction(0.05)},
		{[]string{"up", "k"}, "the example, run or arm above", "", nil, func() tea.Cmd { return a.move(-1) }},
		{[]string{"down", "j"}, "the example, run or arm below", "", nil, func() tea.Cmd { return a.move(1) }},
		{[]string{"pgup"}, "a page up", "", nil, func() tea.Cmd { return a.move(-a.page()) }},
		{[]string{"pgdown"}, "a page down", "", nil, func() tea.Cmd { return a.move(a.page()) }},
		{[]string{"home", "g"}, "the first", "", nil, func() tea.Cmd { return a.move(-a.entries()) }},
		{[]string{"end", "G"}, "the last", "", nil, func() tea.Cmd { return a.move(a.entries()) }},
	}
}

func (a *App) undoKeys() []binding {
	return []binding{
		{[]string{"u"}, "undo the last selection or mark", "", nil, a.undo},
		{[]string{"ctrl+r"}, "redo", "", nil, a.redo},
	}
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

// navigates reports whether a key only changes what is shown: another screen, another run or the list of actions.
func (t *keyTable) navigates(key string) bool {
	return len(key) == 1 && '0' <= key[0] && key[0] <= '9' || key == "tab" || key == "shift+tab" || key == "ctrl+p"
}

// hints returns the hints that work everywhere and then those of the place, until w cells are full.
func (t *keyTable) hints(w int) string {
	line := "? help"
	on := t.app.place()
	for _, own := range []bool{false, true} {
		for _, b := range t.here {
			if b.hint == "" || (b.on != nil) != own || !b.works(on) {
				continue
			}
			if longer := line + "  " + b.hint; view.Width(longer) <= w {
				line = longer
			}
		}
	}
	return line
}

// where names the places of a binding; "" = everywhere.
func (t *keyTable) where(b *binding) string {
	var names []string
	for _, on := range b.on {
		name := on.help
		if at := t.app.screenAt(on); at >= 0 {
			name = string(rune('1' + at))
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// whereHint returns the places of a binding as a part of a line; "" for everywhere.
func (t *keyTable) whereHint(b *binding) string {
	if b.on == nil {
		return ""
	}
	return t.app.theme.Dim.Render(" in " + t.where(b))
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
