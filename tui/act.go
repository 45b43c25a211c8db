package tui

import (
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"ftft/train/watch"
	"ftft/tui/view"
)

func (a *App) show(to screen) tea.Cmd {
	a.screen = to
	return a.fetchTexts()
}

// turn looks at another run, by places in the list. A run that several studies share comes once.
func (a *App) turn(by int) tea.Cmd {
	var runs []*watch.Run
	at := 0
	for _, run := range a.runs() {
		if slices.ContainsFunc(runs, func(other *watch.Run) bool { return other.Dir == run.Dir }) {
			continue
		}
		if run.Dir == a.focus {
			at = len(runs)
		}
		runs = append(runs, run)
	}
	if len(runs) == 0 {
		return nil
	}
	return a.lookAt(runs[(at+by+len(runs))%len(runs)])
}

// open looks at the run under the cursor of the list.
func (a *App) open() tea.Cmd {
	runs := a.runs()
	if a.listed >= len(runs) {
		return nil
	}
	a.screen = mapScreen
	return a.lookAt(runs[a.listed])
}

func (a *App) lookAt(run *watch.Run) tea.Cmd {
	a.focus, a.listed = run.Dir, a.indexOf(run.Dir)
	a.choice.cursor, a.choice.health = 0, nil
	a.desk.leave()
	return a.choose()
}

// move moves the cursor of the screen shown.
func (a *App) move(by int) tea.Cmd {
	to := func(cursor int) int { return max(min(cursor+by, a.entries()-1), 0) }
	switch a.place() {
	case runsScreen, pickScreen:
		a.listed = to(a.listed)
	case compareScreen:
		a.duel.Cursor = to(a.duel.Cursor)
	case launchScreen:
		a.launcher.arm = to(a.launcher.arm)
	default:
		a.choice.cursor, a.desk.search.astray = to(a.choice.cursor), -1
	}
	return a.fetchTexts()
}

// entries is how many the cursor of the screen shown moves over.
func (a *App) entries() int {
	switch a.place() {
	case runsScreen, pickScreen:
		return len(a.runs())
	case compareScreen:
		return len(a.duel.listed)
	case launchScreen:
		return len(view.Arms)
	}
	return len(a.choice.list)
}

func (a *App) page() int {
	if a.screen == examplesScreen {
		return view.ExampleRoom(a.paneHeight())
	}
	return 10
}

// answer is what came of an action.
type answer struct {
	text string
	err  error
}

// unavailable says why the strategy cannot choose.
func (a *App) unavailable() string {
	switch picture := a.seen(); {
	case a.choice.ranking != nil:
		return ""
	case a.choice.rule != "" && a.desk.rules.matched[a.choice.rule] != nil && a.desk.rules.matched[a.choice.rule].err != nil:
		return "the rule " + a.choice.rule + ": " + firstLine(a.desk.rules.matched[a.choice.rule].err) + " (esc, u)"
	case a.choice.rule != "" && picture != nil && picture.Map != nil:
		return "looking for what the rule matches …"
	case picture != nil && picture.Preview:
		return "reading the examples …"
	case picture == nil || picture.Map == nil:
		return "selections wait for the first complete epoch"
	}
	return a.choice.strategy + " waits for the second complete epoch: variability takes two"
}

// askStop asks whether to stop a run.
func (a *App) askStop() tea.Cmd {
	run := a.running()
	switch {
	case run == nil || !run.Active():
		a.say(idle(run), nil)
		return nil
	case a.options.Actions == nil:
		a.say("", errors.New("this screen only looks: stop it with ftft stop "+run.ID()))
		return nil
	}
	text := fmt.Sprintf("x stops %s, its weights are kept; any other key: no", run.ID())
	a.asked = &question{text: text, keys: []string{"x"}, yes: func() tea.Cmd {
		a.say("Asking "+run.ID()+" to stop …", nil)
		return func() tea.Msg {
			return answer{run.ID() + " finishes its step, saves its weights and ends.", a.options.Actions.Stop(run.Dir)}
		}
	}}
	return nil
}

// idle says that a run does not run.
func idle(run *watch.Run) string {
	if run == nil {
		return "Nothing runs here."
	}
	return run.ID() + " does not run: it is " + run.State() + "."
}

// pause pauses a run, or has a paused one go on.
func (a *App) pause() tea.Cmd {
	run := a.running()
	if run != nil && run.Status.Paused {
		return a.request(run, "resume")
	}
	return a.request(run, "pause")
}

// request asks a run for something; its own answer is shown.
func (a *App) request(run *watch.Run, action string) tea.Cmd {
	switch {
	case run == nil || !run.Active():
		a.say(idle(run), nil)
		return nil
	case a.options.Actions == nil:
		a.say("", errors.New("this screen only looks: ftft control "+run.ID()+" "+action))
		return nil
	}
	a.say("Asking "+run.ID()+" …", nil)
	return func() tea.Msg {
		text, err := a.options.Actions.Ask(run.Dir, action)
		return answer{run.ID() + ": " + text, err}
	}
}

// askResume asks whether to go on with a run.
func (a *App) askResume() tea.Cmd {
	run := a.pointed()
	switch {
	case run == nil || run.Given:
		a.say("There is no run to resume.", nil)
		return nil
	case !broken(run.Status.State):
		a.say(run.ID()+" is "+run.State()+": r is for a run that was stopped, interrupted or has failed.", nil)
		return nil
	case a.options.Actions == nil:
		a.say("", errors.New("this screen only looks: ftft resume "+run.ID()))
		return nil
	}
	text := fmt.Sprintf("r goes on with %s from its last checkpoint; any other key: no", run.ID())
	a.asked = &question{text: text, keys: []string{"r"}, yes: func() tea.Cmd {
		a.say("Resuming "+run.ID()+" …", nil)
		return func() tea.Msg {
			text, err := a.options.Actions.Resume(run.Dir)
			return answer{text, err}
		}
	}}
	return nil
}

// pointed is the run that a request is about: in the list of runs the one under the cursor, elsewhere the one looked at.
func (a *App) pointed() *watch.Run {
	if runs := a.runs(); a.place() == runsScreen && a.listed < len(runs) {
		return runs[a.listed]
	}
	_, run := a.focused()
	return run
}

// running is the run that is to stop, to pause or to save: outside the list of runs the active one of the study, where the one looked at isn't.
func (a *App) running() *watch.Run {
	group, run := a.focused()
	if a.place() == runsScreen {
		if run = a.pointed(); run != nil && run.Replay != nil {
			return nil
		}
		return run
	}
	if run == nil || run.Active() && run.Replay == nil { // a replay is not at work
		return run
	}
	for _, other := range group.Runs {
		if other.Active() && other.Replay == nil {
			return other
		}
	}
	return nil
}
