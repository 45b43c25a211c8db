package tui

import (
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
	b.shows("Fix the cause and run the experiment again. Batch: ex-")
}
