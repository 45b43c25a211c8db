package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"ftft/internal/disk"
)

// answer is the result of an action, to be shown at the foot of the screen.
type answer struct {
	text string
	err  error
}

// message is the line at the foot of the screen, until the next key.
type message struct {
	text  string
	alarm bool // whether it reports a problem
}

// say shows an error or, if there is none, a text.
func (m *message) say(text string, err error) {
	m.text, m.alarm = text, err != nil
	if err != nil {
		m.text = err.Error()
	}
}

// reporting works in the background and shows the answer.
func (w *workspace) reporting(work func() answer) tea.Cmd {
	return background(work, func(a answer) tea.Cmd { w.say(a.text, a.err); return nil })
}

// complaining works in the background and shows only an error, unless there is one on the line: the work is not what the user has
// asked for.
func (w *workspace) complaining(work func() error) tea.Cmd {
	return func() tea.Msg {
		err := work()
		if err == nil {
			return nil
		}
		if disk.Full(err) {
			err = fmt.Errorf("the disk is full; free some space: %w", err)
		}
		return finished{deliver: func() tea.Cmd {
			if w.text == "" || !w.alarm {
				w.say("", err)
			}
			return nil
		}}
	}
}
