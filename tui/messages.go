package tui

import tea "charm.land/bubbletea/v2"

// answer is what came of an action, for the foot of the screen.
type answer struct {
	text string
	err  error
}

// message is the line at the foot of the screen, until the next key.
type message struct {
	text  string
	alarm bool // it is about something wrong
}

// say shows a text, or an error in its place.
func (m *message) say(text string, err error) {
	m.text, m.alarm = text, err != nil
	if err != nil {
		m.text = err.Error()
	}
}

// reporting does something in the background and shows what came of it.
func (w *workspace) reporting(work func() answer) tea.Cmd {
	return background(work, func(a answer) tea.Cmd { w.say(a.text, a.err); return nil })
}

// complaining does something in the background and shows only an error of it.
func (w *workspace) complaining(work func() error) tea.Cmd {
	return func() tea.Msg {
		if err := work(); err != nil {
			return finished{deliver: func() tea.Cmd { w.say("", err); return nil }}
		}
		return nil
	}
}
