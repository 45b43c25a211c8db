package tui

import (
	"errors"
	"slices"
	"testing"

	"ftft/train/rundir"
)

func TestLaunchAsksFirst(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	b.readRuns()
	b.press("enter", "enter")
	b.shows("selections wait for the first complete epoch")
	b.train("demo-reference", rundir.Reference, "", nil).Train(200)
	b.readRuns()
	b.press("1", "s", "s", "enter")
	b.shows("demo-custom", `arms.run, ["erm"] -> ["custom"]`, "1 ahead of it", "at most 40 s", "1.5 TFLOP", "about 700 MB, 3.0 GB free",
		"Not enough disk space: needs 900 MB, 800 MB free.")
	b.press("1")
	if len(b.actions.requests) != 0 {
		t.Fatalf("launched without confirmation: %v", b.actions.requests)
	}
	b.press("enter", "enter")
	b.shows("Queued custom", "Training loss")
	b.readRuns()
	b.shows("Queued custom") // the message stays until the next key
	b.press("5", "down", "enter")
	b.actions.err = errors.New("the disk is full: free some space")
	b.press("1", "enter", "enter")
	b.shows("the disk is full: free some space", "Launch the main model")
	want := []string{
		"launch demo custom easy-to-learn 0.33 seed 1",
		"launch demo random easy-to-learn 0.33 seed 1",
		"launch demo custom easy-to-learn 0.33 seed 1",
	}
	if !slices.Equal(b.actions.requests, want) {
		t.Errorf("got requests %q, want %q", b.actions.requests, want)
	}
	b.press("tab", "enter")
	b.shows("go to demo-reference (tab) to launch")
}
