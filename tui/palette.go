package tui

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/view"
)

// palette lists the actions that can be done now and match the typed text.
type palette struct {
	*workspace
	app  *App
	line line
	at   int // the cursor, an index of the matching actions
}

func (p *palette) keys() []binding {
	return under(taskApp, binding{keys: []string{"ctrl+p"}, help: "find an action by a few letters", hint: "actions", shown: "^p",
		do: doing(func() {
			p.line, p.at = line{}, 0
			p.app.open(p)
		})})
}

func (p *palette) name() string    { return "" }
func (p *palette) layer() layer    { return pageLayer }
func (p *palette) place() *place   { return nil }
func (p *palette) update() tea.Cmd { return nil }
func (p *palette) foot() string {
	return p.theme.Dim.Render("↑ ↓ choose  enter do it  esc back")
}

// actions returns the matching actions: the best matches first, and among those the ones of this place, of everywhere, of other screens.
func (p *palette) actions() []binding {
	var found [3][3][]binding // by rank of the match and by place
	on := p.app.place()
	for _, b := range p.app.table.here {
		near := 0
		switch {
		case b.now != nil && !b.now():
			continue
		case b.on == nil:
			near = 1
		case !b.works(on) && p.app.screenAt(b.on[0]) < 0:
			continue // of a part of a screen that is not open
		case !b.works(on):
			near = 2
		}
		if rank := fuzzy(b.help+" "+strings.Join(b.keys, " "), p.line.String()); rank >= 0 {
			found[rank][near] = append(found[rank][near], b)
		}
	}
	var all []binding
	for _, rank := range found {
		all = append(all, slices.Concat(rank[:]...)...)
	}
	return all
}

// fuzzy ranks how well a text matches the wanted one: 0 if it contains that, 1 if it contains each of its words, 2 if it contains its
// letters in their order, -1 if it does not match.
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

func (p *palette) key(msg tea.KeyPressMsg) (cmd tea.Cmd, handled bool) {
	actions := p.actions()
	switch msg.String() {
	case "esc", "ctrl+c", "ctrl+p":
		p.app.close(p)
	case "up":
		p.at = max(p.at-1, 0)
	case "down", "tab":
		p.at = min(p.at+1, max(len(actions)-1, 0))
	case "enter":
		p.app.close(p)
		if p.at < len(actions) {
			return p.app.carryOut(actions[p.at]), true
		}
	default:
		if p.line.press(msg) {
			p.at = 0
		}
	}
	return nil, true
}

// carryOut carries out an action. If the current place does not have it, it first shows a screen that does.
func (a *App) carryOut(b binding) tea.Cmd {
	var there tea.Cmd
	if !b.works(a.place()) {
		there = a.show(b.on[0])
	}
	return tea.Batch(there, b.do())
}

func (p *palette) draw(w, h int, _ func(w, h int) []string) []string {
	t := p.theme
	typed, _ := p.line.draw(t, w-3)
	lines := []string{view.Spread(t.Title.Render("Actions"), t.Dim.Render("type a few letters"), w), t.Title.Render("> ") + typed}
	actions, room := p.actions(), max(h-2, 1)
	if len(actions) == 0 {
		lines = append(lines, "  No action matches.")
	}
	first := min(max(p.at-room/2, 0), max(len(actions)-room, 0))
	for i := first; i < min(first+room, len(actions)); i++ {
		line := "  " + p.app.table.line(&actions[i], max(w-20, 0)) + " " + t.Strong.Render(strings.Join(actions[i].keys, " "))
		if i == p.at {
			line = t.Picked.Render(view.Fit([]string{line}, w, 1)[0])
		}
		lines = append(lines, line)
	}
	return view.Fit(lines, w, h)
}
