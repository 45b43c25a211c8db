package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/view"
)

// binding is one line of the key table, which dispatch, help, palette and manual are made of.
type binding struct {
	keys []string // as tea.KeyPressMsg.String gives them
	help string
	hint string   // at the foot of the screen; "" = none
	on   []*place // nil = everywhere
	do   func() tea.Cmd
}

func (b *binding) works(on *place) bool { return b.on == nil || slices.Contains(b.on, on) }

// doing is an action that asks for no command.
func doing(change func()) func() tea.Cmd {
	return func() tea.Cmd { change(); return nil }
}

// bindings makes the key table, in the order of help and hints. The last screen's keys come first: "enter launches" is the
// first hint.
func (a *App) bindings() []binding {
	groups := [][]binding{a.numberKeys(), a.sharedKeys(), a.controlKeys()}
	for _, s := range slices.Backward(a.screens) {
		groups = append(groups, s.keys())
	}
	groups = append(groups, a.undoKeys(), a.markKeys(), a.paletteKeys(), a.replayKeys(), a.themeKeys(), a.readerKeys(), a.explainerKeys(),
		a.figureKeys(), a.commanderKeys())
	return slices.Concat(groups...)
}

// numberKeys show the screens.
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

// sharedKeys work on every screen.
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

// press does what a key means where keys go now: a binding of this place comes before one that works everywhere.
func (a *App) press(key string) tea.Cmd {
	var everywhere *binding
	on := a.place()
	for i := range a.table {
		switch b := &a.table[i]; {
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

// hints are the hints that work everywhere and then those of the place, as many as w cells hold.
func (a *App) hints(w int) string {
	line := "? help"
	on := a.place()
	for _, own := range []bool{false, true} {
		for _, b := range a.table {
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

// where names the places that a binding belongs to; "" = all.
func (a *App) where(b *binding) string {
	var names []string
	for _, on := range b.on {
		name := on.help
		if at := a.screenAt(on); at >= 0 {
			name = string(rune('1' + at))
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// Key is what keys do.
type Key struct {
	Keys  []string // such as ctrl+p, enter, esc, A
	Help  string
	Where string // the screens, by number, and parts of screens; "" = everywhere
}

// Keys are all keys of the workbench, in the order of the help.
func Keys() []Key {
	a := New(Options{})
	var list []Key
	for _, b := range a.table {
		list = append(list, Key{b.keys, b.help, a.where(&b)})
	}
	return list
}
