package session

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"sync"
	"testing"
	"time"

	"ftft/tui/view"
)

func TestCheckPose(t *testing.T) {
	cross, patience, negative := 3.5, 2, -1
	for _, test := range []struct {
		change func(p *Pose)
		names  string
	}{
		{func(*Pose) {}, ""},
		{func(p *Pose) { p.Over, p.Line = "help", 3 }, ""},
		{func(p *Pose) { p.Arm, p.Seed = len(view.Arms)-1, 4 }, ""},
		{func(p *Pose) { p.Compare = &PoseComparison{Cell: -1} }, ""},
		{func(p *Pose) { p.Compare = &PoseComparison{Cell: 15, Cursor: 9} }, ""},
		{func(p *Pose) { p.Replay = &PoseClock{Speed: 0.5} }, ""},
		{func(p *Pose) { p.Curves = &PoseCurves{Curves: Curves{X: "time"}, Cross: &cross, Patience: &patience} }, ""},

		{func(p *Pose) { p.Screen = 9 }, "screen 9"},
		{func(p *Pose) { p.Run = "" }, "no run"},
		{func(p *Pose) { p.Over = "picture" }, `over "picture"`},
		{func(p *Pose) { p.Line = -1 }, "line -1"},
		{func(p *Pose) { p.Arm = -1 }, "arm -1"},
		{func(p *Pose) { p.Arm = len(view.Arms) }, fmt.Sprint("arm ", len(view.Arms))},
		{func(p *Pose) { p.Seed = -1 }, "seed -1"},
		{func(p *Pose) { p.Compare = &PoseComparison{Cell: -2} }, "cell -2"},
		{func(p *Pose) { p.Compare = &PoseComparison{Cell: 16} }, "cell 16"},
		{func(p *Pose) { p.Compare = &PoseComparison{Cursor: -1} }, "cursor -1"},
		{func(p *Pose) { p.Replay = &PoseClock{From: -1, Speed: 1} }, "replay from -1"},
		{func(p *Pose) { p.Replay = &PoseClock{From: math.NaN(), Speed: 1} }, "replay from NaN"},
		{func(p *Pose) { p.Replay = &PoseClock{} }, "speed 0"},
		{func(p *Pose) { p.Curves = &PoseCurves{Patience: &negative} }, "patience -1"},
		{func(p *Pose) { p.Curves = &PoseCurves{Curves: Curves{Smooth: 2}} }, "--smooth 2"},
	} {
		p := Pose{View: goodView(), Run: "demo-reference"}
		test.change(&p)
		if err := p.Check(screens); !names(err, test.names) {
			t.Errorf("%+v: %v, want an error with %q", p, err, test.names)
		}
	}
}

func TestStage(t *testing.T) {
	run := newRun(t)
	if _, err := ReadPose(run, screens); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a presenter: %v", err)
	}
	cross := 3.5
	want := Pose{View: goodView(), Presenter: "1 on host", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Run: run.ID(),
		Box: &[4]float64{0, 0.1, 0.2, 0.3}, Curves: &PoseCurves{Curves: Curves{X: "time", Runs: []string{"a"}}, Cross: &cross}}
	var stage Stage
	if err := stage.Write(run, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPose(run, screens)
	if err != nil || !got.Same(want) || !got.Time.Equal(want.Time) {
		t.Errorf("%+v, %v", got, err)
	}
	later, other := want, want
	later.Time = later.Time.Add(time.Minute)
	other.Line = 1
	if !later.Same(want) || other.Same(want) {
		t.Error("poses are the same if they show the same, whenever they were written")
	}
	bad := want
	bad.Run = ""
	if err := stage.Write(run, bad); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPose(run, screens); !names(err, "cannot read present.json: no run") || !names(err, run.Stage().Present()) {
		t.Errorf("a pose out of range: %v", err)
	}

	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			if err := stage.Write(run, want); err != nil {
				t.Error(err)
			}
		})
	}
	if err := stage.Leave(run); err != nil {
		t.Error(err)
	}
	writers.Wait()
	if _, err := os.Stat(run.Stage().Present()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the presenter left, and present.json is there: %v", err)
	}
	if err := stage.Leave(run); err != nil {
		t.Errorf("leaving twice: %v", err)
	}
	if err := new(Stage).Write(run.Sibling("gone"), want); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("presenting a run that is gone: %v", err)
	}
}
