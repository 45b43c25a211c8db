package configs

import (
	"slices"
	"testing"

	"ftft/train/rundir"
)

func TestDifferences(t *testing.T) {
	a, err := Load("demo")
	if err != nil {
		t.Fatal(err)
	}
	if changes := Differences(a, a); len(changes) > 0 {
		t.Errorf("a config differs from itself: %v", changes)
	}
	b := a
	b.Selection.Fraction, b.Arms.Run, b.Main.Train.LearningRate = 0.25, []rundir.Arm{rundir.FTFT}, 2e-5
	want := []Change{
		{"arms.run", `["ftft", "random", "erm", "erm_es"]`, `["ftft"]`},
		{"main.train.learning_rate", "0.001", "2e-05"},
		{"selection.fraction", "0.33", "0.25"},
	}
	if got := Differences(a, b); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// Passing the listed changes to --set gives the other config.
	var sets []string
	for _, change := range want {
		sets = append(sets, change.Key+"="+change.To)
	}
	if set, err := Load("demo", sets...); err != nil || len(Differences(set, b)) > 0 {
		t.Errorf("--set %v: %v, %v", sets, Differences(set, b), err)
	}
}
