package tui

import (
	"slices"
	"testing"

	"ftft/train/rundir"
)

func TestStopAsksFirst(t *testing.T) {
	b := newBench(t, 80, 24, nil)
	b.readRuns()
	b.press("x")
	b.shows("demo-reference is not running: it is pending.")
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	b.readRuns()
	b.press("x", "q")
	b.press("x")
	b.shows("Stop demo-reference and keep its weights? x yes, any other key cancels")
	if len(b.actions.requests) != 0 {
		t.Errorf("stopped without confirmation: %v", b.actions.requests)
	}
	if o := b.outcome(); !slices.Equal(o.Running, []string{"demo-reference"}) {
		t.Errorf("got outcome %+v, want demo-reference running", o)
	}
	b.press("x")
	if !slices.Equal(b.actions.requests, []string{"stop demo-reference"}) {
		t.Errorf("got requests %q, want a stop of demo-reference", b.actions.requests)
	}
	w.Die()
	b.readRuns()
	b.shows("interrupted", "Interrupted at step 10: its process is gone.")
	if o := b.outcome(); len(o.Running) != 0 {
		t.Errorf("got outcome %+v, want no run running", o)
	}
}

// On the screen of runs, a request goes to the run under the cursor.
func TestRequestsOnRuns(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	stopped := b.train("demo-reference", rundir.Reference, "", nil)
	stopped.Train(10)
	stopped.Finish(rundir.Finish{Status: rundir.Stopped})
	running := b.train("demo-ftft", rundir.Main, rundir.FTFT, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	running.Train(2)
	defer running.Die()
	b.readRuns()
	b.press("4", "g", "p")
	b.shows("demo-reference is not running: it is stopped.")
	b.press("r")
	b.shows("Resume demo-reference and the rest of demo? r yes, any other key cancels")
	b.press("r", "down", "r")
	b.shows("demo-ftft is running: r resumes a run that was stopped")
	b.press("p")
	if want := []string{"resume demo-reference", "pause demo-ftft"}; !slices.Equal(b.actions.requests, want) {
		t.Errorf("got requests %q, want %q", b.actions.requests, want)
	}
}

func TestPauseAndResume(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	b.readRuns()
	b.press("p", "ctrl+s")
	if want := []string{"pause demo-reference", "checkpoint demo-reference"}; !slices.Equal(b.actions.requests, want) {
		t.Errorf("got requests %q, want %q", b.actions.requests, want)
	}
	b.shows("demo-reference: done: checkpoint")
	b.press("r")
	b.shows("r resumes a run that was stopped, was interrupted or has failed")
	w.Die()
	b.readRuns()
	b.press("r", "r")
	if want := "resume demo-reference"; b.actions.requests[len(b.actions.requests)-1] != want {
		t.Errorf("got requests %q, want %q", b.actions.requests, want)
	}
	b.press("p")
	b.shows("demo-reference is not running: it is interrupted.")
}

// x and p act on the run on the screen: never on another one that trains, and on a run that waits in the queue only to remove it.
func TestStopIsOfTheRunOnTheScreen(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	defer w.Die()
	b.readRuns()
	training, err := rundir.Enqueue(b.study.Run("demo-reference"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer training.Release()
	for _, screen := range []string{"1", "2", "4"} {
		b.press(screen)
		b.listed, b.focus = 1, b.study.Run("demo-ftft")
		b.press("x")
		how := "tab, or the cursor on 4, leads to it."
		if screen == "4" {
			how = "move the cursor to it."
		}
		b.shows("demo-ftft is not running: it is pending. demo-reference is running: " + how)
		b.press("x", "p")
	}
	if len(b.actions.requests) > 0 {
		t.Errorf("got requests %q about another run", b.actions.requests)
	}
	dir := b.study.Run("demo-ftft")
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	if err := dir.WriteManifest(rundir.Manifest{Role: rundir.Main, Arm: rundir.FTFT, Study: "demo", Seed: 1}); err != nil {
		t.Fatal(err)
	}
	lock, err := rundir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	waiting, err := rundir.Enqueue(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Release()
	b.readRuns()
	b.press("x")
	b.shows("Remove demo-ftft from the queue? x yes")
	b.press("x")
	if want := []string{"stop demo-ftft"}; !slices.Equal(b.actions.requests, want) {
		t.Errorf("got requests %q, want %q", b.actions.requests, want)
	}
}
