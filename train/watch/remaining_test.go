package watch

import (
	"math"
	"os"
	"testing"
	"time"

	"ftft/configs"
	"ftft/train/cost"
	"ftft/train/nn/spec"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// The time left of an experiment is unknown before the first step, then the reference's speed stands for the main model's by the ratio
// of their FLOPs, and in the end each has its own.
func TestRemaining(t *testing.T) {
	dir := rundir.StudyDir(t.TempDir() + "/demo")
	if err := os.Mkdir(string(dir), 0o777); err != nil {
		t.Fatal(err)
	}
	config, err := configs.Load("demo", "train.max_steps=40", "train.batch_size=10")
	if err != nil {
		t.Fatal(err)
	}
	plan := rundir.Study{Name: "demo", State: rundir.Running, Config: string(config.TOML()), Runs: demoRuns}
	plan.Owner.Host = "elsewhere" // where this process cannot tell whether it runs
	write := func() {
		if err := dir.WriteStudy(plan); err != nil {
			t.Fatal(err)
		}
	}
	write()
	feed := New(string(dir[:len(dir)-len("/demo")]))
	check := func(when string, want Remaining, known bool) {
		t.Helper()
		got, ok := feed.Poll("").Groups[0].Remaining()
		if math.Abs(float64(got.Time-want.Time)) > float64(time.Millisecond) || ok != known {
			t.Errorf("%s: got %+v, %v, want %+v, %v", when, got, ok, want, known)
		}
		want.Time = got.Time
		if got != want {
			t.Errorf("%s: got %+v, want %+v", when, got, want)
		}
	}
	check("before the start", Remaining{Unknown: true, Stops: true}, false)
	reference := watchtest.New(dir.Run("demo-reference"), runPlan())
	check("at the start", Remaining{Unknown: true, Stops: true}, false)
	reference.Train(9)
	check("in the slow first steps", Remaining{Unknown: true, Stops: true}, false)
	reference.Train(11)
	models := [2]float64{}
	for i, m := range []configs.Model{config.Reference, config.Main} {
		s, err := report.PlannedModel(config, m, m.Vocabulary)
		if err != nil {
			t.Fatal(err)
		}
		models[i] = cost.Sequence(s, 900./10)
	}
	record, err := rundir.ReadRecord(dir.Run("demo-reference"))
	if err != nil {
		t.Fatal(err)
	}
	evaluation := 0.0 // seconds; the plan has 4 evaluations, the config 8
	for _, e := range record.Evaluations {
		evaluation += e.Seconds / 2
	}
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	left := 2 + 2*evaluation // 20 steps of 0.1 s
	check("half of the reference", Remaining{Time: seconds(left + models[1]/models[0]*(4+8*evaluation)), Scaled: true, Stops: true}, true)
	reference.Train(20)
	reference.Finish(rundir.Finish{Status: rundir.Complete})
	check("between the runs", Remaining{Time: seconds(models[1] / models[0] * (4 + 8*evaluation)), Scaled: true, Stops: true}, true)
	main := runPlan()
	main.Manifest = rundir.Manifest{Role: rundir.Main, Arm: rundir.FTFT, Study: "demo"}
	ftft := watchtest.New(dir.Run("demo-ftft"), main)
	ftft.Train(30)
	check("most of ftft", Remaining{Time: seconds(1 + evaluation), Stops: true}, true)
	ftft.Finish(rundir.Finish{Status: rundir.Complete})
	plan.State = rundir.Complete
	write()
	check("the end", Remaining{}, false)

	plan.State, plan.Config = rundir.Running, "no config"
	plan.Runs = append(plan.Runs, rundir.StudyRun{ID: "demo-random", Role: rundir.Main, Arm: rundir.Random, Seed: 1})
	write()
	check("an unreadable config", Remaining{Unknown: true}, false)
}

// The main runs follow the references, as many at a time as there are slots for each. The speed of one engine says nothing about another.
func TestRemainingOfRunsAtTheSameTime(t *testing.T) {
	config, err := configs.Load("demo", "train.max_steps=40", "train.batch_size=10", "engine.slots=2")
	if err != nil {
		t.Fatal(err)
	}
	run := func(id, role, state string, step int) *Run {
		r := &Run{Dir: rundir.Dir("runs/" + id), Manifest: rundir.Manifest{ID: id, Role: role}}
		r.Status.State, r.Status.Step = state, step
		if step > 0 {
			r.Start = &rundir.Start{MaxSteps: 40, BatchSize: 10, Examples: 100}
			r.Steps = rundir.Steps{Seconds: float64(step), Tokens: int64(step) * 100}
		}
		return r
	}
	group := &Group{planned: &planned{config: config, train: map[string]configs.Train{}}}
	group.Runs = []*Run{
		run("a", rundir.Reference, rundir.Running, 20), run("b", rundir.Main, rundir.Running, 30), run("c", rundir.Main, rundir.Running, 25),
		run("d", rundir.Main, rundir.Running, 35),
	}
	// 20 s of the reference, then 10 s, 15 s and 5 s of main runs on two slots.
	if got, ok := group.Remaining(); !ok || got.Time.Round(time.Millisecond) != 35*time.Second {
		t.Errorf("two slots: %+v, %t", got, ok)
	}
	group.Runs = []*Run{group.Runs[0], run("e", rundir.Main, rundir.Pending, 0)}
	s, err := report.PlannedModel(config, config.Main, config.Main.Vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	group.planned.models = map[string]spec.Spec{rundir.Reference: s, rundir.Main: s}
	group.planned.train["e"] = config.Main.Train
	if got, _ := group.Remaining(); got.Unknown || !got.Scaled {
		t.Errorf("the same engine: %+v", got)
	}
	group.planned.config.Main.Engine = &configs.Engine{Kind: configs.Slurm, Slots: 4}
	if got, ok := group.Remaining(); !got.Unknown || !ok || got.Time.Round(time.Millisecond) != 20*time.Second {
		t.Errorf("another engine: %+v, %t", got, ok)
	}
}
