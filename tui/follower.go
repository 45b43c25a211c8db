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

// The time between two readings of the presenter's pose, and the age of a pose at which the presenter is considered gone.
const (
	followEvery = 100 * time.Millisecond
	goneAfter   = 3 * poseEvery
)

// follower mirrors the view of a presenter.
type follower struct {
	*workspace
	app      *App
	seen     session.Pose       // the last pose read
	fresh    time.Time          // when the pose last changed
	state    string             // a description of the presenter's state; "" = present
	again    bool               // the pose names something that does not exist yet: mirror it again
	mirrored *session.PoseClock // as it was mirrored
}

// followerKeys are the bindings of a follower: those that change the look of the screen, but not its content.
var followerKeys = []string{"q", "ctrl+t"}

// look reads the pose after a wait. The next reading begins when this pose has been shown.
func (f *follower) look() tea.Cmd {
	if f.options.Follow == "" {
		return nil
	}
	return tea.Tick(followEvery, func(time.Time) tea.Msg {
		pose, err := session.ReadPose(f.options.Follow, f.app.numbers())
		return finished{quiet: true, deliver: func() tea.Cmd {
			return tea.Batch(f.takePose(pose, err), f.look())
		}}
	})
}

// takePose mirrors a pose that differs from the last one, and sets the presenter's state.
func (f *follower) takePose(pose session.Pose, err error) tea.Cmd {
	was, now := f.state, time.Now()
	moved := err == nil && !pose.Time.Equal(f.seen.Time)
	if moved {
		// Clocks differ between machines, so a change of the pose shows that the presenter is there. Only the first pose is judged by
		// its time.
		if !f.seen.Time.IsZero() || now.Sub(pose.Time).Abs() < goneAfter {
			f.fresh = now
		}
	}
	f.state = f.presenterState(pose, err, now)
	f.app.stale = f.app.stale || f.state != was
	if !moved && !(f.again && err == nil) {
		return nil
	}
	changed := f.again || !pose.Same(f.seen)
	f.seen = pose
	if !changed {
		return nil
	}
	f.app.stale, f.text = true, ""
	return f.mirror(pose)
}

// presenterState describes the presenter's state; "" = present.
func (f *follower) presenterState(pose session.Pose, err error, now time.Time) string {
	name := f.options.Follow.ID()
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

// mirror shows a pose.
func (f *follower) mirror(p session.Pose) tea.Cmd {
	at := func(id string) rundir.Dir { return f.options.Follow.Sibling(id) }
	run := f.runOf(at(p.Run))
	if f.again = run == nil; run == nil {
		return nil // the next reading may find it
	}
	var cmds []tea.Cmd
	if f.within = ""; p.Within != "" {
		f.within = rundir.StudyDir(at(p.Within))
	}
	if f.focus != run.Dir {
		cmds = append(cmds, f.lookAt(run))
	}
	if p.Listed != "" {
		f.listed = f.indexOf(at(p.Listed))
	}
	f.mirrorClock(p.Replay, p.Time)
	cmds = append(cmds, f.searchFor(p.Search), f.app.remember.show(p.View), f.mirrorOverlay(p.Over, p.Line))
	for _, s := range f.app.screens {
		if s, ok := s.(posed); ok {
			cmds = append(cmds, s.mirror(p))
		}
	}
	return tea.Batch(cmds...)
}

// mirrorOverlay opens the overlay of the presenter's screen and closes others.
func (f *follower) mirrorOverlay(name string, line int) (cmd tea.Cmd) {
	explaining := f.app.isOpen(f.app.explainer)
	f.app.closeAll()
	switch name {
	case f.app.help.name():
		f.app.open(f.app.help)
		f.app.help.page = min(line, f.app.help.pages()-1)
	case f.app.commander.name():
		f.app.open(f.app.commander)
		f.app.commander.at = line
	case f.app.explainer.name():
		if !explaining {
			cmd = f.readCosts()
		}
		f.app.open(f.app.explainer)
		f.app.explainer.at = min(line, max(len(f.app.explainer.items())-1, 0))
	case f.app.near.name():
		f.app.open(f.app.near)
		f.app.near.at = line
	case f.app.reader.name():
		f.app.open(f.app.reader)
		f.app.reader.top, f.app.reader.at = line, f.cursorExample()
	}
	return cmd
}

// mirrorClock replays what the presenter replays, from the position at the time the pose was written.
func (f *follower) mirrorClock(c *session.PoseClock, written time.Time) {
	before := f.mirrored
	if f.mirrored = c; c == nil {
		if f.clock != nil {
			f.setClock(nil)
		}
		return
	}
	if before != nil && *before == *c {
		return
	}
	run := f.options.Follow.Sibling(c.Run)
	if r := f.runOf(run); r != nil {
		run = r.Dir
	}
	theirs := watch.NewClock(run, c.Speed, c.Since).Set(time.Duration(c.From*float64(time.Second)), c.Speed, c.Paused, c.Since)
	now := time.Now()
	f.setClock(theirs.Set(theirs.At(written), c.Speed, c.Paused, now))
}

// foot returns the foot of a follower's screen.
func (f *follower) foot() string {
	if state := f.state; state != "" {
		return f.theme.Warn.Render(view.Clean(state)) + f.theme.Dim.Render("  q quit")
	}
	return f.theme.Dim.Render("following " + view.Clean(f.seen.Presenter) + "; this screen is read-only  ^t theme  q quit")
}
