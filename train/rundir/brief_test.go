package rundir

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A brief record agrees with the whole one in what a list shows, however long the log is, and wherever it ends.
func TestBriefAgreesWithTheRecord(t *testing.T) {
	dir := Dir(filepath.Join(t.TempDir(), "r"))
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	check := func(wantOK bool) {
		t.Helper()
		whole, err := ReadRecord(dir)
		if err != nil {
			t.Fatal(err)
		}
		sparse, err := ReadSparse(dir)
		if err != nil {
			t.Fatal(err)
		}
		withoutSteps := whole
		if withoutSteps.Losses, withoutSteps.Totals = nil, nil; !reflect.DeepEqual(sparse, withoutSteps) {
			t.Errorf("sparse:\n%+v\nwhole:\n%+v", sparse, withoutSteps)
		}
		r, ok, err := ReadBrief(dir)
		if err != nil || ok != wantOK {
			t.Fatalf("ok %v, %v; want %v", ok, err, wantOK)
		}
		if !ok {
			return
		}
		if got, want := r.Status(false), whole.Status(false); !reflect.DeepEqual(got, want) {
			t.Errorf("status %+v, want %+v", got, want)
		}
		if !reflect.DeepEqual(r.Start, whole.Start) || !reflect.DeepEqual(r.Steps, whole.Steps) || r.Losses != nil || r.Totals != nil {
			t.Errorf("start %+v, steps %+v, want %+v, %+v", r.Start, r.Steps, whole.Start, whole.Steps)
		}
		steps := map[int]bool{}
		if n := len(whole.Evaluations); n > 0 {
			steps[whole.Evaluations[n-1].Step] = true
		}
		if f := whole.Status(false).Finish; f != nil {
			steps[f.BestStep] = true
		}
		other := func(e Scored) bool { return !steps[e.Step] }
		got, want := slices.DeleteFunc(slices.Clone(r.Evaluations), other), slices.DeleteFunc(slices.Clone(whole.Evaluations), other)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("evaluations %+v, want %+v", got, want)
		}
	}
	check(true) // no log yet
	log, err := OpenLog(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	step := 0
	add := func(body Body) {
		t.Helper()
		if err := log.Append(step, body); err != nil {
			t.Fatal(err)
		}
	}
	add(&Start{MaxSteps: 100, Host: "h"})
	check(true)
	train := func() {
		for range 40 {
			step++
			add(&Steps{Losses: []float32{1.5}, Seconds: float64(step), Tokens: 7})
		}
	}
	evaluate := func() {
		add(&Epoch{Epoch: 1})
		for _, set := range []string{"a", "b"} {
			add(&Evaluation{Set: set, SetKind: "ood", Accuracy: float64(step), Hash: strings.Repeat("0", 64)})
		}
	}
	for range 3 {
		train()
		check(true)
		evaluate()
		check(true)
	}
	add(&Checkpoint{Path: "step-80"})
	check(true)
	for _, best := range []int{0, 40, 80, 120} {
		add(&Finish{Status: Complete, BestStep: best})
		add(&Heartbeat{})
		check(true)
	}
	log.Close()
	if log, err = OpenLog(dir, 0); err != nil {
		t.Fatal(err)
	}
	step = 80
	add(&Resume{})
	check(false) // what it supersedes is in the whole log
	train()
	evaluate()
	check(false)
}

// The head of a selection has all but the rows, whoever wrote the file.
func TestSelectionHead(t *testing.T) {
	dir := Dir(t.TempDir())
	want := NewSelection(Selection{Strategy: "ambiguous", Fraction: 0.33, Source: "r", Of: 9000}, 3000, func(i int) Chosen {
		return Chosen{Row: 3 * i, GUID: "g", Label: "yes"}
	})
	if err := dir.WriteSelection(want); err != nil {
		t.Fatal(err)
	}
	want.Rows = nil
	if got, err := dir.ReadSelectionHead(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	want.Rule = strings.Repeat("confidence < 0.5 || ", selectionHead/20) + "true"
	long := want
	for i := range long.Count {
		long.Rows = append(long.Rows, i)
	}
	if err := dir.WriteSelection(long); err != nil {
		t.Fatal(err)
	}
	if got, err := dir.ReadSelectionHead(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%.100v, %v", got, err)
	}
}
