package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// lengths is a job that computes the length of a word. wanted is the word that the screen shows.
type lengths struct {
	job      job[string, int]
	wanted   string
	computed []string // the words, in the order of the computations
	done     int      // how many values were stored
}

func (l *lengths) want(word string) tea.Cmd {
	l.wanted = word
	return l.job.want(word, func() int { l.computed = append(l.computed, word); return len(word) }, func() tea.Cmd {
		l.done++
		return l.want(l.wanted)
	})
}

// deliver runs a command of background work and delivers its result. It returns the command that follows.
func deliver(t *testing.T, cmd tea.Cmd) tea.Cmd {
	t.Helper()
	if cmd == nil {
		t.Fatal("got no command, want background work")
	}
	msg := cmd()
	done, ok := msg.(finished)
	if !ok {
		t.Fatalf("got %T, want finished", msg)
	}
	return done.deliver()
}

// check checks the stored key and value and the words computed so far.
func (l *lengths) check(t *testing.T, key string, value int, known bool, computed int) {
	t.Helper()
	if l.job.key != key || l.job.value != value || l.job.known != known || len(l.computed) != computed {
		t.Errorf("got %q: %d (known: %v), computed %q; want %q: %d (known: %v) after %d computations",
			l.job.key, l.job.value, l.job.known, l.computed, key, value, known, computed)
	}
}

func TestJobKeepsItsValue(t *testing.T) {
	var l lengths
	first := l.want("one")
	l.check(t, "", 0, false, 0) // nothing is computed in Update
	if again := deliver(t, first); again != nil {
		t.Error("a value that is known is computed again")
	}
	l.check(t, "one", 3, true, 1)
	if l.want("one") != nil {
		t.Error("want of the known key: got a command, want none")
	}
	if l.done != 1 {
		t.Errorf("done was called %d times, want 1", l.done)
	}
}

func TestJobRunsOneAtATime(t *testing.T) {
	var l lengths
	first := l.want("one")
	for _, word := range []string{"one", "three", "seventeen"} {
		if l.want(word) != nil {
			t.Errorf("want of %s while another is computed: got a command, want none", word)
		}
	}
	// The key has changed meanwhile: only the one wanted last is computed.
	second := deliver(t, first)
	l.check(t, "one", 3, true, 1)
	if !l.job.running || l.want("seventeen") != nil {
		t.Error("the second computation does not count as running")
	}
	if third := deliver(t, second); third != nil {
		t.Error("a third computation follows")
	}
	l.check(t, "seventeen", 9, true, 2)
}

func TestJobComputesAStaleKeyAgain(t *testing.T) {
	var l lengths
	deliver(t, l.want("one"))
	deliver(t, l.want("three"))
	l.check(t, "three", 5, true, 2)
	deliver(t, l.want("one")) // only the last value is kept
	l.check(t, "one", 3, true, 3)
}

func TestJobForgets(t *testing.T) {
	var l lengths
	deliver(t, l.want("one"))
	l.job.forget()
	l.check(t, "one", 0, false, 1)
	running := l.want("one")
	l.job.forget() // the running computation continues, and its value is stored
	if l.want("one") != nil {
		t.Error("forget allows a second computation beside the first")
	}
	deliver(t, running)
	l.check(t, "one", 3, true, 2)
}

// The screen is redrawn for the results of background, but not for those of quietly.
func TestQuietWork(t *testing.T) {
	b := finishedReference(t, 80, 24)
	for name, work := range map[string]struct {
		cmd   tea.Cmd
		stale bool
	}{
		"background": {background(func() int { return 1 }, func(int) tea.Cmd { return nil }), true},
		"quietly":    {quietly(func() int { return 1 }, func(int) tea.Cmd { return nil }), false},
	} {
		b.View()
		if b.Update(work.cmd()); b.stale != work.stale {
			t.Errorf("%s: got a redraw %v, want %v", name, b.stale, work.stale)
		}
	}
}
