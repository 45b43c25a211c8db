package tui

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/view"
)

// palette is the list of all actions, narrowed by what is typed.
type palette struct {
	line
	at int // the cursor, among those that are left
}

func paletteKeys() []binding {
	return []binding{{[]string{"ctrl+p"}, "all actions, found by a few letters", "^p all", nil, func(a *App) tea.Cmd { a.desk.palette = &palette{}; return nil }}}
}

// actions are what the palette offers: what can be done here or on a screen that a number shows, the best matches first.
func (a *App) actions() []binding {
	var found [3][]binding
	for _, b := range a.table() {
		if !b.works(a.place()) && b.on[0] >= screens {
			continue
		}
		if rank := fuzzy(b.help+" "+strings.Join(b.keys, " "), a.desk.palette.String()); rank >= 0 {
			found[rank] = append(found[rank], b)
		}
	}
	return append(append(found[0], found[1]...), found[2]...)
}

// fuzzy says how well a text holds what is wanted: 0 as it stands, 1 each word of it, 2 its letters in their order, -1 not.
func fuzzy(text, wanted string) int {
	text, wanted = strings.ToLower(text), strings.ToLower(strings.TrimSpace(wanted))
	if strings.Contains(text, wanted) {
		return 0
	}
	all := true
	for _, word := range strings.Fields(wanted) {
		all = all && strings.Contains(text, word)
	}
	if all {
		return 1
	}
	rest := text
	for _, letter := range wanted {
		if unicode.IsSpace(letter) {
			continue
		}
		at := strings.IndexRune(rest, letter)
		if at < 0 {
			return -1
		}
		rest = rest[at+len(string(letter)):]
	}
	return 2
}

// paletteKey gives a key to the palette.
func (a *App) paletteKey(msg tea.KeyPressMsg) tea.Cmd {
	p := a.desk.palette
	actions := a.actions()
	switch msg.String() {
	case "ctrl+c":
		return a.leave()
	case "esc", "ctrl+p":
		a.desk.palette = nil
	case "up":
		p.at = max(p.at-1, 0)
	case "down", "tab":
		p.at = min(p.at+1, max(len(actions)-1, 0))
	case "enter":
		a.desk.palette = nil
		if p.at < len(actions) {
			return a.carry(actions[p.at])
		}
	default:
		if p.press(msg) {
			p.at = 0
		}
	}
	return nil
}

// carry does an action, on the first screen that has it where this one does not.
func (a *App) carry(b binding) tea.Cmd {
	var there tea.Cmd
	if !b.works(a.place()) {
		there = a.show(b.on[0])
	}
	return tea.Batch(there, b.do(a))
}

// paletteLines fill w by h cells.
func (a *App) paletteLines(w, h int) []string {
	p, t := a.desk.palette, a.theme
	drawn, _ := p.draw(t, w-3)
	lines := []string{view.Spread(t.Title.Render("Actions"), t.Dim.Render("type a few letters"), w), t.Title.Render("> ") + drawn}
	actions, room := a.actions(), max(h-2, 1)
	if len(actions) == 0 {
		lines = append(lines, "  Nothing is called that.")
	}
	first := min(max(p.at-room/2, 0), max(len(actions)-room, 0))
	for i := first; i < min(first+room, len(actions)); i++ {
		line := view.Fit([]string{"  " + actions[i].help + where(t, actions[i])}, max(w-18, 0), 1)[0] + " " + t.Strong.Render(strings.Join(actions[i].keys, " "))
		if i == p.at {
			line = t.Picked.Render(view.Fit([]string{line}, w, 1)[0])
		}
		lines = append(lines, line)
	}
	return view.Fit(lines, w, h)
}
