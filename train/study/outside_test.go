package study

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/datamap/dynamics"
	"ftft/train/report"
	"ftft/train/rundir"
)

// trainOutside is a trainer: it knows a run's job alone. It writes logits that depend on the row and the epoch.
func trainOutside(dir rundir.Dir) (err error) {
	job, err := dir.ReadJob()
	if err != nil {
		return err
	}
	lock, err := rundir.Lock(dir)
	if err != nil {
		return err
	}
	log, err := rundir.OpenLog(dir, 0)
	if err != nil {
		return errors.Join(err, lock.Release())
	}
	defer func() { err = errors.Join(err, log.Close(), lock.Release()) }()
	text, err := os.ReadFile(dir.JobTrain())
	if err != nil {
		return err
	}
	rows := make([]int, job.Trained)
	for i, line := range slices.Collect(strings.Lines(string(text))) {
		if _, err := fmt.Sscanf(line, `{"row":%d,`, &rows[i]); err != nil {
			return err
		}
	}
	if err := log.Append(0, &rundir.Start{
		PID: os.Getpid(), MaxSteps: job.MaxSteps, StepsPerEpoch: job.StepsPerEpoch, Epochs: job.Epochs, Examples: job.Trained,
		BatchSize: job.BatchSize, EvaluationSteps: job.EvaluationSteps,
	}); err != nil {
		return err
	}
	for epoch := 0; (epoch+1)*job.StepsPerEpoch <= job.MaxSteps; epoch++ {
		store, err := dynamics.Create(dir.Epoch(epoch), job.Examples, len(job.Labels))
		if err != nil {
			return err
		}
		for _, row := range rows {
			err = errors.Join(err, store.WriteRow(row, []float32{float32(math.Sin(float64(row * (epoch + 1)))), 0}))
		}
		step := (epoch + 1) * job.StepsPerEpoch
		losses := make([]float32, job.StepsPerEpoch)
		err = errors.Join(err, store.Sync(), store.Close(), log.Append(step, &rundir.Steps{Losses: losses, Seconds: float64(step)}),
			log.Append(step, &rundir.Epoch{Epoch: epoch}))
		if err != nil {
			return err
		}
	}
	for i, step := range job.EvaluationSteps {
		for _, set := range job.Evals {
			e := rundir.Evaluation{Set: set.Name, SetKind: set.Kind, Use: set.Use, Index: i + 1, Examples: set.Examples, Accuracy: 0.5}
			if err := log.Append(step, &e); err != nil {
				return err
			}
		}
	}
	return log.Append(job.MaxSteps, &rundir.Finish{Status: rundir.Complete, BestStep: job.EvaluationSteps[0]})
}

// mixed loads the tiny experiment with main models that a script trains.
func mixed(t *testing.T, script string, sets ...string) configs.Config {
	t.Helper()
	return tiny(t, append([]string{`main={model="org/name", engine={kind="torchrun"}}`, "main.engine.python=true",
		"main.engine.script=" + script}, sets...)...)
}

// script writes a script.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "train.py")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A native reference with outside main runs gives the whole table, dm included, and its runs are used again.
func TestOutsideRunsOfAnExperiment(t *testing.T) {
	root, path := t.TempDir(), script(t, "1\n")
	carried := func(cfg configs.Config) (rundir.StudyDir, string) {
		dir := created(t, root, cfg)
		if err := Run(t.Context(), dir, false); err != nil {
			t.Fatal(err)
		}
		_, runs := outline(t, dir)
		return dir, strings.Join(runs, " ")
	}
	dir, runs := carried(mixed(t, path, "train.max_steps=24"))
	want := "tiny-reference:complete tiny-ftft:complete tiny-random:complete tiny-erm:complete tiny-dm:complete"
	if runs != want {
		t.Fatalf("%s, want %s", runs, want)
	}
	m, err := dir.Run("tiny-dm").ReadManifest()
	if err != nil || m.Engine != rundir.Outside || m.Model != "org/name" || m.Kernel != "" || len(m.Versions) != 1 ||
		m.Versions["ftft"] == "" {
		t.Errorf("%+v, %v", m, err)
	}
	if s, err := dir.Run("tiny-dm").ReadSelection(); err != nil || s.Source != "tiny-erm" || s.Count == 0 {
		t.Errorf("dm: %+v, %v", s, err)
	}
	if _, err := os.Stat(dir.Run("tiny-reference").JobFolder()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the native reference has a job: %v", err)
	}
	if r, err := report.OfStudy(dir); err != nil || len(r.Arms) != 6 {
		t.Errorf("%d arms, %v", len(r.Arms), err)
	}
	f, err := Forecast(dir, []rundir.Launch{{Arm: rundir.ERM, Set: map[string]string{"main.train.epochs": "3"}}})
	if err != nil || !f.Outside || f.Time != 0 || f.FLOPs != 0 || f.Steps != 18 || f.Examples != 48 {
		t.Errorf("forecast %+v, %v", f, err)
	}
	// A native run beside them is measured by the native reference.
	f, err = Forecast(dir, []rundir.Launch{{Arm: rundir.ERM, Set: map[string]string{"main.engine.kind": "native"}}})
	if err == nil || f.Outside {
		t.Errorf("a native run of a model that only the hub has: %+v, %v", f, err)
	}

	want = strings.ReplaceAll(want, ":complete", ":complete=")
	if _, runs := carried(mixed(t, path, "train.max_steps=24", "main.engine.processes=4", "name=again")); runs != want {
		t.Errorf("again: %s, want %s", runs, want)
	}
	if err := os.WriteFile(path, []byte("2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	want = "tiny-reference:complete= changed-ftft:complete changed-random:complete changed-erm:complete changed-dm:complete"
	if _, runs := carried(mixed(t, path, "train.max_steps=24", "name=changed")); runs != want {
		t.Errorf("with another script: %s, want %s", runs, want)
	}
}

// Another version of ftft resumes a native run only if it is forced to, and an outside run in any case.
func TestVersionsDoNotHoldUpOutsideRuns(t *testing.T) {
	dir := rundir.Dir(t.TempDir())
	for engine, want := range map[string]bool{rundir.Outside: true, rundir.Native: false} {
		m := rundir.Manifest{ID: "x", Role: rundir.Main, Engine: engine, Versions: map[string]string{"ftft": "1"}}
		if err := dir.WriteManifest(m); err != nil {
			t.Fatal(err)
		}
		m.Versions = map[string]string{"ftft": "2"}
		if got, err := (&worker{}).resumable(dir, &prepared{manifest: m}); got != want || (err == nil) != want {
			t.Errorf("%s: %t, %v", engine, got, err)
		}
	}
}

func TestCheckOfOutsideEngines(t *testing.T) {
	warnings, err := Check(mixed(t, script(t, "1\n")), nil)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], `main.model: there is no folder `) ||
		!strings.HasSuffix(warnings[0], `org/name: the trainer gets the name "org/name", and fetches the model`) {
		t.Errorf("%q, %v", warnings, err)
	}
	program := script(t, "#!/bin/sh\n")
	for _, c := range []struct{ sets, want []string }{
		{[]string{"main.engine.script=/no/train.py", "main.engine.python=pyhton9", "main.model=/no/model"}, []string{
			`main.engine.script: no such file: /no/train.py; ftft export trainer --out /no writes train_hf.py`,
			`main.engine.python: no program "pyhton9" in PATH`,
			`main.model: no folder /no/model; give the folder of a model`,
		}},
		{[]string{`main.engine={kind="command", submit=["` + program + `"], poll=["/no/poll"], cancel=["scnacel", "{job}"]}`}, []string{
			`main.engine.submit: ` + program + ` is not a program: make it executable, or name its interpreter before it`,
			`main.engine.poll: no such file: /no/poll`,
			`main.engine.cancel: no program "scnacel" in PATH`,
		}},
		{[]string{`main.engine={kind="command"}`, `reference.engine={kind="command", submit=["true"]}`}, []string{
			`reference: an engine of kind "command" trains no model from scratch: give model = FOLDER`,
			`main.engine.submit: missing: the command that starts the trainer`,
		}},
		{[]string{"selection.fraction=0.001"}, []string{"selection.fraction: 0.001 of the 48 training examples selects none"}},
	} {
		_, err := Check(mixed(t, script(t, "1\n"), c.sets...), nil)
		invalid := (*configs.Invalid)(nil)
		if !errors.As(err, &invalid) || len(invalid.Problems) != len(c.want) {
			t.Errorf("%v: %v, want %q", c.sets, err, c.want)
			continue
		}
		for i, problem := range invalid.Problems {
			if !strings.HasPrefix(problem.String(), c.want[i]) {
				t.Errorf("%s, want %s", problem, c.want[i])
			}
		}
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Check(mixed(t, script(t, "1\n"), "main.engine.kind=slurm"), nil); err == nil ||
		err.Error() != "main.engine.kind: Slurm's sbatch is not in PATH: start ftft where jobs can be submitted" {
		t.Errorf("without Slurm: %v", err)
	}
}

func TestEnginesNameLaunchedRuns(t *testing.T) {
	cfg := tiny(t)
	dir := created(t, t.TempDir(), cfg)
	plan, err := dir.ReadStudy()
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{dir: dir, plan: plan, config: cfg}
	set := map[string]string{"main.engine.kind": "torchrun", "main.engine.script": "/t/my train.py", "main.engine.processes": "2"}
	problem := w.check(rundir.Launch{Arm: rundir.ERM, Set: set})
	for _, want := range []string{"main: an engine of kind", "main.engine.script: no such file: /t/my train.py"} {
		if !strings.Contains(problem, want) {
			t.Errorf("%s, want %s", problem, want)
		}
	}
	runs := w.runsFor(rundir.Launch{Arm: rundir.ERM, Set: set})
	if len(runs) != 1 || runs[0].ID != "tiny-erm-enginetorchrun-scriptmytrain.py" || len(runs[0].Set) != 3 {
		t.Errorf("%+v", runs)
	}
	w.plan.Runs = append(w.plan.Runs, runs...)
	if dm := w.runsFor(rundir.Launch{Arm: rundir.DM, Strategy: "ambiguous", Fraction: 0.25, Set: set}); len(dm) != 1 ||
		dm[0].Parent != runs[0].ID {
		t.Errorf("%+v", dm)
	}
}
