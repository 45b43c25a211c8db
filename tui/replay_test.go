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

// A replay begins without a map. The match of a search that the cursor was on is then gone.
func TestReplayAfterSearch(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("/")
	b.typeText("premise 4")
	b.press("enter")
	for range len(b.sel.Search.Hits) {
		if b.sel.Search.Outside < 0 {
			b.press("n")
		}
	}
	if b.sel.Search.Outside < 0 {
		t.Fatal("all matches are in the list")
	}
	b.press("R")
	b.setClock(b.clock.Set(0, 10, true, time.Now()))
	b.readRuns()
	if b.dataMap() != nil {
		t.Fatal("the replay begins with a map")
	}
	for _, key := range []string{"1", "3", "5", "i", "e"} {
		b.press(key)
		b.View()
	}
}
