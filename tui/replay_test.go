package tui

import (
	"testing"
	"time"
)

func TestReplayOnAllScreens(t *testing.T) {
	b := finishedExperiment(t, 120, 40)
	b.press("R")
	b.readRuns()
	b.shows("replay ×10")
	b.setClock(b.clock.Set(0, 10, true, time.Now())) // simulated runs take no time
	b.press("*")
	b.shows("×100 paused")
	for range 21 {
		b.press("(")
	}
	b.readRuns()
	b.shows("0 s of", "step 0 of 400")
	for _, screen := range []string{"1", "2", "3", "4", "5"} {
		b.press(screen)
		b.shows("replay", "paused")
	}
	b.press("1", "enter")
	b.shows("this is a replay")
	b.press("x")
	b.shows("No run is active here")
	if o := b.outcome(); len(o.Running) != 0 {
		t.Errorf("got %v running after quitting a replay, want none", o.Running)
	}
	for range 21 {
		b.press(")")
	}
	b.readRuns()
	b.shows("complete")
	b.press("R")
	b.readRuns()
	if _, run := b.focused(); run.Replay != nil {
		t.Error("R does not end the replay")
	}
	b.press("space")
	b.shows("No replay")
}
