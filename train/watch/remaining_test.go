package watch

import (
	"math"
	"os"
	"testing"
	"time"

	"ftft/configs"
	"ftft/train/cost"
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
