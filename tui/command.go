package tui

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/tui/view"
)

// Command is a command line that gives what a screen shows.
type Command struct {
	Gives string
	Args  []string // of ftft, from the command's name on
}

// commander is the list of the screen's commands.
type commander struct {
	open   bool
	on     screen
	cursor int
}

// commandScreen is the part of a screen that shows it as commands.
const commandScreen = explainScreen + 1

// commandKeys are those of commands.
func commandKeys() []binding {
	on := []screen{commandScreen}
	move := func(by int) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd {
			a.commander.cursor = min(max(a.commander.cursor+by, 0), len(a.Commands())-1)
			return nil
		}
	}
	return []binding{
		{[]string{"="}, "the screen as a command, or back", "", nil, (*App).toggleCommands},
		{[]string{"esc"}, "back", "", on, (*App).toggleCommands},
		{[]string{"up", "k"}, "the command above", "", on, move(-1)},
		{[]string{"down", "j"}, "the command below", "", on, move(1)},
		{[]string{"y", "enter"}, "copy the command", "", on, (*App).copyCommand},
	}
}

func (c *commander) shown(on screen) bool { return c.open && c.on == on }

func (a *App) toggleCommands() tea.Cmd {
	a.commander = commander{open: !a.commander.shown(a.screen), on: a.screen}
	return nil
}

func (a *App) copyCommand() tea.Cmd {
	commands := a.Commands()
	if a.commander.cursor >= len(commands) {
		return nil
	}
	a.say("Copied the command, if the terminal lets programs copy (OSC 52).", nil)
	return tea.SetClipboard(commands[a.commander.cursor].Line())
}

// Line is the command as a shell takes it.
func (c Command) Line() string {
	line := "ftft"
	for _, arg := range c.Args {
		line += " " + quoted(arg)
	}
	return line
}

var bare = regexp.MustCompile(`^[A-Za-z0-9_./:,@%+=-]+$`)

// quoted is a word as a POSIX shell reads it back.
func quoted(word string) string {
	if bare.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Commands are the command lines that give what the screen shows, the closest first; none before there is a run.
func (a *App) Commands() []Command {
	group, run := a.focused()
	if run == nil {
		return []Command{{"the runs", a.rooted("runs")}}
	}
	switch {
	case a.screen == curvesScreen && !run.Given:
		return append(a.curveCommands(), Command{"the table of arms", a.rooted("report", a.groupName())})
	case a.screen == runsScreen && a.duel.open && !run.Given:
		return []Command{{"the comparison", a.rooted("compare", a.focus.ID(), a.duel.other.ID(), "--fraction", a.fraction())}, {"the results", a.rooted("report", a.groupName())}}
	case a.screen == runsScreen:
		return []Command{{"the runs", a.rooted("runs")}}
	case a.screen == launchScreen && !run.Given && a.choice.ranking != nil:
		if arm := view.Arms[a.launcher.arm].Name; group.Dir != "" {
			return []Command{{"the arm " + string(arm) + ", and what it takes that is not there yet", a.launchArgs(arm)}}
		}
	case a.reader.shown(a.screen):
		if e := a.example(); e != nil {
			return []Command{{"what an example's confidence is made of", a.of("map", e.GUID, "--explain", "confidence")}, a.selectCommand()}
		}
	}
	commands := []Command{{"the map's figures", a.of("map", "--fraction", a.fraction())}, {"the map as a figure", a.of("map", "--fraction", a.fraction(), "--figure", a.focus.ID()+"-map.png")}}
	if a.choice.ranking != nil {
		commands = append([]Command{a.selectCommand()}, commands...)
	}
	return commands
}

// rooted adds the runs folder to a command, where it is not the usual one.
func (a *App) rooted(args ...string) []string {
	if a.options.Root != "" && a.options.Root != "runs" {
		args = append(args, "--runs", a.options.Root)
	}
	return args
}

// of is a command on the source looked at.
func (a *App) of(command string, args ...string) []string {
	if len(a.options.SourceArgs) > 0 {
		args = slices.Concat(a.options.SourceArgs[:1], args, a.options.SourceArgs[1:])
	} else {
		args = append([]string{a.focus.ID()}, args...)
	}
	return a.rooted(append([]string{command}, args...)...)
}

func (a *App) fraction() string { return strconv.FormatFloat(a.choice.fraction, 'g', -1, 64) }

// groupName is the study looked at, or the run alone.
func (a *App) groupName() string {
	if group, _ := a.focused(); group.Dir != "" {
		return group.Dir.ID()
	}
	return a.focus.ID()
}

func (a *App) selectCommand() Command {
	var by []string
	if !a.choice.whole {
		by = []string{"--strategy", a.choice.strategy, "--fraction", a.fraction()}
	}
	if a.choice.rule != "" {
		by = append(by, "--rule", a.choice.rule)
	}
	args := a.of("select", by...)
	if a.choice.strategy == datamap.Random && !a.choice.whole {
		seed := int64(1)
		if _, run := a.focused(); !run.Given {
			seed = run.Manifest.Seed
		}
		args = append(args, "--seed", fmt.Sprint(seed))
	}
	return Command{"the guids selected", args}
}

// curveCommands draw the curves as they are drawn.
func (a *App) curveCommands() []Command {
	s := a.curveSettings()
	args := append([]string{"curves"}, s.Runs...)
	args = append(args, "--x", s.X, "--smooth", strconv.FormatFloat(s.Smooth, 'g', -1, 64), "--charts", s.Charts, "--seeds", s.Seeds)
	if s.Log {
		args = append(args, "--log")
	}
	if s.To > s.From {
		args = append(args, "--range", fmt.Sprintf("%.6g:%.6g", s.From, s.To))
	}
	args = a.rooted(args...)
	return []Command{{"the curves as a figure", append(slices.Clone(args), "--figure", a.focus.ID()+"-curves.png")}, {"the curves as text", args}}
}

// launchArgs run the study again with one arm, on the selection: what is complete is used again.
func (a *App) launchArgs(arm rundir.Arm) []string {
	group, _ := a.focused()
	arms := strconv.Quote(string(arm))
	if arm == rundir.DM { // which is made from the erm run
		arms = `"erm",` + arms
	}
	args := []string{"run", filepath.Join(string(group.Reference().Dir), "config.toml"), "--set", "arms.run=[" + arms + "]"}
	if arm == rundir.FTFT || arm == rundir.DM {
		args = append(args, "--set", "selection.strategy="+a.choice.strategy)
	}
	if arm.Selects() {
		args = append(args, "--set", "selection.fraction="+a.fraction())
	}
	return a.rooted(args...)
}

// commandsPane draws the list.
func (a *App) commandsPane(w, h int) []string {
	t := a.theme
	lines := []string{view.Spread(t.Title.Render("The screen as a command"), t.Dim.Render("↑ ↓ choose  y copy  = back"), w), ""}
	for i, command := range a.Commands() {
		title := view.Fit([]string{"  " + command.Gives}, w, 1)[0]
		if i == a.commander.cursor {
			title = t.Picked.Render(title)
		}
		lines = append(lines, title)
		for _, line := range view.Wrap(view.Clean(command.Line()), w-4) {
			lines = append(lines, "    "+t.Strong.Render(line))
		}
		lines = append(lines, "")
	}
	return view.Fit(lines, w, h)
}
