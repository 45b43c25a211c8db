package tui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"ftft/train/watch"
	"ftft/tui/view"
)

// speeds are the speeds of a replay: seconds of the run in a second.
var speeds = []float64{1, 2, 5, 10, 100}

func (a *App) replayKeys() []binding {
	var everyScreen []*place
	for _, s := range a.screens {
		if s.home() != placeTriage { // where space goes to the next suspect
			everyScreen = append(everyScreen, s.home())
		}
	}
	judging := []*place{placeTriage}
	replaying := func() bool { return a.clock != nil }
	return under(taskRun, []binding{
		{keys: []string{"R"}, help: "replay the run from its beginning, or end the replay", off: judging, do: doing(a.toggleReplay)},
		{keys: []string{"space"}, help: "pause the replay, or continue it", now: replaying, on: everyScreen, do: doing(a.holdReplay)},
		{keys: []string{"*"}, help: "replay at x1, x2, x5, x10, x100", off: judging, now: replaying, do: doing(a.nextSpeed)},
		{keys: []string{"("}, help: "move the replay back", off: judging, now: replaying, do: doing(func() { a.seek(-0.05) })},
		{keys: []string{")"}, help: "move the replay forward", off: judging, now: replaying, do: doing(func() { a.seek(0.05) })},
	}...)
}

// toggleReplay replays the viewed run as if it were live, or ends the replay.
func (w *workspace) toggleReplay() {
	_, run := w.focused()
	switch {
	case run == nil || run.Given || run.Start == nil:
		w.say("", errors.New("there is no training here to replay"))
	case w.clock != nil && w.clock.Run == run.Dir:
		w.setClock(nil)
		w.say("End of the replay: "+run.ID()+" is shown as it is now.", nil)
	case run.Active():
		w.say("", errors.New(run.ID()+" is running: only a run that has ended can be replayed"))
	default:
		w.setClock(watch.NewClock(run.Dir, 10, time.Now()))
		w.say("Replaying "+run.ID()+": space pauses, ( ) move, * changes the speed, R ends it.", nil)
	}
}

func (w *workspace) setClock(clock *watch.Clock) {
	w.clock = clock
	w.feed.Replay(clock)
}

// replayed returns the run of the replay and the time in it, or nil without a replay or before it is shown.
func (w *workspace) replayed() (run *watch.Run, at time.Duration) {
	if w.clock == nil {
		w.say("No replay: R begins one.", nil)
		return nil, 0
	}
	w.eachRun(func(_ *watch.Group, r *watch.Run) {
		if r.Dir == w.clock.Run && r.Replay != nil {
			run, at = r, min(w.clock.At(time.Now()), r.Replay.Of)
		}
	})
	return run, at
}

// holdReplay pauses or continues the clock. At the end of the replay, the clock begins again.
func (w *workspace) holdReplay() {
	run, at := w.replayed()
	switch {
	case run == nil:
	case at >= run.Replay.Of && !w.clock.Paused:
		w.setClock(w.clock.Set(0, w.clock.Speed, false, time.Now()))
	default:
		w.setClock(w.clock.Set(at, w.clock.Speed, !w.clock.Paused, time.Now()))
	}
}

func (w *workspace) nextSpeed() {
	run, at := w.replayed()
	if run == nil {
		return
	}
	next := speeds[0]
	for _, speed := range speeds {
		if speed > w.clock.Speed {
			next = speed
			break
		}
	}
	w.setClock(w.clock.Set(at, next, w.clock.Paused, time.Now()))
}

// seek moves the clock by a share of the run's time.
func (w *workspace) seek(share float64) {
	run, at := w.replayed()
	if run == nil {
		return
	}
	to := min(at+time.Duration(share*float64(run.Replay.Of)), run.Replay.Of)
	w.setClock(w.clock.Set(to, w.clock.Speed, w.clock.Paused, time.Now()))
}

// replayLine returns the slider of the replay, with the state of the run at that time.
func (w *workspace) replayLine(run *watch.Run) string {
	speed, clock := "", w.clock
	if clock != nil && clock.Run == run.Dir {
		speed = fmt.Sprintf(" ×%g", clock.Speed)
		if clock.Paused {
			speed += " paused"
		}
	}
	at, of := run.Replay.At, run.Replay.Of
	width := min(max(w.layout.w/4, 10), 40)
	place := min(int(float64(width-1)*float64(at)/float64(max(of, 1))+0.5), width-1)
	slider := strings.Repeat("━", place) + "●" + strings.Repeat("─", width-1-place)
	state := fmt.Sprintf("%s · step %s of %s, epoch %d",
		run.Status.State, view.Count(run.Status.Step), view.Count(run.Status.MaxSteps), run.Epochs+1)
	if !run.Active() {
		state = run.Status.State
	}
	time := view.Duration(at) + " of " + view.Duration(of)
	return w.theme.Warn.Render("replay"+speed) + " " + slider + " " + time + w.theme.Dim.Render("  "+state)
}
