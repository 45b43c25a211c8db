package tui

import (
	"fmt"
	"testing"

	"ftft/train/rundir"
)

func TestFailedRunShowsCauseAndRemedy(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(10)
	w.Finish(rundir.Finish{Status: rundir.Failed, Message: "the loss is NaN: try a smaller learning rate", GUIDs: []string{"ex-00001"}})
	b.readRuns()
	b.shows("failed", "the loss is NaN: try a smaller learning rate")
	b.press("4")
	b.shows("Failed at step 10: the loss is NaN", "Fix the cause", "ex-00001")
}

func TestRunsStates(t *testing.T) {
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}, {60, 20}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := finishedExperiment(t, size.w, size.h)
			b.press("4", "down")
			b.golden(fmt.Sprintf("runs-table-%dx%d", size.w, size.h))
			b.press("o", "o", "o", "o", "o")
			b.golden(fmt.Sprintf("runs-sorted-%dx%d", size.w, size.h))
		})
	}
}
