package tui

import (
	"strings"

	"ftft/tui/view"
)

// helpLines lists the keys, those of the screen shown before the others, in two columns where w cells hold these.
func (a *App) helpLines(w int) []string {
	own, others := a.helpOf(true), a.helpOf(false)
	if w < 100 {
		return append(append(own, ""), others...)
	}
	height := max(len(own), len(others))
	return view.Beside(view.Fit(own, w/2-1, height), view.Fit(others, w-w/2, height), " ")
}

// helpOf lists the keys that work on the screen shown, or the others.
func (a *App) helpOf(here bool) []string {
	lines := []string{a.theme.Title.Render("Keys")}
	if !here {
		lines[0] = a.theme.Title.Render("On other screens")
	}
	for _, b := range keys() {
		if b.works(a.place()) == here {
			lines = append(lines, a.theme.Strong.Render(view.Fit([]string{strings.Join(b.keys, "  ")}, 15, 1)[0])+" "+b.help+where(a.theme, b))
		}
	}
	return lines
}

// where names the screens that a binding belongs to, "" for all.
func (b *binding) where() string {
	var names []string
	for _, screen := range b.on {
		names = append(names, screen.where())
	}
	return strings.Join(names, ", ")
}

// where is that with a word before it.
func where(theme *view.Theme, b binding) string {
	if b.on == nil {
		return ""
	}
	return theme.Dim.Render(" in " + b.where())
}

// Key is what keys do.
type Key struct {
	Keys  []string // as ctrl+p, enter, esc, A
	Help  string
	Where string // the screens, by number and name; "" = all
}

// Keys are all of the workbench's, in the table's order.
func Keys() []Key {
	var list []Key
	for _, b := range keys() {
		list = append(list, Key{b.keys, b.help, b.where()})
	}
	return list
}

// helpPage is the part of the help that h lines show, and helpPages how many such parts there are.
func (a *App) helpPage(w, h int) []string {
	lines := a.helpLines(w)
	first := min(a.desk.page*h, len(lines))
	return view.Fit(lines[first:], w, h)
}

func (a *App) helpPages() int {
	h := max(a.h-2, 1)
	return (len(a.helpLines(a.w)) + h - 1) / h
}

// turnPage goes on in the help, or leaves it.
func (a *App) turnPage(key string) {
	page := a.desk.page
	switch key {
	case "down", "j", "pgdown", "space":
		page++
	case "up", "k", "pgup":
		page = max(page-1, 0)
	default:
		a.helping = false
	}
	if page == a.helpPages() && key == "space" {
		a.helping = false
	}
	a.desk.page = min(page, a.helpPages()-1)
}
