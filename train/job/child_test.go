package job

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/train/rundir"
)

func TestChildTrainsToTheEnd(t *testing.T) {
	dir := prepared(t, t.TempDir(), "run one", childEngine("train"))
	done := supervise(t.Context(), dir)
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
	if text, err := os.ReadFile(dir.JobOutput()); err != nil || !strings.HasPrefix(string(text), headerMark) ||
		!strings.Contains(string(text), "\nloading the model\n") {
		t.Errorf("the output is %q, %v", text, err)
	}
	if _, err := Supervise(t.Context(), dir, func() error { return nil }); err == nil || !strings.Contains(err.Error(), "is complete") {
		t.Errorf("a complete run is trained again: %v", err)
	}
}

func TestChildIsStoppedByRequest(t *testing.T) {
	dir := prepared(t, t.TempDir(), "run", childEngine("train"))
	done := supervise(t.Context(), dir)
	trains(t, dir)
	if err := dir.Send(rundir.Request{Action: "stop"}); err != nil {
		t.Fatal(err)
	}
	result(t, done, dir, rundir.Stopped)
}

func TestChildSavesWhenTheSupervisorIsToEnd(t *testing.T) {
	dir := prepared(t, t.TempDir(), "run", childEngine("train"))
	ctx, cancel := context.WithCancel(t.Context())
	done := supervise(ctx, dir)
	trains(t, dir)
	cancel()
	result(t, done, dir, rundir.Interrupted)
	if trainers(dir) != 1 {
		t.Errorf("%d trainers", trainers(dir))
	}
}

func TestChildThatExitsIsInterruptedWithItsExitCodeAndLastLine(t *testing.T) {
	dir := prepared(t, t.TempDir(), "run", childEngine("die"))
	finish := result(t, supervise(t.Context(), dir), dir, rundir.Interrupted, "exit code 7", "RuntimeError: CUDA out of memory")
	if finish.Tokens != 100 {
		t.Errorf("the totals are lost: %+v", finish)
	}
	if state, _ := dir.ReadJobState(); state.ExitCode == nil || *state.ExitCode != 7 {
		t.Errorf("the state is %+v", state)
	}
}

func TestChildThatIsKilledIsInterrupted(t *testing.T) {
	dir := prepared(t, t.TempDir(), "run", childEngine("killed"))
	result(t, supervise(t.Context(), dir), dir, rundir.Interrupted, "killed by signal 9", "memory")
}

func TestChildThatEndsBeforeItStartsHasFailed(t *testing.T) {
	dir := prepared(t, t.TempDir(), "run", childEngine("exit", "1", "ModuleNotFoundError:", "No", "module", "named", "'torch'"))
	result(t, supervise(t.Context(), dir), dir, rundir.Failed, "exit code 1", "No module named 'torch'")
}

func TestTrainerOfAnOlderContractHasFailed(t *testing.T) {
	dir := prepared(t, t.TempDir(), "run", childEngine("exit", "3", "write", "the", "trainer", "anew"))
	result(t, supervise(t.Context(), dir), dir, rundir.Failed, "exit code 3: write the trainer anew")
}

func TestChildThatNeverWritesFailsAfterTheStartTimeout(t *testing.T) {
	e := childEngine("silent")
	e.StartTimeout = "100ms"
	dir := prepared(t, t.TempDir(), "run", e)
	result(t, supervise(t.Context(), dir), dir, rundir.Failed, "logged nothing within 100ms", "start_timeout")
}

func TestTrainerThatIsMissingOrNotExecutableIsNamed(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "trainer.sh")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for program, want := range map[string]string{
		"no-such-trainer": "is not in PATH", "/no/such/trainer": "does not exist", plain: "is not executable: chmod +x it",
	} {
		e := childEngine()
		e.Submit = []string{program, "{run}"}
		dir := prepared(t, t.TempDir(), "run", e)
		result(t, supervise(t.Context(), dir), dir, rundir.Failed, program, want)
	}
}

func TestFullDiskOfTheTrainerIsItsFinish(t *testing.T) {
	dir := prepared(t, t.TempDir(), "run", childEngine("full"))
	result(t, supervise(t.Context(), dir), dir, rundir.Failed, "no space left on device")
}
