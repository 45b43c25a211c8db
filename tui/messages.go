package tui

import tea "charm.land/bubbletea/v2"

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

// complaining works in the background and shows only an error.
func (w *workspace) complaining(work func() error) tea.Cmd {
	return func() tea.Msg {
		if err := work(); err != nil {
			return finished{deliver: func() tea.Cmd { w.say("", err); return nil }}
		}
		return nil
	}
}
