package main

import (
	"math"
	"testing"

	"ftft/datamap"
	"ftft/train/fsck"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch"
)

// testdata/format-1 is a run directory as the first version of format 1 wrote it. It must always open: a change that breaks it
// breaks the runs of every user.
func TestARunOfFormat1Opens(t *testing.T) {
	const dir = rundir.Dir("testdata/format-1/tiny-reference")
	status, err := dir.Status()
	if err != nil || status.State != rundir.Complete || status.Step != 12 || status.MaxSteps != 12 {
		t.Fatal(status, err)
	}
	m, err := watch.ReadMap(dir, datamap.Options{})
	if err != nil || m.Len() != 48 || m.Epochs != 2 || m.GUIDs[1] != "t01" || m.Labels[1] != "yes" {
		t.Fatal(m, err)
	}
	if sum := total(m.Confidence); math.Abs(sum-wantConfidence) > 1e-9 {
		t.Errorf("the sum of the confidences is %.12f, want %.12f", sum, wantConfidence)
	}
	if sum := total(m.Variability); math.Abs(sum-wantVariability) > 1e-9 {
		t.Errorf("the sum of the variabilities is %.12f, want %.12f", sum, wantVariability)
	}
	checked, err := fsck.Check(dir)
	if err != nil || len(checked.Findings) > 0 || checked.Checked < 20 {
		t.Errorf("%+v, %v", checked, err)
	}
	r, err := report.OfRun(dir)
	if err != nil || len(r.Arms) != 1 || r.Arms[0].Steps != 12 || r.Arms[0].Scores["same"].Kind != "id" {
		t.Errorf("%+v, %v", r, err)
	}
}

// The sums of the columns of the map, computed by NumPy.
const (
	wantConfidence  = 23.525665287290
	wantVariability = 6.043774680390
)

func total(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}
