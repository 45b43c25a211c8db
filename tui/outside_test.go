package tui

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"ftft/train/rundir"
)

// prepareOutside prepares a run that another program trains, with the state of its job and what that has printed.
func (b *bench) prepareOutside(id string, arm rundir.Arm, state rundir.JobState, printed string) rundir.Dir {
	b.t.Helper()
	dir := b.study.Run(id)
	err := dir.Make()
	if err == nil {
		err = os.MkdirAll(dir.JobFolder(), 0o777)
	}
	if err == nil {
		created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		err = dir.WriteManifest(rundir.Manifest{
			Role: rundir.Main, Arm: arm, Study: "demo", Seed: 1, Labels: []string{"a", "b", "c"}, Engine: rundir.Outside, Created: created,
		})
	}
	if err == nil {
		err = dir.WriteJobState(state)
	}
	if err == nil {
		err = os.WriteFile(dir.JobOutput(), []byte(printed), 0o666)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return dir
}

// The list has the job of a scheduler as queued, with the reason and the start; the pane below shows the end of a job's output, and
// how a job ended that has logged nothing.
func TestRunsOfAnotherProgram(t *testing.T) {
	starts := time.Date(2031, 2, 3, 4, 5, 0, 0, time.Local)
	for _, size := range []struct{ w, h int }{{120, 40}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := newBench(t, size.w, size.h, nil)
			reference := b.train("demo-reference", rundir.Reference, "", nil)
			reference.Train(400)
			reference.Finish(rundir.Finish{Status: rundir.Complete})
			b.prepareOutside("demo-ftft", rundir.FTFT, rundir.JobState{
				Phase: rundir.JobQueued, Scheduler: "slurm", Job: "1234", State: "PENDING", Reason: "(Resources)", Starts: starts,
			}, "")
			code := 1
			var output strings.Builder
			for i := range 30 {
				fmt.Fprintf(&output, "step %d\n", i)
			}
			output.WriteString(" 10 %\r 20 %\rTraceback (most recent call last):\n\x1b[31m  File \"train.py\"\x1b[0m, line 7\n" +
				"RuntimeError: CUDA out of memory\n")
			b.prepareOutside("demo-erm", rundir.ERM, rundir.JobState{
				Phase: rundir.JobEnded, Scheduler: "slurm", Job: "1235", State: "OUT_OF_MEMORY", ExitCode: &code,
			}, output.String())
			plan, err := b.study.ReadStudy()
			if err != nil {
				t.Fatal(err)
			}
			plan.Runs = append(plan.Runs, rundir.StudyRun{ID: "demo-erm", Role: rundir.Main, Arm: rundir.ERM, Seed: 1})
			if err := b.study.WriteStudy(plan); err != nil {
				t.Fatal(err)
			}
			b.readRuns()
			b.press("4", "down")
			queued := b.shown()
			b.shows("queued", "Queued as slurm's job 1234 (Resources)", "2031-02-03 04:05")
			b.press("down")
			b.shows("Slurm's job 1235 has ended with exit code 1", "(out_of_memory)", "RuntimeError: CUDA out of memory",
				"Traceback (most recent", `  File "train.py", line 7`)
			if shown := b.shown(); strings.Contains(shown, "step 0\n") || strings.Contains(shown, "10 %") {
				t.Errorf("more than the end of the output:\n%s", shown)
			}
			b.press("e")
			b.shows("job", "What the scheduler says")
			b.press("esc")
			b.goldenText(fmt.Sprintf("runs-outside-%dx%d", size.w, size.h), queued+"\n"+b.shown())
		})
	}
}
