package main

import (
	"math"
	"testing"

	"ftft/datamap"
	"ftft/train/fsck"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/study"
)

// A run directory of format 1, as the version that made it wrote it, opens for ever: what a change breaks here it breaks for
// everybody's runs.
func TestARunOfFormat1Opens(t *testing.T) {
	const dir = rundir.Dir("testdata/format-1/tiny-reference")
	status, err := dir.Status()
	if err != nil || status.State != rundir.Complete || status.Step != 12 || status.MaxSteps != 12 {
		t.Fatal(status, err)
	}
	m, err := study.ReadMap(dir, datamap.Options{})
	if err != nil || m.Len() != 48 || m.Epochs != 2 || m.GUIDs[1] != "t01" || m.Labels[1] != "yes" {
		t.Fatal(m, err)
	}
	if sum := total(m.Confidence); math.Abs(sum-wantConfidence) > 1e-9 {
		t.Errorf("the confidences add up to %.12f", sum)
	}
	if sum := total(m.Variability); math.Abs(sum-wantVariability) > 1e-9 {
		t.Errorf("the variabilities add up to %.12f", sum)
	}
	whole, err := fsck.Check(dir)
	if err != nil || len(whole.Findings) > 0 || whole.Checked < 20 {
		t.Errorf("%+v, %v", whole, err)
	}
	r, err := report.OfRun(dir)
	if err != nil || len(r.Arms) != 1 || r.Arms[0].Steps != 12 || r.Arms[0].Scores["same"].Kind != "id" {
		t.Errorf("%+v, %v", r, err)
	}
}

// The sums of the map's columns, by NumPy.
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
