package view

import (
	"fmt"

	"ftft/tui/feed"
)

// Arm is one way to train the main model, as the launch form offers it.
type Arm struct{ Name, Trains string }

// Arms are the arms that can be launched from the workbench.
var Arms = []Arm{
	{"ftft", "on the selection, chosen by the reference's dynamics"},
	{"random", "on as many examples, drawn at random"},
	{"erm", "on everything, for the whole budget"},
	{"dm", "on a selection by the dynamics of the main model's own erm run"},
}

// Launch offers the arms on the current selection.
type Launch struct {
	Theme     *Theme
	Selection *Selection
	Reference *feed.Run
	Runs      []*feed.Run // of the same study
	Cursor    int         // among Arms
}

// Draw fills w by h cells.
func (l *Launch) Draw(w, h int) []string {
	t := l.Theme
	heading := Spread(t.Title.Render("Launch the main model"), t.Dim.Render("↑ ↓ move  enter launch"), w)
	lines := []string{heading, ""}
	if l.Reference == nil {
		return Fit(append(lines, "  There is no reference yet. Start with:  ftft run demo"), w, h)
	}
	lines = append(lines, t.key("reference", Clean(l.Reference.ID())), t.key("selection", l.Selection.Line(w-11)), "")
	for i, arm := range Arms {
		line := fmt.Sprintf("  %-8s %s", arm.Name, arm.Trains)
		if state := l.state(arm.Name); state != "" {
			line += "  " + t.State(state).Render(state)
		}
		if i == l.Cursor {
			line = t.Picked.Render(Fit([]string{line}, w, 1)[0])
		}
		lines = append(lines, line)
	}
	lines = append(lines, "")
	for _, line := range Wrap("Every arm gets the same number of steps. Its curves appear over the reference's (view 2).", w) {
		lines = append(lines, t.Dim.Render(line))
	}
	return Fit(lines, w, h)
}

// state is that of the study's last run of an arm.
func (l *Launch) state(arm string) string {
	state := ""
	for _, run := range l.Runs {
		if run.Manifest.Arm == arm {
			state = run.Status.State
		}
	}
	return state
}
