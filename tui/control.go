package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// control sends requests to runs: stop, pause, resume, save a checkpoint.
type control struct {
	*workspace
	app *App
}

func (c *control) keys() []binding {
	active := func() bool { run := c.activeRun(); return run != nil && run.Active() }
	stoppable := func() bool { run := c.activeRun(); return run != nil && (run.Active() || run.Waits()) }
	ended := func() bool { run := c.pointed(); return run != nil && !run.Given && broken(run.Status.State) }
	judging := []*place{placeTriage} // where single keys mark examples
	requests := under(taskRun, []binding{
		{keys: []string{"x"}, help: "stop the run (on Runs: the one under the cursor)", now: stoppable, off: judging, do: c.askStop},
		{keys: []string{"p"}, help: "pause the run, or continue it", now: active, off: judging, do: c.pause},
		{keys: []string{"ctrl+s"}, help: "save a checkpoint of the run", now: active, off: judging,
			do: func() tea.Cmd { return c.request(c.activeRun(), "checkpoint") }},
		{keys: []string{"r"}, help: "resume a run that ended early", now: ended, off: judging, do: c.askResume},
	}...)
	return append(requests, under(taskApp, []binding{
		{keys: []string{"?"}, help: "show this help", do: doing(c.app.help.show)},
		{keys: []string{"q", "ctrl+c"}, help: "quit; training continues", hint: "quit", do: c.app.leave},
	}...)...)
}

// controllable returns an error if this workbench cannot send requests. instead is the command that can.
func (c *control) controllable(instead string) error {
	if c.options.Actions == nil {
		return errors.New("read-only: use ftft " + instead)
	}
	return nil
}

// askStop asks whether to stop a run.
func (c *control) askStop() tea.Cmd {
	run := c.activeRun()
	if run == nil || !run.Active() && !run.Waits() {
		c.say(c.idle(run), nil)
		return nil
	}
	if err := c.controllable("stop " + run.ID()); err != nil {
		c.say("", err)
		return nil
	}
	text := fmt.Sprintf("Stop %s%s and keep its weights? x yes, any other key cancels", run.ID(), c.forOthers(run))
	done := " finishes its step, saves its weights and ends."
	if !run.Active() {
		text, done = fmt.Sprintf("Remove %s from the queue? x yes, any other key cancels", run.ID()), " leaves the queue."
	}
	stop := func() tea.Cmd {
		c.say("Asking "+run.ID()+" to stop …", nil)
		return c.reporting(func() answer { return answer{run.ID() + done, c.options.Actions.Stop(run.Dir)} })
	}
	return c.app.ask(&question{text: text, answers: map[string]func() tea.Cmd{"x": stop}})
}

// idle returns the message that a run is not running, with the one of its experiment that is.
func (c *control) idle(run *watch.Run) string {
	if run == nil {
		return "No run is active here."
	}
	text := run.ID() + " is not running: it is " + run.State() + "."
	for _, group := range c.groups {
		other := slices.IndexFunc(group.Runs, func(r *watch.Run) bool { return r.Active() && r.Replay == nil })
		if other >= 0 && slices.ContainsFunc(group.Runs, func(r *watch.Run) bool { return r.Dir == run.Dir }) {
			how := "tab, or the cursor on 4, leads to it."
			if c.app.place() == placeRuns {
				how = "move the cursor to it."
			}
			return text + " " + group.Runs[other].ID() + " is running: " + how
		}
	}
	return text
}

// pause pauses a run, or resumes a paused one.
func (c *control) pause() tea.Cmd {
	run := c.activeRun()
	if run != nil && run.Status.Paused {
		return c.request(run, "resume")
	}
	return c.request(run, "pause")
}

// request sends a request to a run and shows the run's answer.
func (c *control) request(run *watch.Run, action string) tea.Cmd {
	if run == nil || !run.Active() {
		c.say(c.idle(run), nil)
		return nil
	}
	if err := c.controllable("control " + run.ID() + " " + action); err != nil {
		c.say("", err)
		return nil
	}
	c.say("Asking "+run.ID()+" …", nil)
	return c.reporting(func() answer {
		text, err := c.options.Actions.Ask(run.Dir, action)
		return answer{run.ID() + ": " + text, err}
	})
}

// askResume asks whether to resume a run.
func (c *control) askResume() tea.Cmd {
	run := c.pointed()
	switch {
	case run == nil || run.Given:
		c.say("There is no run to resume.", nil)
		return nil
	case !broken(run.Status.State):
		c.say(run.ID()+" is "+run.State()+": r resumes a run that was stopped, was interrupted or has failed.", nil)
		return nil
	}
	if err := c.controllable("resume " + run.ID()); err != nil {
		c.say("", err)
		return nil
	}
	resume := func() tea.Cmd {
		c.say("Resuming "+run.ID()+" …", nil)
		return c.reporting(func() answer {
			text, err := c.options.Actions.Resume(run.Dir)
			return answer{text, err}
		})
	}
	text := fmt.Sprintf("Resume %s from its last checkpoint? r yes, any other key cancels", run.ID())
	if groups := c.experimentsOf(run); len(groups) > 0 {
		text = fmt.Sprintf("Resume %s%s and the rest of %s? r yes, any other key cancels", run.ID(), c.forOthers(run), groups[0].Name)
	}
	if run.Status.State == rundir.NotStarted {
		text = fmt.Sprintf("Resume the experiment of %s? r yes, any other key cancels", run.ID())
	}
	return c.app.ask(&question{text: text, answers: map[string]func() tea.Cmd{"r": resume}})
}

// experimentsOf returns the experiments that use a run, the one that its manifest names first.
func (c *control) experimentsOf(run *watch.Run) (groups []*watch.Group) {
	for _, group := range c.groups {
		switch {
		case group.Dir == "" || group.State == watch.Broken || !group.Has(run.Dir):
		case group.Name == run.Manifest.Study:
			groups = slices.Insert(groups, 0, group)
		default:
			groups = append(groups, group)
		}
	}
	return groups
}

// forOthers says which experiments a request about a run concerns, if it is more than one.
func (c *control) forOthers(run *watch.Run) string {
	var names []string
	for _, group := range c.experimentsOf(run) {
		names = append(names, group.Name)
	}
	if len(names) < 2 {
		return ""
	}
	return ", which " + strings.Join(names, " and ") + " share,"
}

// pointed returns the run that a request is about: on the screen Runs the one under the cursor, elsewhere the viewed one.
func (c *control) pointed() *watch.Run {
	if run := c.underCursor(); run != nil && c.app.place() == placeRuns {
		return run
	}
	_, run := c.focused()
	return run
}

// activeRun returns the run to stop, to pause or to save: the one that pointed returns, nil while it is replayed. It is never another
// one, because the keys act on what is on the screen.
func (c *control) activeRun() *watch.Run {
	if run := c.pointed(); run != nil && run.Replay == nil {
		return run
	}
	return nil
}
