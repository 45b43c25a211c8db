package view

import (
	"fmt"
	"strings"

	"ftft/train/cost"
	"ftft/train/rundir"
	"ftft/train/watch"
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

// Launch draws the form that launches an arm on the current selection, with the forecast of its cost.
type Launch struct {
	Theme       *Theme
	Selection   *Selection
	Reference   *watch.Run
	Runs        []*watch.Run // of the experiment
	Cursor      int          // an index into Arms
	Seeds       []int64      // one run is launched per seed
	SeedChoices int          // the number of seeds to choose from
	Forecast    *cost.Forecast
	Problem     error // why there is no forecast, or nothing can be launched
}

// Draw fills w by h cells.
func (l *Launch) Draw(w, h int) []string {
	t := l.Theme
	heading := Spread(t.Title.Render("Launch the main model"), t.Dim.Render("↑ ↓ choose  enter launch"), w)
	if l.Reference == nil {
		return Fit([]string{heading, "", "  No reference yet. Start with:  ftft run demo"}, w, h)
	}
	lines := []string{heading, t.key("reference", Clean(l.Reference.ID())), t.key("selection", l.Selection.Line(w-11))}
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
	forecast := l.forecast(w)
	if len(lines)+len(forecast)+2 <= h {
		forecast = append([]string{""}, forecast...)
	}
	lines = append(lines, forecast...)
	note := Wrap("Every arm has the same budget of steps; early stopping may end it sooner. View 2 shows its curves.", w)
	if len(lines)+len(note) < h {
		lines = append(lines, "")
		for _, line := range note {
			lines = append(lines, t.Dim.Render(line))
		}
	}
	return Fit(lines, w, h)
}

// forecast returns what the launch would do and cost, the most important lines first, because a low screen cuts the rest.
func (l *Launch) forecast(w int) []string {
	t, f := l.Theme, l.Forecast
	var lines []string
	say := func(style func(...string) string, text string) {
		for _, line := range Wrap(Clean(text), w) {
			lines = append(lines, style(line))
		}
	}
	if l.Problem != nil {
		say(t.Warn.Render, l.Problem.Error())
	}
	switch {
	case f == nil && l.Problem == nil:
		return append(lines, t.Dim.Render("estimating …"))
	case f == nil:
		return lines
	}
	if f.FreeDisk > 0 && f.Disk > f.FreeDisk {
		say(t.Bad.Render, fmt.Sprintf("Not enough disk space: needs %s, %s free.", bytes(f.Disk), bytes(f.FreeDisk)))
	}
	if f.FreeMemory > 0 && f.Memory > f.FreeMemory {
		say(t.Bad.Render, fmt.Sprintf("Not enough memory: needs about %s, %s free.", bytes(f.Memory), bytes(f.FreeMemory)))
	}
	add := func(name, text string) { lines = append(lines, t.key(name, text)) }
	add("runs", Clean(strings.Join(f.Runs, ", "))+t.Dim.Render(l.seeds()))
	if f.Ahead > 0 {
		add("queue", t.Warn.Render(fmt.Sprintf("%d ahead of it", f.Ahead)))
	} else {
		add("queue", "starts at once")
	}
	if f.Steps > 0 {
		add("time", fmt.Sprintf("at most %s %s", Duration(f.Time), t.Dim.Render("(speed of "+Clean(f.By)+")")))
		add("compute", fmt.Sprintf("%s TFLOP: %s steps on %s examples", brief(f.FLOPs/1e12), Count(f.Steps), Count(f.Examples)))
		add("memory", fmt.Sprintf("about %s%s", bytes(f.Memory), t.Dim.Render(free(f.FreeMemory))))
		add("disk", fmt.Sprintf("at most %s%s", bytes(f.Disk), t.Dim.Render(free(f.FreeDisk))))
	} else {
		add("time", t.Dim.Render("known once a run of the experiment has saved its model"))
	}
	name := "changed"
	for _, change := range f.Changes {
		add(name, Clean(change.Key)+", "+t.Dim.Render(Clean(change.From)+" ->")+" "+Clean(change.To))
		name = ""
	}
	if l.Selection.Rule != "" && Arms[l.Cursor].Name == rundir.FTFT {
		add(name, "rows, the "+Count(l.Selection.Count)+" that match "+Clean(l.Selection.Rule))
	}
	return lines
}

// seeds names the seeds of the launch, if there are several to choose from.
func (l *Launch) seeds() string {
	if l.SeedChoices < 2 {
		return ""
	}
	each := strings.Trim(fmt.Sprint(l.Seeds), "[]")
	return fmt.Sprintf("  seed %s of %d (← → choose)", strings.ReplaceAll(each, " ", ", "), l.SeedChoices)
}

// free describes free space, 0 = unknown.
func free(n int64) string {
	if n == 0 {
		return ""
	}
	return ", " + bytes(n) + " free"
}

// bytes formats a size in MB or GB.
func bytes(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.0f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}

// state returns the state of the experiment's last run of an arm, "" if there is none.
func (l *Launch) state(arm rundir.Arm) string {
	state := ""
	for _, run := range l.Runs {
		if run.Manifest.Arm == arm {
			state = run.State()
		}
	}
	return state
}
