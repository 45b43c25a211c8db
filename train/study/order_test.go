package study

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/train/corpus"
	"ftft/train/rundir"
)

func orderer(t *testing.T, arms ...rundir.Arm) *worker {
	w := &worker{dir: rundir.StudyDir(filepath.Join(t.TempDir(), "s"))}
	w.plan = rundir.Study{Name: "s", Seeds: []int64{3, 4}, Runs: []rundir.StudyRun{{ID: "s-reference", Role: rundir.Reference, Seed: 3}}}
	for _, arm := range arms {
		w.plan.Runs = append(w.plan.Runs, rundir.StudyRun{ID: "s-" + string(arm), Role: rundir.Main, Arm: arm, Seed: 3})
	}
	return w
}

// The workbench orders with whatever strategy it shows.
func TestRandomIsDrawnAtRandomWhateverTheOrderSays(t *testing.T) {
	runs := orderer(t).ordered(rundir.Order{Arm: rundir.Random, Strategy: datamap.HardToLearn, Fraction: 0.5})
	if len(runs) != 1 || runs[0].Strategy != datamap.Random || runs[0].Parent != "" || runs[0].Seed != 3 {
		t.Errorf("got %+v", runs)
	}
}

func TestDMComesWithTheRunThatItIsSelectedBy(t *testing.T) {
	order := rundir.Order{Arm: rundir.DM, Strategy: datamap.Ambiguous, Fraction: 0.5}
	if runs := orderer(t, rundir.ERM).ordered(order); len(runs) != 1 || runs[0].Parent != "s-erm" {
		t.Errorf("beside an erm: %+v", runs)
	}
	runs := orderer(t).ordered(order)
	if len(runs) != 2 || runs[0].Arm != rundir.ERM || runs[0].Fraction != 0 || runs[1].Parent != runs[0].ID {
		t.Errorf("without an erm: %+v", runs)
	}
}

func TestOrdersForWhatThereIsNotAreRefused(t *testing.T) {
	for want, order := range map[string]rundir.Order{
		"unexpected end": {Problem: "unexpected end of JSON input"},
		`arm "bogus"`:    {Arm: "bogus", Fraction: 0.5},
		"seed 9":         {Arm: rundir.ERM, Seed: 9},
		`strategy: ""`:   {Arm: rundir.FTFT, Fraction: 0.5},
		"fraction 2":     {Arm: rundir.Random, Fraction: 2},
		"not of ftft":    {Arm: rundir.FTFT, Fraction: 0.5, Selection: &rundir.Selection{Count: 1, Rows: []int{2}}},
		"count is 2":     {Arm: rundir.Custom, Fraction: 0.5, Selection: &rundir.Selection{Count: 2, Rows: []int{2}}},
		"":               {Arm: rundir.Custom, Strategy: datamap.EasyToLearn, Fraction: 1, Seed: 4},
	} {
		got := orderer(t).wrong(order)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", order, got, want)
		}
	}
}

// What was chosen on a screen is trained on as it was, whatever the dynamics say by then.
func TestAnOrderedSelectionIsKept(t *testing.T) {
	w := orderer(t)
	if err := disk.MkdirAll(string(w.dir)); err != nil {
		t.Fatal(err)
	}
	lock, err := rundir.Lock(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	w.lock = lock
	data := &corpus.Corpus{Labels: []string{"a", "b"}}
	for _, guid := range []string{"x", "y", "z"} {
		data.Train.Examples = append(data.Train.Examples, corpus.Example{GUID: guid})
	}
	selection := rundir.Selection{Rule: "confidence < 0.5", Strategy: "rule", Fraction: 2. / 3, Of: 3, Count: 2, Rows: []int{0, 2}, Hash: rundir.HashGUIDs([]string{"x", "z"})}
	order := rundir.Order{Arm: rundir.Custom, Strategy: "rule", Fraction: 2. / 3, Selection: &selection}
	if problem := w.wrong(order); problem != "" {
		t.Fatal(problem)
	}
	if err := w.dir.Order(order); err != nil {
		t.Fatal(err)
	}
	if err := w.takeOrders(); err != nil {
		t.Fatal(err)
	}
	run := w.plan.Runs[len(w.plan.Runs)-1]
	got, err := w.choose(run, data)
	if err != nil || !reflect.DeepEqual(*got, selection) || run.Arm != rundir.Custom || run.Parent != "s-reference" {
		t.Fatalf("%+v, %v, of %+v", got, err, run)
	}
	data.Train.Examples[2].GUID = "other"
	if _, err := w.choose(run, data); err == nil {
		t.Error("rows of other examples are trained on")
	}
}
