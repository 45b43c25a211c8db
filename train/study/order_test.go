package study

import (
	"path/filepath"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/train/rundir"
)

func orderer(t *testing.T, arms ...string) *worker {
	w := &worker{dir: rundir.StudyDir(filepath.Join(t.TempDir(), "s"))}
	w.plan = rundir.Study{Name: "s", Seeds: []int64{3, 4}, Runs: []rundir.StudyRun{{ID: "s-reference", Role: rundir.Reference, Seed: 3}}}
	for _, arm := range arms {
		w.plan.Runs = append(w.plan.Runs, rundir.StudyRun{ID: "s-" + arm, Role: rundir.Main, Arm: arm, Seed: 3})
	}
	return w
}

// The workbench orders with whatever strategy it shows.
func TestRandomIsDrawnAtRandomWhateverTheOrderSays(t *testing.T) {
	runs := orderer(t).ordered(rundir.Order{Arm: "random", Strategy: datamap.HardToLearn, Fraction: 0.5})
	if len(runs) != 1 || runs[0].Strategy != datamap.Random || runs[0].Parent != "" || runs[0].Seed != 3 {
		t.Errorf("got %+v", runs)
	}
}

func TestDMComesWithTheRunThatItIsSelectedBy(t *testing.T) {
	order := rundir.Order{Arm: "dm", Strategy: datamap.Ambiguous, Fraction: 0.5}
	if runs := orderer(t, "erm").ordered(order); len(runs) != 1 || runs[0].Parent != "s-erm" {
		t.Errorf("beside an erm: %+v", runs)
	}
	runs := orderer(t).ordered(order)
	if len(runs) != 2 || runs[0].Arm != "erm" || runs[0].Fraction != 0 || runs[1].Parent != runs[0].ID {
		t.Errorf("without an erm: %+v", runs)
	}
}

func TestOrdersForWhatThereIsNotAreRefused(t *testing.T) {
	for want, order := range map[string]rundir.Order{
		"unexpected end": {Problem: "unexpected end of JSON input"},
		`arm "bogus"`:    {Arm: "bogus", Fraction: 0.5},
		"seed 9":         {Arm: "erm", Seed: 9},
		`strategy: ""`:   {Arm: "ftft", Fraction: 0.5},
		"fraction 2":     {Arm: "random", Fraction: 2},
		"":               {Arm: "custom", Strategy: datamap.EasyToLearn, Fraction: 1, Seed: 4},
	} {
		got := orderer(t).wrong(order)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", order, got, want)
		}
	}
}
