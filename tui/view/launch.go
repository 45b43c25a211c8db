package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"ftft/configs"
	"ftft/train/cost"
	"ftft/train/rundir"
)

// Arm is an arm that the launch form offers.
type Arm struct {
	Name   rundir.Arm
	Trains string // what the main model trains on
}

// Arms are the arms that can be launched from the workbench.
var Arms = []Arm{
	{rundir.FTFT, "the selection on the reference's map"},
	{rundir.Random, "a random sample of the same size"},
	{rundir.ERM, "all examples, for the whole budget"},
	{rundir.DM, "a selection on the map of the main model's own erm run"},
}

// Launch draws the form that launches runs of the main model, with what they would cost.
type Launch struct {
	Theme    *Theme
	Fields   []FormField
	Cursor   int      // an index into Fields
	Instead  []string // paragraphs, and command lines of ftft, on what to do where nothing can be launched; nil = the form
	Warnings []Warning
	Forecast *cost.Forecast // nil = unknown
	Outdated bool           // the forecast is of the form before the last changes
	Changes  []configs.Change
	Rows     string // describes the rows of a rule, which no config can have; "" = none
}

// FormField is a line of the form.
type FormField struct {
	Name    string
	Value   string
	Note    string // explains the value; dim
	State   string // at the end of the line, such as the state of the run that the line is about
	Of      string // the state of a run that colours State; "" = dim
	Changed bool   // the value differs from the experiment's
	Unused  bool   // the field does not affect what is launched
	Action  bool   // the field is a button
	Enter   string // what the key enter does
}

// Warning is something odd about a launch.
type Warning struct {
	Text string
	Bad  bool // the launch would fail
}

// formTop is the number of lines above the fields.
const formTop = 1

// Draw fills w by h cells.
func (l *Launch) Draw(w, h int) []string {
	t := l.Theme
	if l.Instead != nil {
		lines := []string{t.Title.Render("Launch the main model"), ""}
		for _, paragraph := range l.Instead {
			if strings.HasPrefix(paragraph, "ftft ") {
				lines = append(lines, "  "+t.Strong.Render(Clean(paragraph)), "")
				continue
			}
			lines = append(append(lines, Wrap(paragraph, w)...), "")
		}
		return Fit(lines, w, h)
	}
	hint := "↑ ↓ field  ← → change  enter " + l.Fields[l.Cursor].Enter
	lines := []string{Spread(t.Title.Render("Launch the main model"), t.Dim.Render(hint), w)}
	first, last := l.visible(h)
	for i := first; i < last; i++ {
		line := l.field(&l.Fields[i], w)
		if i == l.Cursor {
			line = t.Picked.Render(Fit([]string{ansi.Strip(line)}, w, 1)[0])
		}
		lines = append(lines, line)
	}
	room := h - len(lines)
	below := l.below(w, room)
	switch hidden := len(below) - room + 1; {
	case len(below) < room:
		lines = append(lines, "")
	case len(below) > room && room > 0:
		below = append(slices.Clone(below[:room-1]), t.Dim.Render(fmt.Sprintf("… %s more, on a larger screen", Counted(hidden, "line"))))
	}
	return Fit(append(lines, below...), w, h)
}

// visible returns the range of the fields that h lines show: all of them, or a part with the cursor.
func (l *Launch) visible(h int) (first, last int) {
	room := min(max(h-formTop, 1), len(l.Fields))
	first = min(max(l.Cursor-room/2, 0), len(l.Fields)-room)
	return first, first + room
}

// FieldAt returns the index of the field on a line of h, -1 if there is none.
func (l *Launch) FieldAt(line, h int) int {
	if l.Instead != nil {
		return -1
	}
	first, last := l.visible(h)
	if at := first + line - formTop; at >= first && at < last {
		return at
	}
	return -1
}

// field draws a line of the form.
func (l *Launch) field(f *FormField, w int) string {
	t := l.Theme
	value := Clean(f.Value)
	switch {
	case f.Unused:
		value = t.Dim.Render(value)
	case f.Changed:
		value = t.Warn.Render(value)
	case f.Action:
		value = t.Strong.Render(value)
	}
	line := "  " + Fit([]string{f.Name}, 15, 1)[0] + value
	if f.Note != "" {
		line += "  " + t.Dim.Render(Clean(f.Note))
	}
	if f.State == "" {
		return line
	}
	state := f.State
	const leastNote = 12
	least := 2 + 15 + Width(value) + 2 + leastNote // what is left of the line if its note is cut
	if short, _, long := strings.Cut(state, ":"); long && min(Width(line), least)+2+Width(state) > w {
		state = short
	}
	style := t.Dim
	if f.Of != "" {
		style = t.State(f.Of)
	}
	return Spread(line, style.Render(state), w)
}

// below returns the warnings, the cost and the changes. What matters most comes first if they do not fit in room lines of w cells.
func (l *Launch) below(w, room int) []string {
	t := l.Theme
	var bad, odd []string
	for _, warning := range l.Warnings {
		for _, line := range Wrap(Clean(warning.Text), w) {
			if warning.Bad {
				bad = append(bad, t.Bad.Render(line))
			} else {
				odd = append(odd, t.Warn.Render(line))
			}
		}
	}
	changes := l.changes()
	if l.Forecast == nil {
		if len(l.Warnings) == 0 {
			odd = []string{t.Dim.Render("estimating …")}
		}
		return slices.Concat(bad, odd, changes)
	}
	costs := l.costs()
	if len(bad)+len(odd)+len(costs)+len(changes) <= room {
		return slices.Concat(bad, odd, l.dimmed(costs), changes)
	}
	costs = l.dimmed(l.briefCosts())
	first := min(1, len(costs))
	return slices.Concat(bad, costs[:first], odd, costs[first:], changes)
}

// dimmed returns the lines of the forecast, dim if it is outdated.
func (l *Launch) dimmed(lines []string) []string {
	if l.Outdated {
		for i, line := range lines {
			lines[i] = l.Theme.Dim.Render(ansi.Strip(line))
		}
	}
	return lines
}

// costs returns the lines of the forecast.
func (l *Launch) costs() []string {
	t, f := l.Theme, l.Forecast
	if len(f.Runs) == 0 {
		return nil
	}
	queue := "starts at once"
	if f.Ahead > 0 {
		queue = t.Warn.Render(fmt.Sprintf("%d ahead of it", f.Ahead))
	}
	lines := []string{t.key("runs", Clean(strings.Join(f.Runs, ", "))), t.key("queue", queue)}
	if f.Outside {
		time := t.key("time", "unknown "+t.Dim.Render("(another program trains)"))
		if f.Steps == 0 {
			return append(lines, time)
		}
		return append(lines, time, t.key("budget", fmt.Sprintf("%s steps on %s examples", Count(f.Steps), Count(f.Examples))))
	}
	if f.Steps == 0 {
		return append(lines, t.key("time", t.Dim.Render("known once a run of the experiment has saved its model")))
	}
	amount := fmt.Sprintf("%s steps on %s examples", Count(f.Steps), Count(f.Examples))
	if n := len(f.Runs); n > 1 {
		amount = fmt.Sprintf("%d runs of %s steps", n, Count(f.Steps))
	}
	return append(lines,
		t.key("time", fmt.Sprintf("at most %s %s", Duration(f.Time), t.Dim.Render("(speed of "+Clean(f.By)+")"))),
		t.key("compute", fmt.Sprintf("%s TFLOP: %s", brief(f.FLOPs/1e12), amount)),
		t.key("memory", "about "+bytes(f.Memory)+t.Dim.Render(free(", ", f.FreeMemory))),
		t.key("disk", "at most "+bytes(f.Disk)+t.Dim.Render(free(", ", f.FreeDisk))))
}

// briefCosts returns the forecast in two lines.
func (l *Launch) briefCosts() []string {
	t, f := l.Theme, l.Forecast
	if f.Steps == 0 || len(f.Runs) == 0 || f.Outside {
		return l.costs()
	}
	time := fmt.Sprintf("at most %s, %s TFLOP", Duration(f.Time), brief(f.FLOPs/1e12))
	if f.Ahead > 0 {
		time += t.Warn.Render(fmt.Sprintf(", %d ahead of it", f.Ahead))
	}
	space := bytes(f.Memory) + t.Dim.Render(free(" of ", f.FreeMemory)) + ", disk " + bytes(f.Disk) + t.Dim.Render(free(" of ", f.FreeDisk))
	return []string{t.key("time", time), t.key("memory", space)}
}

// changes returns the keys that differ from the experiment's config.
func (l *Launch) changes() []string {
	t := l.Theme
	var lines []string
	name := "changes"
	for _, c := range l.Changes {
		from := c.From
		if from == "" {
			from = "unset"
		}
		lines = append(lines, t.key(name, t.Dim.Render(Clean(c.Key)+": "+Clean(from)+" ->")+" "+Clean(c.To)))
		name = ""
	}
	if l.Rows != "" {
		lines = append(lines, t.key(name, Clean(l.Rows)))
	}
	return lines
}

// free describes free space after a separator, "" if it is unknown (0).
func free(separator string, n int64) string {
	if n == 0 {
		return ""
	}
	return separator + bytes(n) + " free"
}

// bytes formats a size in MB or GB.
func bytes(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.0f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}
