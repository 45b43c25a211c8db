package tui

import (
	"fmt"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/session"
)

// A pose is written so long after a change, with everything that changes meanwhile, and again when it is that old.
const (
	poseAfter = 100 * time.Millisecond
	poseEvery = 5 * time.Second
)

// presenter writes what the screen shows for followers.
type presenter struct {
	stage   session.Stage
	written session.Pose
	at      time.Time
	waiting bool
	rest    time.Duration // between a change and its writing
}

// keepPose writes the pose shortly after it has changed, and now and then to tell followers that the presenter is there.
func (a *App) keepPose() tea.Cmd {
	p := &a.presenter
	if a.options.Present == "" || p.waiting || a.focus == "" {
		return nil
	}
	if time.Since(p.at) < poseEvery && a.pose().Same(p.written) {
		return nil
	}
	p.waiting = true
	return tea.Tick(p.rest, func(time.Time) tea.Msg { return finished{deliver: a.writePose, quiet: true} })
}

// writePose writes the pose in the background.
func (a *App) writePose() tea.Cmd {
	p, pose := &a.presenter, a.pose()
	p.waiting, p.written, p.at = false, pose, time.Now()
	run := a.options.Present
	return a.complaining(func() error {
		if err := p.stage.Write(run, pose); err != nil {
			return fmt.Errorf("followers see nothing: %w", err)
		}
		return nil
	})
}

// withdraw removes the pose when the presenter leaves.
func (a *App) withdraw() error { return a.presenter.stage.Leave(a.options.Present) }

// pose is what the presenter shows now.
func (a *App) pose() session.Pose {
	p := session.Pose{View: a.sessionView(), Presenter: presenterName, Time: time.Now().UTC(), Run: a.focus.ID(), Search: a.sel.Search.Text}
	p.View.Drawn = nil // Curves has it
	p.Over, p.Line = a.poseOverlay()
	if run := a.underCursor(); run != nil {
		p.Listed = run.ID()
	}
	for _, s := range a.screens {
		if s, ok := s.(posed); ok {
			s.pose(&p)
		}
	}
	if c := a.clock; c != nil {
		p.Replay = &session.PoseClock{Run: c.Run.ID(), From: c.From.Seconds(), Since: c.Since.UTC(), Speed: c.Speed, Paused: c.Paused}
	}
	return p
}

// poseOverlay is the overlay that followers see, and its cursor, first line or page.
func (a *App) poseOverlay() (name string, line int) {
	switch top := a.top(); {
	case a.isOpen(a.help):
		return a.help.name(), a.help.page
	case top == a.commander:
		return a.commander.name(), a.commander.at
	case top == a.explainer:
		return a.explainer.name(), a.explainer.at
	case top == a.reader:
		return a.reader.name(), a.reader.top
	}
	return "", 0
}

// presenterName is how followers see this process: PID on HOST.
var presenterName = func() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%d on %s", os.Getpid(), host)
}()
