package tui

import (
	"os"
	"testing"
	"time"

	"ftft/train/rundir"
)

// Where two experiments share all runs, tab visits each run once and each curve is drawn once.
func TestExperimentsThatShareRuns(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	first, err := b.study.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	second := rundir.StudyDir(string(b.study) + "-2")
	if err := os.Mkdir(string(second), 0o777); err != nil {
		t.Fatal(err)
	}
	first.Created = first.Created.Add(time.Hour)
	if err := second.WriteStudy(first); err != nil {
		t.Fatal(err)
	}
	w := b.train("demo-reference", rundir.Reference, "", nil)
	w.Train(400)
	w.Finish(rundir.Finish{Status: rundir.Complete})
	b.readRuns()
	b.shows("demo-2 · reference")
	for _, want := range []string{"demo-ftft", "demo-reference"} {
		if b.press("tab"); b.focus.ID() != want {
			t.Errorf("tab: got %s, want %s", b.focus.ID(), want)
		}
	}
	if drawn := b.curves.drawn(); len(drawn) != 2 {
		t.Errorf("got %d curves for two runs", len(drawn))
	}
	for _, key := range []string{"2", "4", "5"} {
		b.press(key)
		b.View()
	}
}
