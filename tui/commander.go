package tui

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/tui/view"
)

// Command is a command line that prints what a screen shows.
type Command struct {
	Gives string
	Args  []string // of ftft, from the command's name on
}

// commander lists the command lines that print what the screen shows.
type commander struct {
	*workspace
	app *App
	at  int // the cursor
}

var placeCommander = &place{help: "commands (=)"}

func (c *commander) keys() []binding {
	on := []*place{placeCommander}
	move := func(by int) func() tea.Cmd {
		return doing(func() { c.at = min(max(c.at+by, 0), len(c.app.Commands())-1) })
	}
	return under(taskShare, []binding{
		{keys: []string{"="}, help: "show the screen as a command, or go back", do: doing(c.toggle)},
		{keys: []string{"esc"}, help: "go back", on: on, do: doing(c.toggle)},
		{keys: []string{"up", "k"}, help: "move to the command above", on: on, do: move(-1)},
		{keys: []string{"down", "j"}, help: "move to the command below", on: on, do: move(1)},
		{keys: []string{"y", "enter"}, help: "copy the command", on: on, do: c.copy},
	}...)
}

func (c *commander) name() string                        { return "command" }
func (c *commander) layer() layer                        { return paneLayer }
func (c *commander) place() *place                       { return placeCommander }
func (c *commander) key(tea.KeyPressMsg) (tea.Cmd, bool) { return nil, false }
func (c *commander) update() tea.Cmd                     { return nil }

func (c *commander) toggle() {
	c.at = 0
	c.app.toggle(c)
}

func (c *commander) copy() tea.Cmd {
	commands := c.app.Commands()
	if c.at >= len(commands) {
		return nil
	}
	c.say("Copied the command, if the terminal lets programs copy (OSC 52).", nil)
	return tea.SetClipboard(commands[c.at].Line())
}

func (c *commander) draw(w, h int, _ func(w, h int) []string) []string {
	t := c.theme
	lines := []string{view.Spread(t.Title.Render("The screen as a command"), t.Dim.Render("↑ ↓ choose  y copy  = back"), w), ""}
	for i, command := range c.app.Commands() {
		title := view.Fit([]string{"  " + command.Gives}, w, 1)[0]
		if i == c.at {
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

// Line returns the command as one line for a shell.
func (c Command) Line() string {
	line := "ftft"
	for _, arg := range c.Args {
		line += " " + quoted(arg)
	}
	return line
}

var bare = regexp.MustCompile(`^[A-Za-z0-9_./:,@%+=-]+$`)

// quoted quotes a word for a POSIX shell.
func quoted(word string) string {
	if bare.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Commands returns the command lines that print what the screen shows, the closest first.
func (a *App) Commands() []Command {
	_, run := a.focused()
	if run == nil {
		return []Command{{"the runs", a.rooted("runs")}}
	}
	if home := a.front().home(); a.isOpen(a.reader) && (home == placeMap || home == placeExamples || home == placeTriage || run.Given) {
		if e := a.example(); e != nil {
			return []Command{{"what an example's confidence is made of", a.onSource("map", e.GUID, "--explain", "confidence")}, a.selectCommand()}
		}
	}
	return a.front().commands()
}

// mapCommands returns the commands that print the selection, the map's figures and the map.
func (w *workspace) mapCommands() []Command {
	commands := []Command{
		{"the map's figures", w.onSource("map", "--fraction", w.fraction())},
		{"the map as a figure", w.onSource("map", "--fraction", w.fraction(), "--figure", w.focus.ID()+"-map.png")},
	}
	if w.sel.Ranking != nil {
		commands = append([]Command{w.selectCommand()}, commands...)
	}
	if w.source() != "" && len(w.sel.Marks().All()) > 0 {
		commands = append(commands, w.correctCommand())
	}
	return commands
}

// rooted adds the runs folder to a command, unless it is the default.
func (w *workspace) rooted(args ...string) []string {
	if w.options.Root != "" && w.options.Root != "runs" {
		args = append(args, "--runs", w.options.Root)
	}
	return args
}

// onSource returns a command about the viewed run or source.
func (w *workspace) onSource(command string, args ...string) []string {
	if len(w.options.SourceArgs) > 0 {
		args = slices.Concat(w.options.SourceArgs[:1], args, w.options.SourceArgs[1:])
	} else {
		args = append([]string{w.focus.ID()}, args...)
	}
	return w.rooted(append([]string{command}, args...)...)
}

func (w *workspace) fraction() string { return strconv.FormatFloat(w.sel.Fraction, 'g', -1, 64) }

// selectCommand returns the command that prints the selected guids.
func (w *workspace) selectCommand() Command {
	var by []string
	if !w.sel.Whole {
		by = []string{"--strategy", w.sel.Strategy, "--fraction", w.fraction()}
	}
	if w.sel.Rule != "" {
		by = append(by, "--rule", w.sel.Rule)
	}
	args := w.onSource("select", by...)
	if w.sel.Strategy == datamap.Random && !w.sel.Whole {
		seed := int64(1)
		if _, run := w.focused(); !run.Given {
			seed = run.Manifest.Seed
		}
		args = append(args, "--seed", fmt.Sprint(seed))
	}
	return Command{"the guids selected", args}
}
