package tui

import (
	"slices"

	"ftft/tui/view"

	tea "charm.land/bubbletea/v2"
)

// screen is one of the views.
type screen int

const (
	mapScreen screen = iota
	curvesScreen
	examplesScreen
	runsScreen
	launchScreen
	screens // their number
)

var screenNames = [screens]string{"Map", "Curves", "Examples", "Runs", "Launch"}

// binding is one line of the key table, which both dispatch and help are made of.
type binding struct {
	keys []string // as tea.KeyPressMsg.String gives them
	help string
	hint string   // at the foot of the screen; "" = none there
	on   []screen // nil = everywhere
	do   func(*App) tea.Cmd
}

// keys is the table. It is a function because help, one of its actions, reads it.
func keys() []binding {
	return append([]binding{
		{[]string{"1"}, "the data map", "1-5 view", nil, func(a *App) tea.Cmd { return a.show(mapScreen) }},
		{[]string{"2"}, "curves: loss, accuracies", "", nil, func(a *App) tea.Cmd { return a.show(curvesScreen) }},
		{[]string{"3"}, "the examples selected", "", nil, func(a *App) tea.Cmd { return a.show(examplesScreen) }},
		{[]string{"4"}, "all runs", "", nil, func(a *App) tea.Cmd { return a.show(runsScreen) }},
		{[]string{"5"}, "launch an arm", "", nil, func(a *App) tea.Cmd { return a.show(launchScreen) }},
		{[]string{"tab"}, "the next run", "", nil, func(a *App) tea.Cmd { return a.turn(1) }},
		{[]string{"shift+tab"}, "the run before", "", nil, func(a *App) tea.Cmd { return a.turn(-1) }},
		{[]string{"s"}, "the next strategy", "s [ ] select", nil, func(a *App) tea.Cmd { return a.nextStrategy() }},
		{[]string{"["}, "select 1 point less", "", nil, func(a *App) tea.Cmd { return a.moveFraction(-0.01) }},
		{[]string{"]"}, "select 1 point more", "", nil, func(a *App) tea.Cmd { return a.moveFraction(0.01) }},
		{[]string{"{"}, "select 5 points less", "", nil, func(a *App) tea.Cmd { return a.moveFraction(-0.05) }},
		{[]string{"}"}, "select 5 points more", "", nil, func(a *App) tea.Cmd { return a.moveFraction(0.05) }},
		{[]string{"up", "k"}, "the example, run or arm above", "", nil, func(a *App) tea.Cmd { return a.move(-1) }},
		{[]string{"down", "j"}, "the example, run or arm below", "", nil, func(a *App) tea.Cmd { return a.move(1) }},
		{[]string{"pgup"}, "a page up", "", nil, func(a *App) tea.Cmd { return a.move(-a.page()) }},
		{[]string{"pgdown"}, "a page down", "", nil, func(a *App) tea.Cmd { return a.move(a.page()) }},
		{[]string{"home", "g"}, "the first", "", nil, func(a *App) tea.Cmd { return a.move(-a.entries()) }},
		{[]string{"end", "G"}, "the last", "", nil, func(a *App) tea.Cmd { return a.move(a.entries()) }},
		{[]string{"enter"}, "open the run", "enter open", []screen{runsScreen}, func(a *App) tea.Cmd { return a.open() }},
		{[]string{"x"}, "stop the run looked at; in 4, as p c r, under the cursor", "", nil, func(a *App) tea.Cmd { return a.askStop() }},
		{[]string{"p"}, "pause the run, or go on", "", nil, func(a *App) tea.Cmd { return a.pause() }},
		{[]string{"c"}, "checkpoint now", "", nil, func(a *App) tea.Cmd { return a.request(a.running(), "checkpoint") }},
		{[]string{"r"}, "resume a broken-off run", "", nil, func(a *App) tea.Cmd { return a.askResume() }},
		{[]string{"?"}, "this help", "", nil, func(a *App) tea.Cmd { a.helping, a.desk.page = true, 0; return nil }},
		{[]string{"q", "ctrl+c"}, "quit; training goes on", "q quit", nil, func(a *App) tea.Cmd { return a.leave() }},
	}, slices.Concat(launchKeys(), deskKeys(), curveKeys(), compareKeys(), replayKeys(), themeKeys(), readKeys(), explainKeys(), writeKeys(), commandKeys())...)
}

// table is what of it the screen has: one that follows does nothing to what it shows.
func (a *App) table() []binding {
	all := keys()
	if a.options.Follow == "" {
		return all
	}
	return slices.DeleteFunc(all, func(b binding) bool { return !slices.Contains(followKeys, b.keys[0]) })
}

func (b *binding) works(on screen) bool { return b.on == nil || slices.Contains(b.on, on) }

// press finds what a key does on the screen shown: what is of this screen comes before what is of all.
func (a *App) press(key string) tea.Cmd {
	var everywhere *binding
	for _, b := range a.table() {
		switch {
		case !slices.Contains(b.keys, key) || !b.works(a.place()):
		case b.on != nil:
			return b.do(a)
		case everywhere == nil:
			everywhere = &b
		}
	}
	if everywhere != nil {
		return everywhere.do(a)
	}
	return nil
}

// hints are those of all screens and then those of the one shown, as many as w cells hold.
func (a *App) hints(w int) string {
	line := "? help"
	for _, own := range []bool{false, true} {
		for _, b := range a.table() {
			if b.hint == "" || (b.on != nil) != own || !b.works(a.place()) {
				continue
			}
			if longer := line + "  " + b.hint; view.Width(longer) <= w {
				line = longer
			}
		}
	}
	return line
}
