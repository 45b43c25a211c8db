package study

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/train/corpus"
	"ftft/train/rundir"
)

// planner returns a worker whose plan has a reference and arms, with the seeds 3 and 4.
func planner(t *testing.T, arms ...rundir.Arm) *worker {
	w := &worker{dir: rundir.StudyDir(filepath.Join(t.TempDir(), "s")), config: tiny(t)}
	w.plan = rundir.Study{Name: "s", Seeds: []int64{3, 4}, Runs: []rundir.StudyRun{{ID: "s-reference", Role: rundir.Reference, Seed: 3}}}
	for _, arm := range arms {
		w.plan.Runs = append(w.plan.Runs, rundir.StudyRun{ID: "s-" + string(arm), Role: rundir.Main, Arm: arm, Seed: 3})
	}
	return w
}

// The workbench launches an arm with the strategy that it shows.
func TestRandomIgnoresTheStrategyOfTheLaunch(t *testing.T) {
	runs := planner(t).runsFor(rundir.Launch{Arm: rundir.Random, Strategy: datamap.HardToLearn, Fraction: 0.5})
	if len(runs) != 1 || runs[0].Strategy != datamap.Random || runs[0].Parent != "" || runs[0].Seed != 3 {
		t.Errorf("got %+v", runs)
	}
}

func TestDMComesWithItsERMRun(t *testing.T) {
	launch := rundir.Launch{Arm: rundir.DM, Strategy: datamap.Ambiguous, Fraction: 0.5}
	if runs := planner(t, rundir.ERM).runsFor(launch); len(runs) != 1 || runs[0].Parent != "s-erm" {
		t.Errorf("with an erm run: %+v", runs)
	}
	runs := planner(t).runsFor(launch)
	if len(runs) != 2 || runs[0].Arm != rundir.ERM || runs[0].Fraction != 0 || runs[1].Parent != runs[0].ID {
		t.Errorf("without an erm run: %+v", runs)
	}
}

// Runs with different settings have different names; a setting that is the experiment's or has no effect is dropped.
func TestLaunchedSettingsNameTheRun(t *testing.T) {
	w := planner(t)
	for want, l := range map[string]rundir.Launch{
		"s-ftft-0.5-lr0.0001-patience5": {
			Arm: rundir.FTFT, Fraction: 0.5, Set: map[string]string{"main.train.learning_rate": "1e-4", "stop.patience": "5"},
		},
		"s-ftft-0.5":    {Arm: rundir.FTFT, Fraction: 0.5, Set: map[string]string{"main.train.learning_rate": "0.01"}},
		"s-erm":         {Arm: rundir.ERM, Set: map[string]string{"stop.patience": "5"}},
		"s-erm-epochs3": {Arm: rundir.ERM, Set: map[string]string{"main.train.epochs": "3"}},
	} {
		if runs := w.runsFor(l); runs[0].ID != want {
			t.Errorf("%+v: run %s, want %s", l, runs[0].ID, want)
		}
	}
}

// DM selects by the dynamics of an ERM run with its own settings of training.
func TestDMSelectsByARunWithItsSettings(t *testing.T) {
	w := planner(t, rundir.ERM)
	set := map[string]string{"main.train.learning_rate": "0.1", "stop.patience": "5"}
	launch := rundir.Launch{Arm: rundir.DM, Strategy: datamap.Ambiguous, Fraction: 0.5, Set: set}
	runs := w.runsFor(launch)
	if len(runs) != 2 || runs[1].Parent != "s-erm-lr0.1" || len(runs[0].Set) != 1 || len(runs[1].Set) != 2 {
		t.Fatalf("got %+v", runs)
	}
	w.plan.Runs = append(w.plan.Runs, runs...)
	if runs := w.runsFor(launch); len(runs) != 1 || runs[0].Parent != "s-erm-lr0.1" {
		t.Errorf("with its erm run in the plan: %+v", runs)
	}
}

func TestImpossibleLaunchesAreRefused(t *testing.T) {
	for want, launch := range map[string]rundir.Launch{
		"unexpected end": {Problem: "unexpected end of JSON input"},
		`arm "bogus"`:    {Arm: "bogus", Fraction: 0.5},
		"seed 9":         {Arm: rundir.ERM, Seed: 9},
		`strategy ""`:    {Arm: rundir.FTFT, Fraction: 0.5},
		"fraction 2":     {Arm: rundir.Random, Fraction: 2},
		"not ftft":       {Arm: rundir.FTFT, Fraction: 0.5, Selection: &rundir.Selection{Count: 1, Rows: []int{2}}},
		"count is 2":     {Arm: rundir.Custom, Fraction: 0.5, Selection: &rundir.Selection{Count: 2, Rows: []int{2}}},
		"cannot differ":  {Arm: rundir.ERM, Set: map[string]string{"data.max_examples": "5"}},
		"two epochs": {
			Arm: rundir.DM, Strategy: datamap.Ambiguous, Fraction: 0.5, Set: map[string]string{"main.train.epochs": "1"},
		},
		"": {Arm: rundir.Custom, Strategy: datamap.EasyToLearn, Fraction: 1, Seed: 4, Set: map[string]string{"stop.patience": "1"}},
	} {
		got := planner(t).check(launch)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", launch, got, want)
		}
	}
}

// A selection made on a screen is trained on as it was, even if the dynamics have changed since.
func TestTheSelectionOfALaunchIsKept(t *testing.T) {
	w := planner(t)
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
	selection := rundir.Selection{
		Rule: "confidence < 0.5", Strategy: "rule", Fraction: 2. / 3, Of: 3,
		Count: 2, Rows: []int{0, 2}, Hash: rundir.HashGUIDs([]string{"x", "z"}),
	}
	launch := rundir.Launch{Arm: rundir.Custom, Strategy: "rule", Fraction: 2. / 3, Selection: &selection}
	if problem := w.check(launch); problem != "" {
		t.Fatal(problem)
	}
	if err := w.dir.RequestLaunch(launch); err != nil {
		t.Fatal(err)
	}
	if err := w.acceptLaunches(); err != nil {
		t.Fatal(err)
	}
	run := w.plan.Runs[len(w.plan.Runs)-1]
	got, err := w.choose(run, data)
	if err != nil || !reflect.DeepEqual(*got, selection) || run.Arm != rundir.Custom || run.Parent != "s-reference" {
		t.Fatalf("%+v, %v, of %+v", got, err, run)
	}
	data.Train.Examples[2].GUID = "other"
	if _, err := w.choose(run, data); err == nil {
		t.Error("a selection with other guids is accepted")
	}
}

func TestLaunchesAreCarriedOutAfterThePlan(t *testing.T) {
	dir := created(t, t.TempDir(), tiny(t, `arms.run=["random"]`))
	for _, l := range []rundir.Launch{
		{ID: "1", Arm: rundir.FTFT, Strategy: "hard-to-learn", Fraction: 0.5},
		{ID: "2", Arm: rundir.Random, Strategy: "random", Fraction: 0.25},
		{ID: "3", Arm: rundir.Custom, Strategy: "easy-to-learn", Fraction: 0.1},
		{ID: "4", Arm: rundir.ERM},
	} {
		if err := dir.RequestLaunch(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete", "tiny-random:complete",
		"tiny-ftft-0.5:complete", "tiny-random-0.25:complete", "tiny-easy-to-learn-0.1:complete", "tiny-erm:complete")
	if left, err := dir.Launches(); err != nil || len(left) > 0 {
		t.Errorf("launches left: %+v, %v", left, err)
	}
	for id, want := range map[string]int{"tiny-ftft-0.5": 24, "tiny-random-0.25": 12, "tiny-easy-to-learn-0.1": 4} {
		if s, err := dir.Run(id).ReadSelection(); err != nil || s.Count != want || s.Source == "" != (s.Strategy == "random") {
			t.Errorf("%s: %+v, %v", id, s, err)
		}
	}
}

// A run with other settings has its own directory, config and hash; the same launch again reuses it. The config of the launch gives
// the same run to an experiment of its own.
func TestLaunchesWithSettingsAreRunsOfTheirOwn(t *testing.T) {
	root := t.TempDir()
	cfg := tiny(t, `arms.run=["ftft"]`)
	dir := created(t, root, cfg)
	launch := rundir.Launch{Arm: rundir.FTFT, Strategy: "ambiguous", Fraction: 0.33, Set: map[string]string{
		"main.train.learning_rate": "2e-2", "stop.patience": "0", "main.train.max_steps": "8",
	}}
	for _, id := range []string{"1", "2"} {
		launch.ID = id
		if err := dir.RequestLaunch(launch); err != nil {
			t.Fatal(err)
		}
	}
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	const id = "tiny-ftft-0.33-lr0.02-steps8-patience0"
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete", "tiny-ftft:complete", id+":complete", id+":complete=")
	own, err := configs.Load(dir.Run(id).Config())
	if err != nil || own.Main.Train.LearningRate != 0.02 || own.Stop.Patience != 0 || own.Reference.Train.LearningRate != 0.01 {
		t.Errorf("its config.toml: %+v, %v", own, err)
	}
	run, err := dir.Run(id).ReadManifest()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := dir.Run("tiny-ftft").ReadManifest()
	if err != nil || run.ConfigHash == plain.ConfigHash || len(run.Set) != 3 || plain.Set != nil {
		t.Errorf("settings %v and %v, hashes %s and %s, %v", run.Set, plain.Set, run.ConfigHash, plain.ConfigHash, err)
	}
	record, err := rundir.ReadRecord(dir.Run(id))
	if err != nil || record.Start.MaxSteps != 8 {
		t.Errorf("started %+v, %v", record.Start, err)
	}

	made, err := cfg.OfLaunches([]rundir.Launch{launch})
	if err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "saved.toml")
	if err := os.WriteFile(saved, made.TOML(), 0o666); err != nil {
		t.Fatal(err)
	}
	loaded, err := configs.Load(saved)
	if err != nil {
		t.Fatal(err)
	}
	again := created(t, root, loaded)
	if err := Run(t.Context(), again, false); err != nil {
		t.Fatal(err)
	}
	expectOutline(t, again, rundir.Complete, "tiny-reference:complete=", id+":complete=")
}
