package tui

import (
	"fmt"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"ftft/tui/session"
)

// The time from a change to the writing of the pose, with all changes until then, and the age at which the pose is written again.
const (
	poseAfter = 100 * time.Millisecond
	poseEvery = 5 * time.Second
)

// presenter writes the pose (present.json) for followers.
type presenter struct {
	*workspace
	app     *App
	stage   session.Stage
	written session.Pose
	at      time.Time
	waiting bool
	rest    time.Duration // the time between a change and its writing
}

// keep writes the pose shortly after it has changed, and now and then to tell followers that the presenter is there.
func (p *presenter) keep() tea.Cmd {
	if p.options.Present == "" || p.waiting || p.focus == "" {
		return nil
	}
	if time.Since(p.at) < poseEvery && p.pose().Same(p.written) {
		return nil
	}
	p.waiting = true
	return tea.Tick(p.rest, func(time.Time) tea.Msg { return finished{deliver: p.write, quiet: true} })
}

// write writes the pose in the background.
func (p *presenter) write() tea.Cmd {
	pose := p.pose()
	p.waiting, p.written, p.at = false, pose, time.Now()
	run := p.options.Present
	return p.complaining(func() error {
		if err := p.stage.Write(run, pose); err != nil {
			return fmt.Errorf("followers see nothing: %w", err)
		}
		return nil
	})
}

// withdraw removes the pose when the presenter leaves.
func (p *presenter) withdraw() error { return p.stage.Leave(p.options.Present) }

// pose returns what the presenter shows now.
func (p *presenter) pose() session.Pose {
	shown := session.Pose{
		View: p.app.remember.view(), Presenter: presenterName, Time: time.Now().UTC(),
		Run: p.focus.ID(), Within: p.sharing(), Search: p.sel.Search.Text,
	}
	shown.View.Drawn = nil // Curves has it
	shown.Over, shown.Line = p.overlay()
	if run := p.underCursor(); run != nil {
		shown.Listed = run.ID()
	}
	for _, s := range p.app.screens {
		if s, ok := s.(posed); ok {
			s.pose(&shown)
		}
	}
	if c := p.clock; c != nil {
		shown.Replay = &session.PoseClock{Run: c.Run.ID(), From: c.From.Seconds(), Since: c.Since.UTC(), Speed: c.Speed, Paused: c.Paused}
	}
	return shown
}

// overlay returns the overlay that followers see, and its cursor, first line or page. A prompt, a question or the palette above it
// does not hide it from them.
func (p *presenter) overlay() (name string, line int) {
	switch top := p.app.topOf(paneLayer); {
	case p.app.isOpen(p.app.help):
		return p.app.help.name(), p.app.help.page
	case top == p.app.commander:
		return p.app.commander.name(), p.app.commander.at
	case top == p.app.explainer:
		return p.app.explainer.name(), p.app.explainer.at
	case top == p.app.near:
		return p.app.near.name(), p.app.near.at
	case top == p.app.reader:
		return p.app.reader.name(), p.app.reader.top
	}
	return "", 0
}

// presenterName is the name of this process for followers: PID on HOST.
var presenterName = func() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%d on %s", os.Getpid(), host)
}()
