package tui

import (
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"ftft/train/watch"
)

// controlKeys are the bindings that ask something of a run.
func (a *App) controlKeys() []binding {
	return []binding{
		{[]string{"x"}, "stop the run (on Runs: the one under the cursor)", "", nil, a.askStop},
		{[]string{"p"}, "pause the run, or resume it", "", nil, a.pause},
		{[]string{"c"}, "save a checkpoint now", "", nil, func() tea.Cmd { return a.request(a.activeRun(), "checkpoint") }},
		{[]string{"r"}, "resume a run that ended early", "", nil, a.askResume},
		{[]string{"?"}, "this help", "", nil, doing(a.openHelp)},
		{[]string{"q", "ctrl+c"}, "quit; training continues", "q quit", nil, a.leave},
	}
}

// controllable returns an error where nothing can be asked of a run here. instead is the command that does it elsewhere.
func (w *workspace) controllable(instead string) error {
	if w.options.Actions == nil {
		return errors.New("read-only: use ftft " + instead)
	}
	return nil
}

// askStop asks whether to stop a run.
func (a *App) askStop() tea.Cmd {
	run := a.activeRun()
	if run == nil || !run.Active() {
		a.say(idle(run), nil)
		return nil
	}
	if err := a.controllable("stop " + run.ID()); err != nil {
		a.say("", err)
		return nil
	}
	stop := func() tea.Cmd {
		a.say("Asking "+run.ID()+" to stop …", nil)
		return a.reporting(func() answer {
			return answer{run.ID() + " finishes its step, saves its weights and ends.", a.options.Actions.Stop(run.Dir)}
		})
	}
	return a.ask(&question{text: fmt.Sprintf("Stop %s and keep its weights? x yes, any other key cancels", run.ID()), answers: map[string]func() tea.Cmd{"x": stop}})
}

// idle says that a run is not running.
func idle(run *watch.Run) string {
	if run == nil {
		return "No run is active here."
	}
	return run.ID() + " is not running: it is " + run.State() + "."
}

// pause pauses a run, or resumes a paused one.
func (a *App) pause() tea.Cmd {
	run := a.activeRun()
	if run != nil && run.Status.Paused {
		return a.request(run, "resume")
	}
	return a.request(run, "pause")
}

// request asks a run for something and shows the run's own answer.
func (a *App) request(run *watch.Run, action string) tea.Cmd {
	if run == nil || !run.Active() {
		a.say(idle(run), nil)
		return nil
	}
	if err := a.controllable("control " + run.ID() + " " + action); err != nil {
		a.say("", err)
		return nil
	}
	a.say("Asking "+run.ID()+" …", nil)
	return a.reporting(func() answer {
		text, err := a.options.Actions.Ask(run.Dir, action)
		return answer{run.ID() + ": " + text, err}
	})
}

// askResume asks whether to resume a run.
func (a *App) askResume() tea.Cmd {
	run := a.pointed()
	switch {
	case run == nil || run.Given:
		a.say("There is no run to resume.", nil)
		return nil
	case !broken(run.Status.State):
		a.say(run.ID()+" is "+run.State()+": r resumes a run that was stopped, was interrupted or has failed.", nil)
		return nil
	}
	if err := a.controllable("resume " + run.ID()); err != nil {
		a.say("", err)
		return nil
	}
	resume := func() tea.Cmd {
		a.say("Resuming "+run.ID()+" …", nil)
		return a.reporting(func() answer {
			text, err := a.options.Actions.Resume(run.Dir)
			return answer{text, err}
		})
	}
	return a.ask(&question{text: fmt.Sprintf("Resume %s from its last checkpoint? r yes, any other key cancels", run.ID()), answers: map[string]func() tea.Cmd{"r": resume}})
}

// pointed is the run that a request is about: on Runs the one under the cursor, elsewhere the one that is viewed.
func (a *App) pointed() *watch.Run {
	if run := a.underCursor(); run != nil && a.place() == placeRuns {
		return run
	}
	_, run := a.focused()
	return run
}

// activeRun is the run to stop, to pause or to save: on Runs the one under the cursor, elsewhere the one that is viewed or,
// where that is not active, an active run of its experiment. A replay is not active.
func (a *App) activeRun() *watch.Run {
	group, run := a.focused()
	if a.place() == placeRuns {
		if run = a.pointed(); run != nil && run.Replay != nil {
			return nil
		}
		return run
	}
	if run == nil || run.Active() && run.Replay == nil {
		return run
	}
	for _, other := range group.Runs {
		if other.Active() && other.Replay == nil {
			return other
		}
	}
	return nil
}
