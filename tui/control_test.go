package tui

import (
	"slices"
	"testing"

	"ftft/train/rundir"
)

func TestStopAsksFirst(t *testing.T) {
	b := newBench(t, 80, 24, nil)
	b.look()
	b.press("x")
	b.shows("No run is active here.")
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	b.look()
	b.press("x", "q")
	b.press("x")
	b.shows("Stop demo-reference and keep its weights? x yes, any other key cancels")
	if len(b.actions.asked) != 0 {
		t.Errorf("stopped without a yes: %v", b.actions.asked)
	}
	if o := b.outcome(); !slices.Equal(o.Running, []string{"demo-reference"}) {
		t.Errorf("on quitting: %+v", o)
	}
	b.press("x")
	if !slices.Equal(b.actions.asked, []string{"stop demo-reference"}) {
		t.Errorf("asked for %v", b.actions.asked)
	}
	w.Die()
	b.look()
	b.shows("interrupted", "Interrupted at step 10: its process is gone.")
	if o := b.outcome(); len(o.Running) != 0 {
		t.Errorf("on quitting: %+v", o)
	}
}

// In the list, a request is about the run under the cursor.
func TestRequestsInTheListOfRuns(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	stopped := b.train("demo-reference", rundir.Reference, "", nil)
	stopped.Train(10)
	stopped.Finish(rundir.Finish{Status: rundir.Stopped})
	running := b.train("demo-ftft", rundir.Main, rundir.FTFT, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	running.Train(2)
	defer running.Die()
	b.look()
	b.press("4", "g", "p")
	b.shows("demo-reference is not running: it is stopped.")
	b.press("r", "r", "down", "r")
	b.shows("demo-ftft is running: r resumes a run that was stopped")
	b.press("p")
	if want := []string{"resume demo-reference", "pause demo-ftft"}; !slices.Equal(b.actions.asked, want) {
		t.Errorf("asked %q", b.actions.asked)
	}
}

func TestARunIsPausedAndResumed(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	b.look()
	b.press("p", "c")
	if want := []string{"pause demo-reference", "checkpoint demo-reference"}; !slices.Equal(b.actions.asked, want) {
		t.Errorf("asked %q", b.actions.asked)
	}
	b.shows("demo-reference: done: checkpoint")
	b.press("r")
	b.shows("r resumes a run that was stopped, was interrupted or has failed")
	w.Die()
	b.look()
	b.press("r", "r")
	if want := "resume demo-reference"; b.actions.asked[len(b.actions.asked)-1] != want {
		t.Errorf("asked %q", b.actions.asked)
	}
	b.press("p")
	b.shows("No run is active here")
}
