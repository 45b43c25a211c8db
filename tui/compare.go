package tui

import "ftft/tui/view"

// duel is the comparison of the run looked at with another.
type duel struct {
	open bool
}

func (a *App) runsPane(w, h int) []string {
	runs := view.Runs{Theme: a.theme, Groups: a.groups, Cursor: a.listed, Focus: a.focus, Signs: a.signs(), Hint: "↑ ↓ move  enter open  o draw  m compare"}
	return runs.Draw(w, h)
}
