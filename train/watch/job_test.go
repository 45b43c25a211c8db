package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/internal/limit"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// outsideRun writes the manifest of a run that another program trains, and returns its directory and a poll of it.
func outsideRun(t *testing.T) (dir rundir.Dir, poll func() *Run) {
	t.Helper()
	root := t.TempDir()
	dir = rundir.Dir(filepath.Join(root, "r"))
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir.JobFolder(), 0o777); err != nil {
		t.Fatal(err)
	}
	manifest := rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Engine: rundir.Outside, Labels: []string{"a", "b"}}
	if err := dir.WriteManifest(manifest); err != nil {
		t.Fatal(err)
	}
	feed := New(root)
	return dir, func() *Run { return feed.Poll("").Groups[0].Runs[0] }
}

// Snapshots have the state of an outside run's job: queued until its scheduler starts it, then what the run's log says.
func TestJobsAreInSnapshots(t *testing.T) {
	dir, poll := outsideRun(t)
	write := func(state rundir.JobState) {
		t.Helper()
		if err := dir.WriteJobState(state); err != nil {
			t.Fatal(err)
		}
	}
	check := func(when, state string, waits, starts, lost bool) {
		t.Helper()
		run := poll()
		if run.State() != state || run.JobWaits() != waits || run.JobStarts() != starts || run.JobLost() != lost {
			t.Errorf("%s: %s, waits %t, starts %t, lost %t", when, run.State(), run.JobWaits(), run.JobStarts(), run.JobLost())
		}
	}
	check("before the submission", rundir.Pending, false, false, false)
	write(rundir.JobState{Phase: rundir.Submitting, Scheduler: "slurm"})
	check("at the submission", Queued, true, false, false)
	write(rundir.JobState{Phase: rundir.JobQueued, Scheduler: "slurm", Job: "7", Reason: "\x1b[2JResources"})
	check("queued", Queued, true, false, false)
	if run := poll(); run.Job.Job != "7" || strings.Contains(run.Job.Reason, "\x1b") || run.Waits() {
		t.Errorf("the job is %+v; waits with a supervisor: %t", run.Job, run.Waits())
	}
	supervisor, err := rundir.Lock(rundir.Supervision(dir))
	if err != nil {
		t.Fatal(err)
	}
	if run := poll(); !run.Waits() || !run.Held {
		t.Error("a supervisor follows the job, and the run does not wait")
	}
	if err := supervisor.Release(); err != nil {
		t.Fatal(err)
	}
	write(rundir.JobState{Phase: rundir.JobRunning, Scheduler: "slurm", Job: "7"})
	check("started", rundir.Pending, false, true, false)
	write(rundir.JobState{Phase: rundir.JobQueued, Scheduler: "torchrun", PID: 5})
	check("a child process", rundir.Pending, false, true, false)
	write(rundir.JobState{Phase: rundir.JobEnded, Scheduler: "slurm", Job: "7"})
	check("ended without a word", rundir.Pending, false, false, true)
	log, err := rundir.OpenLog(dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Append(0, &rundir.Finish{Status: rundir.Failed}); err != nil {
		t.Fatal(err)
	}
	check("with a finish", rundir.Failed, false, false, false)
	write(rundir.JobState{Phase: rundir.JobQueued, Scheduler: "slurm", Job: "8"})
	check("submitted again", Queued, true, false, false)
	if err := os.WriteFile(dir.JobState(), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if run := poll(); run.Problem == nil || !strings.Contains(run.Problem.Error(), "state.json") || run.Broken {
		t.Errorf("a damaged state: %v", run.Problem)
	}
}

// The end of a job's output has at most 20 lines, without what controls a terminal, and of a line that is written again the last text.
func TestOutputOfAJob(t *testing.T) {
	dir, poll := outsideRun(t)
	expect := func(what, text string, want ...string) {
		t.Helper()
		if err := os.WriteFile(dir.JobOutput(), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := ReadOutput(dir)
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q, %v, want %q", what, got, err, want)
		}
	}
	if got, err := ReadOutput(dir); got != nil || err != nil || poll().Output.Size != 0 {
		t.Errorf("no output: %q, %v", got, err)
	}
	expect("an empty file", "")
	expect("colours, progress and blank lines", "\n\n 1 %\r 2 %\r\n\x1b[1;31mred\x1b[0m\x07\n\n  in\tside", " 2 %", "red", "  in side")
	if poll().Output.Size == 0 {
		t.Error("the snapshot does not have the output")
	}
	var many strings.Builder
	var last []string
	for i := range 100_000 {
		fmt.Fprintf(&many, "line %d\n", i)
		if i >= 99_980 {
			last = append(last, fmt.Sprintf("line %d", i))
		}
	}
	expect("many lines", many.String(), last...)
	expect("one long line", strings.Repeat("x", 100_000), strings.Repeat("x", outputWidth))

	if err := os.Truncate(dir.JobOutput(), 8<<30); err != nil {
		t.Fatal(err)
	}
	limit.Check(t, 16<<20, 5, func() {
		if _, err := ReadOutput(dir); err != nil {
			t.Error(err)
		}
	})
}

// The FLOPs of an outside run are reckoned once a checkpoint tells the sizes of its model; until then the snapshot has the reason.
func TestFLOPsOfOutsideRunsInSnapshots(t *testing.T) {
	root := t.TempDir()
	dir := rundir.Dir(filepath.Join(root, "r"))
	manifest := rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM, Engine: rundir.Outside, Model: "hub/name"}
	writer := watchtest.New(dir, watchtest.Plan{Manifest: manifest, Examples: 40, BatchSize: 10, Steps: 8, Speed: 1})
	defer writer.Die()
	writer.Step = 4
	writer.Log(&rundir.Steps{Losses: []float32{1, 1, 1, 1}, Tokens: 400, Seconds: 2})
	feed := New(root)
	poll := func() *Run { return feed.Poll(dir).Groups[0].Runs[0] }
	poll()
	if run := poll(); run.Steps.FLOPs != 0 || !strings.Contains(run.Uncounted, "config.json") {
		t.Errorf("before a checkpoint: %g, %q", run.Steps.FLOPs, run.Uncounted)
	}
	if err := os.MkdirAll(dir.Checkpoint(4), 0o777); err != nil {
		t.Fatal(err)
	}
	config := `{"model_type": "bert", "vocab_size": 100, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, ` +
		`"intermediate_size": 16, "max_position_embeddings": 32}`
	if err := os.WriteFile(filepath.Join(dir.Checkpoint(4), "config.json"), []byte(config), 0o666); err != nil {
		t.Fatal(err)
	}
	writer.Log(&rundir.Checkpoint{Path: "checkpoints/step-4"})
	run := poll()
	if run.Uncounted != "" || run.Steps.FLOPs <= 0 || len(run.Totals) != 1 || run.Totals[0].FLOPs != run.Steps.FLOPs {
		t.Errorf("after a checkpoint: %+v, %q", run.Totals, run.Uncounted)
	}
}
