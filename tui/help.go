package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/view"
)

// help lists the keys: those of the screen in front before the others.
type help struct {
	*workspace
	app  *App
	page int // from 0
}

// show opens the help at its first page.
func (p *help) show() {
	p.page = 0
	p.app.open(p)
}

func (p *help) name() string    { return "help" }
func (p *help) layer() layer    { return pageLayer }
func (p *help) place() *place   { return nil }
func (p *help) update() tea.Cmd { return nil }

// key turns the page, or leaves the help. A key that shows another screen or run does so; the keys that quit work as everywhere, and
// so do those of a lesson.
func (p *help) key(msg tea.KeyPressMsg) (cmd tea.Cmd, handled bool) {
	key := msg.String()
	if key == "ctrl+c" || key == "q" || p.options.Follow != "" || p.options.Lesson.hasKey(key) {
		return nil, false
	}
	p.text = ""
	page := p.page
	switch key {
	case "down", "j", "pgdown", "space":
		page++
	case "up", "k", "pgup":
		page = max(page-1, 0)
	default:
		p.app.close(p)
		return nil, !p.app.table.navigates(key)
	}
	if page == p.pages() && key == "space" {
		p.app.close(p)
	}
	p.page = min(page, p.pages()-1)
	return nil, true
}

func (p *help) draw(w, h int, _ func(w, h int) []string) []string {
	lines := p.lines(w)
	first := min(p.page*h, len(lines))
	return view.Fit(lines[first:], w, h)
}

// pages returns the number of pages that all keys fill.
func (p *help) pages() int {
	h := max(p.h-2, 1)
	return (len(p.lines(p.w)) + h - 1) / h
}

func (p *help) foot() string {
	if pages := p.pages(); pages > 1 {
		return p.theme.Dim.Render(fmt.Sprintf("page %d of %d: ↑ ↓ turn, any other key goes back", p.page+1, pages))
	}
	return p.theme.Dim.Render("any key: back")
}

// lines lists the keys, in two columns if w cells have room for them.
func (p *help) lines(w int) []string {
	own, others := p.keys(true), p.keys(false)
	if w < 100 {
		return append(append(own, ""), others...)
	}
	height := max(len(own), len(others))
	return view.Beside(view.Fit(own, w/2-1, height), view.Fit(others, w-w/2, height), " ")
}

// keys lists the keys that work here, or the others.
func (p *help) keys(here bool) []string {
	lines := []string{p.theme.Title.Render("Keys")}
	if !here {
		lines[0] = p.theme.Title.Render("On other screens")
	}
	on := p.app.place()
	for _, b := range p.app.table.all {
		if b.works(on) == here {
			keys := view.Fit([]string{strings.Join(b.keys, "  ")}, 15, 1)[0]
			lines = append(lines, p.theme.Strong.Render(keys)+" "+b.help+p.app.table.whereHint(&b))
		}
	}
	return lines
}
