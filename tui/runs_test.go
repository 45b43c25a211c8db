package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// Shared, missing and broken runs, and an experiment whose plan cannot be read, are lines of the list with their reasons.
func TestDamagedRunsAreListed(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := newBench(t, size.w, size.h, func(o *Options) { // the paths that the screen shows must not depend on the machine
				t.Chdir(filepath.Dir(o.Root))
				o.Root = filepath.Base(o.Root)
			})
			for _, id := range []string{"demo-reference", "demo-ftft"} {
				role, arm := rundir.Reference, rundir.Arm("")
				if id == "demo-ftft" {
					role, arm = rundir.Main, rundir.FTFT
				}
				run := b.train(id, role, arm, nil)
				run.Train(400)
				run.Finish(rundir.Finish{Status: rundir.Complete})
			}
			if err := os.Truncate(b.study.Run("demo-ftft").Manifest(), 40); err != nil {
				t.Fatal(err)
			}
			b.planSecond("again", rundir.StudyRun{ID: "demo-reference", Role: rundir.Reference, Seed: 1, State: rundir.Complete, Reused: true},
				rundir.StudyRun{ID: "again-erm", Role: rundir.Main, Arm: rundir.ERM, Seed: 1, State: rundir.Complete})
			b.planSecond("torn")
			if err := os.Truncate(filepath.Join(filepath.Dir(string(b.study)), "torn", "study.json"), 20); err != nil {
				t.Fatal(err)
			}
			b.readRuns()
			b.press("4")
			var shown []string
			for range b.listing.view.Rows() {
				shown = append(shown, b.shown())
				b.press("down")
			}
			t.Chdir(home)
			b.goldenText(fmt.Sprintf("runs-damaged-%dx%d", size.w, size.h), strings.Join(shown, "\n"))
		})
	}
}

// planSecond writes the plan of one more experiment in the runs folder.
func (b *bench) planSecond(name string, runs ...rundir.StudyRun) {
	b.t.Helper()
	dir := rundir.StudyDir(filepath.Join(filepath.Dir(string(b.study)), name))
	err := os.Mkdir(string(dir), 0o777)
	if err == nil {
		created := time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)
		err = dir.WriteStudy(rundir.Study{Name: name, State: rundir.Complete, Created: created, Config: benchConfig, Runs: runs})
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
