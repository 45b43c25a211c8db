package tui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/train/watch"
	"ftft/tui/view"
)

// speeds are those of a replay, in seconds of the run a second.
var speeds = []float64{1, 2, 5, 10, 100}

// replayKeys are those of a replay.
func replayKeys() []binding {
	on := []screen{mapScreen, curvesScreen, examplesScreen, runsScreen, launchScreen}
	do := func(change func(*App)) func(*App) tea.Cmd {
		return func(a *App) tea.Cmd { change(a); return nil }
	}
	return []binding{
		{[]string{"R"}, "replay the run from its beginning; or end that", "", nil, do((*App).replay)},
		{[]string{"space"}, "the replay stands, or goes on", "", on, do((*App).holdReplay)},
		{[]string{"*"}, "the replay at x1, x2, x5, x10, x100", "", nil, do((*App).nextSpeed)},
		{[]string{"("}, "the replay back", "", nil, do(func(a *App) { a.seek(-0.05) })},
		{[]string{")"}, "the replay forward", "", nil, do(func(a *App) { a.seek(0.05) })},
	}
}

// replay shows the run looked at as if it were live, or ends that.
func (a *App) replay() {
	_, run := a.focused()
	switch {
	case run == nil || run.Given || run.Start == nil:
		a.say("", errors.New("there is no training here to replay"))
	case a.clock != nil && a.clock.Run == run.Dir:
		a.setClock(nil)
		a.say("The replay has ended: "+run.ID()+" is shown as it stands.", nil)
	case run.Active():
		a.say("", errors.New(run.ID()+" is at work: a replay is of a run that has ended"))
	default:
		a.setClock(watch.NewClock(run.Dir, 10, time.Now()))
		a.say("Replaying "+run.ID()+": space stands, ( ) move, * changes the speed, R ends it.", nil)
	}
}

func (a *App) setClock(clock *watch.Clock) {
	a.clock = clock
	a.feed.Replay(clock)
}

// replayed is the run that is replayed and how far the clock is in it; nil without a replay, or before it is shown.
func (a *App) replayed() (run *watch.Run, at time.Duration) {
	if a.clock == nil {
		a.say("Nothing is replayed: R begins.", nil)
		return nil, 0
	}
	a.eachRun(func(_ *watch.Group, r *watch.Run) {
		if r.Dir == a.clock.Run && r.Replay != nil {
			run, at = r, min(a.clock.At(time.Now()), r.Replay.Of)
		}
	})
	return run, at
}

// holdReplay stops the clock or lets it go on; at the end it begins again.
func (a *App) holdReplay() {
	run, at := a.replayed()
	switch {
	case run == nil:
	case at >= run.Replay.Of && !a.clock.Paused:
		a.setClock(a.clock.Set(0, a.clock.Speed, false, time.Now()))
	default:
		a.setClock(a.clock.Set(at, a.clock.Speed, !a.clock.Paused, time.Now()))
	}
}

func (a *App) nextSpeed() {
	run, at := a.replayed()
	if run == nil {
		return
	}
	next := speeds[0]
	for _, speed := range speeds {
		if speed > a.clock.Speed {
			next = speed
			break
		}
	}
	a.setClock(a.clock.Set(at, next, a.clock.Paused, time.Now()))
}

// seek moves the clock by a share of the run's time.
func (a *App) seek(share float64) {
	run, at := a.replayed()
	if run == nil {
		return
	}
	to := min(at+time.Duration(share*float64(run.Replay.Of)), run.Replay.Of)
	a.setClock(a.clock.Set(to, a.clock.Speed, a.clock.Paused, time.Now()))
}

// replayLine is the replay's slider, with how the run stood then.
func (a *App) replayLine(run *watch.Run) string {
	speed, clock := "", a.clock
	if clock != nil && clock.Run == run.Dir {
		speed = fmt.Sprintf(" ×%g", clock.Speed)
		if clock.Paused {
			speed += " stands"
		}
	}
	at, of := run.Replay.At, run.Replay.Of
	width := min(max(a.w/4, 10), 40)
	place := min(int(float64(width-1)*float64(at)/float64(max(of, 1))+0.5), width-1)
	slider := strings.Repeat("━", place) + "●" + strings.Repeat("─", width-1-place)
	state := fmt.Sprintf("%s · step %s of %s, epoch %d", run.Status.State, view.Count(run.Status.Step), view.Count(run.Status.MaxSteps), run.Epochs+1)
	if !run.Active() {
		state = run.Status.State
	}
	return a.theme.Warn.Render("replay"+speed) + " " + slider + " " + view.Duration(at) + " of " + view.Duration(of) + a.theme.Dim.Render("  "+state)
}
