package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/session"
	"ftft/tui/view"
)

// The time between two looks at the presenter's pose, and how old a pose is when the presenter counts as gone.
const (
	followEvery = 100 * time.Millisecond
	goneAfter   = 3 * poseEvery
)

// follower mirrors what a presenter shows.
type follower struct {
	seen  session.Pose       // the last one read
	fresh time.Time          // when it changed
	state string             // of the presenter, in words; "" = present
	again bool               // the pose is about something that was not there yet
	clock *session.PoseClock // as it was mirrored
}

// followerKeys are the bindings of a follower: those that change how the screen looks, not what it shows.
var followerKeys = []string{"q", "ctrl+t"}

// follow reads the pose after a while. The next read begins when this one has been shown.
func (a *App) follow() tea.Cmd {
	if a.options.Follow == "" {
		return nil
	}
	return tea.Tick(followEvery, func(time.Time) tea.Msg {
		pose, err := session.ReadPose(a.options.Follow, len(a.screens))
		return finished{quiet: true, deliver: func() tea.Cmd {
			return tea.Batch(a.takePose(pose, err), a.follow())
		}}
	})
}

// takePose mirrors a pose that differs from the last one, and says how the presenter stands.
func (a *App) takePose(pose session.Pose, err error) tea.Cmd {
	f := &a.follower
	was, now := f.state, time.Now()
	moved := err == nil && !pose.Time.Equal(f.seen.Time)
	if moved {
		// Clocks differ between machines: what counts is that the pose changes. Only the first one is judged by its time.
		if !f.seen.Time.IsZero() || now.Sub(pose.Time).Abs() < goneAfter {
			f.fresh = now
		}
	}
	f.state = a.presenterState(pose, err, now)
	a.stale = a.stale || f.state != was
	if !moved && !(f.again && err == nil) {
		return nil
	}
	changed := f.again || !pose.Same(f.seen)
	f.seen = pose
	if !changed {
		return nil
	}
	a.stale, a.text = true, ""
	return a.mirror(pose)
}

// presenterState says how the presenter stands; "" = present.
func (a *App) presenterState(pose session.Pose, err error, now time.Time) string {
	f, name := &a.follower, a.options.Follow.ID()
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.seen.Time.IsZero():
		return fmt.Sprintf("No presenter yet. Start one: ftft present %s", name)
	case errors.Is(err, fs.ErrNotExist):
		return "The presenter has left; this is the last view."
	case err != nil:
		return err.Error()
	case now.Sub(f.fresh) >= goneAfter:
		return fmt.Sprintf("No word from the presenter (%s) since %s.", view.Clean(pose.Presenter), pose.Time.Local().Format(time.TimeOnly))
	}
	return ""
}

// mirror puts this screen into a pose.
func (a *App) mirror(p session.Pose) tea.Cmd {
	at := func(id string) rundir.Dir { return a.options.Follow.Sibling(id) }
	run := a.runOf(at(p.Run))
	if a.follower.again = run == nil; run == nil {
		return nil // the next look may find it
	}
	var cmds []tea.Cmd
	if a.focus != run.Dir {
		cmds = append(cmds, a.lookAt(run))
	}
	if p.Listed != "" {
		a.listed = a.indexOf(at(p.Listed))
	}
	a.mirrorClock(p.Replay, p.Time)
	cmds = append(cmds, a.searchFor(p.Search), a.showView(p.View), a.mirrorOverlay(p.Over, p.Line))
	for _, s := range a.screens {
		if s, ok := s.(posed); ok {
			cmds = append(cmds, s.mirror(p))
		}
	}
	return tea.Batch(cmds...)
}

// mirrorOverlay opens the overlay of the presenter's screen and closes others.
func (a *App) mirrorOverlay(name string, line int) (cmd tea.Cmd) {
	explaining := a.isOpen(a.explainer)
	a.closeAll()
	switch name {
	case a.help.name():
		a.open(a.help)
		a.help.page = min(line, a.help.pages()-1)
	case a.commander.name():
		a.open(a.commander)
		a.commander.at = line
	case a.explainer.name():
		if !explaining {
			cmd = a.readCosts()
		}
		a.open(a.explainer)
		a.explainer.at = min(line, max(len(a.explainer.items())-1, 0))
	case a.reader.name():
		a.open(a.reader)
		a.reader.top, a.reader.at = line, a.sel.Cursor
	}
	return cmd
}

// mirrorClock replays what the presenter replays, from where that stood when the pose was written.
func (a *App) mirrorClock(c *session.PoseClock, written time.Time) {
	before := a.follower.clock
	if a.follower.clock = c; c == nil {
		if a.clock != nil {
			a.setClock(nil)
		}
		return
	}
	if before != nil && *before == *c {
		return
	}
	run := a.options.Follow.Sibling(c.Run)
	if r := a.runOf(run); r != nil {
		run = r.Dir
	}
	theirs := watch.NewClock(run, c.Speed, c.Since).Set(time.Duration(c.From*float64(time.Second)), c.Speed, c.Paused, c.Since)
	now := time.Now()
	a.setClock(theirs.Set(theirs.At(written), c.Speed, c.Paused, now))
}

// followLine is the foot of a follower's screen.
func (a *App) followLine() string {
	if state := a.follower.state; state != "" {
		return a.theme.Warn.Render(view.Clean(state)) + a.theme.Dim.Render("  q quit")
	}
	return a.theme.Dim.Render("following " + view.Clean(a.follower.seen.Presenter) + "; this screen is read-only  ^t theme  q quit")
}
