package tui

import (
	"os"
	"slices"
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

// A reference that two experiments share is drawn with the runs of either.
func TestExperimentsThatShareAReference(t *testing.T) {
	b := newBench(t, 120, 40, nil)
	plan, err := b.study.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	second := rundir.StudyDir(string(b.study) + "-2")
	if err := os.Mkdir(string(second), 0o777); err != nil {
		t.Fatal(err)
	}
	plan.Created = plan.Created.Add(time.Hour)
	plan.Runs[1].ID = "demo-2-ftft"
	if err := second.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	b.train("demo-reference", rundir.Reference, "", nil).Train(400)
	b.train("demo-ftft", rundir.Main, rundir.FTFT, []int{1, 2, 3}).Train(100)
	b.train("demo-2-ftft", rundir.Main, rundir.FTFT, []int{1, 2, 3}).Train(100)
	b.readRuns()
	for _, id := range []string{"demo-ftft", "demo-2-ftft"} {
		b.execute(b.lookAt(b.runNamed(id)))
		var got []string
		for _, d := range b.curves.drawn() {
			got = append(got, d.Run.ID())
		}
		if want := []string{"demo-reference", id}; !slices.Equal(got, want) {
			t.Errorf("%s: got the curves of %v, want %v", id, got, want)
		}
	}
}
