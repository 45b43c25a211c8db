package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"ftft/tui/view"
)

// help lists the keys by task: those of the screen in front before the others. Typing filters them.
type help struct {
	*workspace
	app    *App
	filter line
	page   int // from 0
}

// show opens the help at its first page.
func (p *help) show() {
	p.filter, p.page = line{}, 0
	p.app.open(p)
}

func (p *help) name() string    { return "help" }
func (p *help) layer() layer    { return pageLayer }
func (p *help) place() *place   { return nil }
func (p *help) update() tea.Cmd { return nil }

// key turns the page, edits the filter, or leaves the help. A key that shows another screen or run does so; ctrl+c quits as
// everywhere, and the keys of a lesson work.
func (p *help) key(msg tea.KeyPressMsg) (cmd tea.Cmd, handled bool) {
	key := msg.String()
	if key == "ctrl+c" || p.options.Follow != "" || p.options.Lesson.hasKey(key) {
		return nil, false
	}
	p.text = ""
	empty := p.filter.String() == ""
	switch {
	case key == "down" || key == "pgdown" || key == "space" && empty:
		p.page++
	case key == "up" || key == "pgup":
		p.page--
	case key == "esc" && !empty:
		p.filter = line{}
	case key == "esc", key == "enter", key == "?" && empty:
		p.app.close(p)
	case empty && p.app.table.navigates(key):
		p.app.close(p)
		return nil, false
	case p.filter.press(msg):
		p.page = 0
	}
	p.page = max(min(p.page, p.pages()-1), 0)
	return nil, true
}

// draw draws the filter, and a page of the keys that match it.
func (p *help) draw(w, h int, _ func(w, h int) []string) []string {
	typed, _ := p.filter.draw(p.theme, w-8)
	lines, room := p.lines(w), max(h-1, 1)
	if len(lines) == 0 {
		lines = []string{"", "No key matches."}
	}
	lines = lines[min(p.page*room, len(lines)):]
	return view.Fit(append([]string{p.theme.Title.Render("Keys ") + p.theme.Dim.Render("> ") + typed}, lines...), w, h)
}

// pages returns the number of pages that the matching keys fill.
func (p *help) pages() int {
	room := max(p.h-3, 1)
	return (len(p.lines(p.w)) + room - 1) / room
}

func (p *help) foot() string {
	foot := "type to filter  esc back"
	if pages := p.pages(); pages > 1 {
		foot = fmt.Sprintf("page %d of %d  ↑ ↓ turn  ", p.page+1, pages) + foot
	}
	return p.theme.Dim.Render(foot)
}

// lines lists the keys, in two columns if w cells have room for them.
func (p *help) lines(w int) []string {
	if w < 100 {
		own, others := p.keys(true, w), p.keys(false, w)
		if len(own) > 0 && len(others) > 0 {
			own = append(own, "")
		}
		return append(own, others...)
	}
	left := w / 2
	for _, line := range p.keys(true, w) { // most of the keys that work here are not cut
		left = max(left, min(view.Width(strings.TrimRight(ansi.Strip(line), " "))+1, 11*w/20))
	}
	own, others := p.keys(true, left-1), p.keys(false, w-left)
	height := max(len(own), len(others))
	return view.Beside(view.Fit(own, left-1, height), view.Fit(others, w-left, height), " ")
}

// keysWidth is the width of the column of keys.
const keysWidth = 13

// keys lists the keys that work here, or the others, by task, in lines of w cells.
func (p *help) keys(here bool, w int) (lines []string) {
	on, heading := p.app.place(), ""
	if !here {
		heading = "Elsewhere: "
	}
	for _, t := range tasks {
		title := p.theme.Title.Render(heading + string(t))
		for _, b := range p.app.table.all {
			if b.task != t || b.works(on) != here || !p.matches(&b) {
				continue
			}
			if title != "" {
				lines, title = append(lines, title), ""
			}
			keys := view.Fit([]string{strings.Join(b.keys, " ")}, keysWidth, 1)[0]
			lines = append(lines, p.theme.Strong.Render(keys)+" "+p.app.table.line(&b, w-keysWidth-1))
		}
	}
	return lines
}

// matches reports whether a binding has all words of the filter.
func (p *help) matches(b *binding) bool {
	rank := fuzzy(b.help+" "+strings.Join(b.keys, " ")+" "+string(b.task)+" "+p.app.table.where(b), p.filter.String())
	return rank == 0 || rank == 1
}
