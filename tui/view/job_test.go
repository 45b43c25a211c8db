package view

import (
	"strings"
	"testing"

	"ftft/train/rundir"
	"ftft/train/watch"
)

func TestEndOfAJobIsNamedWithItsTrainers(t *testing.T) {
	code := 137
	run := &watch.Run{
		Status: rundir.Status{State: rundir.Interrupted, Step: 51, Finish: &rundir.Finish{Status: rundir.Interrupted}},
		Job:    &rundir.JobState{Phase: rundir.JobRunning, Scheduler: "slurm", Job: "2", State: "COMPLETING"},
	}
	if got, want := JobText(run), "Slurm's job 2 (completing) has logged nothing since its trainer ended at step 51."; got != want {
		t.Errorf("a job that ends: %q, want %q", got, want)
	}
	run.Job.Phase, run.Job.State, run.Job.ExitCode = rundir.JobEnded, "CANCELLED", &code
	got := StatusText(run)
	if want := "Interrupted at step 51: slurm's job 2 has ended with exit code 137 (cancelled)."; !strings.HasPrefix(got, want) {
		t.Errorf("a cancelled job: %q, want %q first", got, want)
	}
}
