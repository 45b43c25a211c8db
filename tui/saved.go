package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/session"
	"ftft/tui/view"
)

// saved lists the selections that the user has saved under a name, to select one of them again, on any map.
type saved struct {
	*workspace
	app  *App
	list []session.Saved
	read bool // whether the list has been read
	at   int  // the cursor
}

func (p *saved) keys() []binding {
	on, there := []*place{placeMap, placeExamples, placeLaunch}, func() bool { return p.dataMap() != nil }
	return under(taskSelect, []binding{
		{keys: []string{"S"}, help: "save the selection under a name", on: on, now: there, do: p.askName},
		{keys: []string{"'"}, help: "select one of the saved selections", on: on, now: there, do: p.show},
	}...)
}

func (p *saved) name() string    { return "" }
func (p *saved) layer() layer    { return pageLayer }
func (p *saved) place() *place   { return nil }
func (p *saved) update() tea.Cmd { return nil }
func (p *saved) foot() string {
	return p.theme.Dim.Render("↑ ↓ choose  enter select  delete delete  esc back")
}

// show opens the list, and reads it in the background.
func (p *saved) show() tea.Cmd {
	p.list, p.read, p.at = nil, false, 0
	p.app.open(p)
	return p.fetch(func() ([]session.Saved, error) { return session.OpenSelections(p.options.Root).Read() }, "")
}

// fetch gets the list in the background, and says a text if that was done.
func (p *saved) fetch(get func() ([]session.Saved, error), said string) tea.Cmd {
	type result struct {
		list []session.Saved
		err  error
	}
	return background(func() (r result) {
		p.files.Lock()
		defer p.files.Unlock()
		r.list, r.err = get()
		return r
	}, func(r result) tea.Cmd {
		if r.err == nil {
			p.list, p.read, p.at = r.list, true, min(p.at, max(len(r.list)-1, 0))
		}
		if said != "" || r.err != nil {
			p.say(said, r.err)
		}
		return nil
	})
}

func (p *saved) key(msg tea.KeyPressMsg) (cmd tea.Cmd, handled bool) {
	p.text = ""
	last := max(len(p.list)-1, 0)
	switch msg.String() {
	case "ctrl+c":
		return nil, false
	case "up", "k":
		p.at = max(p.at-1, 0)
	case "down", "j":
		p.at = min(p.at+1, last)
	case "home", "g":
		p.at = 0
	case "end", "G":
		p.at = last
	case "enter":
		p.app.close(p)
		if p.at < len(p.list) {
			return p.change(p.list[p.at].Apply(p.sel.Criteria)), true
		}
	case "delete", "backspace":
		if p.at < len(p.list) {
			return p.askDelete(p.list[p.at].Name), true
		}
	case "esc", "'", "q":
		p.app.close(p)
	}
	return nil, true
}

// askDelete asks whether to delete a saved selection.
func (p *saved) askDelete(name string) tea.Cmd {
	remove := func() tea.Cmd {
		deleted := func() ([]session.Saved, error) { return session.OpenSelections(p.options.Root).Delete(name) }
		return p.fetch(deleted, "Deleted "+view.Clean(name)+".")
	}
	text := fmt.Sprintf("Delete the saved selection %s? y yes, any other key cancels", view.Clean(name))
	return p.app.ask(&question{text: text, answers: map[string]func() tea.Cmd{"y": remove}})
}

func (p *saved) draw(w, h int, _ func(w, h int) []string) []string {
	t := p.theme
	lines := []string{t.Title.Render("Saved selections"), ""}
	if p.read && len(p.list) == 0 {
		lines = append(lines, "  None yet. S on Map, Examples and Launch saves the selection under a name.")
	}
	room := max(h-len(lines), 1)
	first := min(max(p.at-room/2, 0), max(len(p.list)-room, 0))
	for i := first; i < min(first+room, len(p.list)); i++ {
		s := p.list[i]
		name := view.Fit([]string{"  " + view.Clean(s.Name)}, min(w/3, 28), 1)[0]
		line := view.Fit([]string{name + "  " + nameCriteria(s.Apply(p.sel.Criteria))}, w, 1)[0]
		if i == p.at {
			line = t.Picked.Render(line)
		}
		lines = append(lines, line)
	}
	return view.Fit(lines, w, h)
}

// askName asks for the name of the current selection.
func (p *saved) askName() tea.Cmd {
	read := p.fetch(func() ([]session.Saved, error) { return session.OpenSelections(p.options.Root).Read() }, "")
	return tea.Batch(p.app.openPrompt(&savePrompt{p}, ""), read)
}

// savePrompt asks for a name, and saves the selection under it.
type savePrompt struct{ *saved }

func (k *savePrompt) sign() string           { return "save as " }
func (k *savePrompt) history() string        { return "" }
func (k *savePrompt) begin(string) tea.Cmd   { return nil }
func (k *savePrompt) changed(string) tea.Cmd { return nil }
func (k *savePrompt) cancel()                {}

func (k *savePrompt) enter(text string) (cmd tea.Cmd, done bool) {
	if text == "" {
		return nil, false
	}
	made := session.NewSaved(text, k.sel.Criteria)
	said := "Saved " + nameCriteria(k.sel.Criteria) + " as " + view.Clean(text) + ": ' lists the saved selections."
	return k.fetch(func() ([]session.Saved, error) { return session.OpenSelections(k.options.Root).Put(made) }, said), true
}

func (k *savePrompt) state(p *prompt, w int, _ func(int) int) string {
	name := strings.TrimSpace(p.line.String())
	taken := slices.IndexFunc(k.list, func(s session.Saved) bool { return s.Name == name })
	if taken >= 0 {
		return p.theme.Warn.Render("enter replaces " + nameCriteria(k.list[taken].Apply(k.sel.Criteria)))
	}
	return p.hint(w, "enter saves "+nameCriteria(k.sel.Criteria), "esc cancels")
}
