package tui

import (
	"errors"
	"slices"
	"testing"

	"ftft/train/rundir"
)

func TestLaunchAsksFirst(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	b.look()
	b.press("enter", "enter")
	b.shows("selections wait for the first complete epoch")
	b.train("demo-reference", rundir.Reference, "", nil).Train(200)
	b.look()
	b.press("1", "s", "s", "enter")
	b.shows("demo-custom", `arms.run, ["erm"] -> ["custom"]`, "1 ahead of it", "at most 40 s", "1.5 TFLOP", "about 700 MB, 3.0 GB free", "Not enough disk space: needs 900 MB, 800 MB free.")
	b.press("1")
	if len(b.actions.asked) != 0 {
		t.Fatalf("launched before enter: %v", b.actions.asked)
	}
	b.press("enter", "enter")
	b.shows("Queued custom", "Training loss")
	b.look()
	b.shows("Queued custom") // until the next key
	b.press("5", "down", "enter")
	b.actions.err = errors.New("the disk is full: free some space")
	b.press("1", "enter", "enter")
	b.shows("the disk is full: free some space", "Launch the main model")
	want := []string{"launch demo custom easy-to-learn 0.33 seed 1", "launch demo random easy-to-learn 0.33 seed 1", "launch demo custom easy-to-learn 0.33 seed 1"}
	if !slices.Equal(b.actions.asked, want) {
		t.Errorf("asked for %v", b.actions.asked)
	}
	b.press("tab", "enter")
	b.shows("go to demo-reference (tab) to launch")
}
