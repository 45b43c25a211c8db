package configs

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"ftft/train/rundir"
)

func demo(t *testing.T, sets ...string) Config {
	t.Helper()
	c, err := Load("demo", sets...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVaryKeepsWhatDiffers(t *testing.T) {
	c := demo(t, "stop.patience=2", "main.train.max_steps=500")
	varied, changed, err := c.Vary(map[string]string{"main.train.learning_rate": "1e-4", "stop.patience": "2", "main.train.epochs": "3"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"main.train.learning_rate": "0.0001", "main.train.epochs": "3", "main.train.max_steps": "0"}
	if !reflect.DeepEqual(changed, want) {
		t.Errorf("changed %v, want %v", changed, want)
	}
	if got := varied.Main.Train; got.LearningRate != 1e-4 || varied.FullSteps(got, 64) != 3*((64+got.BatchSize-1)/got.BatchSize) {
		t.Errorf("varied to %+v", got)
	}
	if !reflect.DeepEqual(varied.Reference, c.Reference) || c.Main.Train.LearningRate == 1e-4 {
		t.Error("the reference or the original config has changed")
	}
	if _, changed, err := c.Vary(map[string]string{"stop.patience": "2"}); changed != nil || err != nil {
		t.Errorf("the same settings: %v, %v", changed, err)
	}
	again, unchanged, err := varied.Vary(changed)
	if err != nil || unchanged != nil || !reflect.DeepEqual(again, varied) {
		t.Errorf("varied again: %v, %v", unchanged, err)
	}
}

func TestVaryRefusesWhatArmsShare(t *testing.T) {
	for set, want := range map[string]string{
		"data.max_examples=10":        "data.max_examples cannot differ between the arms of an experiment",
		`labels=["a","b"]`:            "labels cannot differ",
		"train.learning_rate=1e-4":    "use main.train.learning_rate",
		"selection.fraction=0.5":      "a launch has its own fraction",
		"main.layers=2":               "main.layers cannot differ",
		"main.train.learnin_rate=1":   `did you mean "learning_rate"?`,
		"main.train.learning_rate=-1": "must lie above 0",
		"stop.patience=soon":          "must be an integer",
	} {
		key, value, _ := strings.Cut(set, "=")
		if _, _, err := demo(t).Vary(map[string]string{key: value}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
	}
}

func TestConfigOfLaunches(t *testing.T) {
	c := demo(t, "seeds=[1, 2]")
	set := map[string]string{"stop.patience": "5"}
	made, err := c.OfLaunches([]rundir.Launch{
		{Arm: rundir.Custom, Strategy: "hard-to-learn", Fraction: 0.2, Seed: 2, Set: set},
		{Arm: rundir.Random, Fraction: 0.2, Seed: 2, Set: set}, {Arm: rundir.DM, Strategy: "hard-to-learn", Fraction: 0.2, Seed: 2, Set: set},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, change := range Differences(c, made) {
		got = append(got, change.Key+" "+change.To)
	}
	want := []string{
		`arms.run ["ftft", "random", "erm", "dm"]`, "seeds [2]", "selection.fraction 0.2", `selection.strategy "hard-to-learn"`,
		"stop.patience 5",
	}
	if !slices.Equal(got, want) {
		t.Errorf("changes\n%q, want\n%q", got, want)
	}
	if _, err := Parse("made", string(made.TOML()), ""); err != nil {
		t.Error(err)
	}
}
