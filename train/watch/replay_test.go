package watch

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// At each event, a replayed run looks as it did when the event had just been logged.
func TestReplayShowsTheRunAsItWas(t *testing.T) {
	root := t.TempDir()
	dir := rundir.Dir(filepath.Join(root, "r"))
	live := New(root)
	w := watchtest.New(dir, runPlan())
	type state struct{ events, losses, epochs, evaluations, seen int }
	var states []state
	for range 4 { // epochs of ten steps, in two halves
		for range 2 {
			w.Train(5)
			s := pollPicture(t, live, dir)
			run := s.Groups[0].Runs[0]
			states = append(states, state{len(live.runs[dir].fold.Events), len(run.Losses), run.Epochs, len(run.Evaluations), s.Picture.Seen})
		}
	}
	w.Finish(rundir.Finish{Status: rundir.Complete})
	full := pollPicture(t, live, dir)

	f := New(root)
	f.Poll(dir)
	f.Poll(dir)
	f.runs[dir].at(0)                          // computes the events' times
	for _, back := range []bool{false, true} { // forward, and back again
		order := slices.Clone(states)
		if back {
			slices.Reverse(order)
			order = order[1:] // the current position
		}
		for _, want := range order {
			clock := NewClock(dir, 1, time.Now())
			f.Replay(clock.Set(f.runs[dir].times[want.events-1], 1, true, time.Now()))
			s := pollPicture(t, f, dir)
			run := s.Groups[0].Runs[0]
			if !run.Active() || len(run.Losses) != want.losses || run.Epochs != want.epochs ||
				len(run.Evaluations) != want.evaluations || run.Status.Step != want.losses {
				t.Errorf("%s, step %d, %d losses, %d epochs; want %+v", run.Status.State, run.Status.Step, len(run.Losses), run.Epochs, want)
			}
			if got := s.Picture.Seen; want.losses%10 == 5 && (got < 30 || got > 70) { // the rows are drawn at random, about half of a hundred
				t.Errorf("at step %d %d rows of the epoch are seen", want.losses, got)
			}
			if s = f.Poll(dir); s.Changed || s.Picture != nil {
				t.Error("a paused clock gives a change")
			}
		}
	}
	f.Replay(NewClock(dir, 1, time.Now().Add(-time.Hour)))
	s := pollPicture(t, f, dir)
	if run := s.Groups[0].Runs[0]; run.Active() || run.Replay.At != run.Replay.Of || !slices.Equal(s.Picture.Points, full.Picture.Points) {
		t.Errorf("at its end the replay is %s", run.Status.State)
	}
	f.Replay(nil)
	if s = f.Poll(dir); !s.Changed || s.Groups[0].Runs[0].Replay != nil {
		t.Error("the replay continues after its end")
	}
}

func TestClock(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	after := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	c := NewClock("r", 10, began)
	if got := c.At(after(3)); got != 30*time.Second {
		t.Errorf("%v after 3 s at x10", got)
	}
	c = c.Set(c.At(after(3)), 100, true, after(3))
	if got := c.At(after(9)); got != 30*time.Second {
		t.Errorf("a paused clock is at %v", got)
	}
	c = c.Set(c.At(after(9)), 2, false, after(9))
	if got := c.At(after(10)); got != 32*time.Second {
		t.Errorf("%v at x2", got)
	}
}

// Two attempts may be hours apart.
func TestReplaySkipsIdleTime(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(after time.Duration) rundir.Event { return rundir.Event{Time: began.Add(after)} }
	got := times([]rundir.Event{at(0), at(time.Second), at(5 * time.Hour), at(5*time.Hour + 2*time.Second)})
	if want := []time.Duration{0, time.Second, 31 * time.Second, 33 * time.Second}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
