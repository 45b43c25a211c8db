package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// finished is the message that background work is done. Update calls deliver, which hands over the result.
type finished struct {
	deliver func() tea.Cmd
	quiet   bool // the result does not change the screen
}

// background does work outside Update and hands its result to take, which runs in Update.
func background[V any](work func() V, take func(V) tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		v := work()
		return finished{deliver: func() tea.Cmd { return take(v) }}
	}
}

// quietly is background for a result that does not change the screen.
func quietly[V any](work func() V, take func(V) tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		v := work()
		return finished{deliver: func() tea.Cmd { return take(v) }, quiet: true}
	}
}

// after runs a command after a wait.
func after(wait time.Duration, cmd tea.Cmd) tea.Cmd {
	return tea.Tick(wait, func(time.Time) tea.Msg { return cmd() })
}

// A job computes the value of one key at a time in the background and keeps the last one.
type job[K comparable, V any] struct {
	key     K
	value   V
	known   bool // value is that of key
	running bool
}

// want computes the value of a key, unless it is known or another value is being computed. Update calls done when a value has been
// stored; done calls want again for what is missing by then.
func (j *job[K, V]) want(key K, work func() V, done func() tea.Cmd) tea.Cmd {
	if j.running || j.known && j.key == key {
		return nil
	}
	j.running = true
	return background(work, func(v V) tea.Cmd {
		j.key, j.value, j.known, j.running = key, v, true, false
		return done()
	})
}

// forget drops the value; one that is being computed still arrives.
func (j *job[K, V]) forget() {
	var none V
	j.value, j.known = none, false
}
