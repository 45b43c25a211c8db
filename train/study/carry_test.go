package study

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/train/launch"
	"ftft/train/rundir"
)

// As many runs as there are slots train at the same time, each after those that it depends on, with the results of runs that train
// one after the other.
func TestRunsTrainAtTheSameTime(t *testing.T) {
	arms := `arms.run=["ftft", "random", "erm", "dm"]`
	one, two := t.TempDir(), t.TempDir()
	plain := created(t, one, tiny(t, arms))
	if err := Run(t.Context(), plain, false); err != nil {
		t.Fatal(err)
	}
	order := []string{"tiny-reference", "tiny-ftft", "tiny-random", "tiny-erm", "tiny-dm"}
	var want []string
	for _, id := range order {
		want = append(want, "+"+id, "-"+id)
	}
	if got := journal(t, one); !slices.Equal(got, want) {
		t.Errorf("with one slot: %q", got)
	}

	t.Setenv(meets, "tiny-ftft tiny-random")
	dir := created(t, two, tiny(t, arms, "engine.slots=2"))
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete", "tiny-ftft:complete", "tiny-random:complete", "tiny-erm:complete",
		"tiny-dm:complete")
	got := journal(t, two)
	training := 0
	for _, word := range got {
		if training += map[byte]int{'+': 1, '-': -1}[word[0]]; training > 2 {
			t.Errorf("more than two runs train at the same time: %q", got)
		}
	}
	place := func(word string) int { return slices.Index(got, word) }
	if got[1] != "-tiny-reference" || place("+tiny-dm") < place("-tiny-erm") {
		t.Errorf("a run trains before one that it depends on has ended: %q", got)
	}
	for _, id := range order {
		before, err := os.ReadFile(plain.Run(id).Epoch(1))
		if err != nil {
			t.Fatal(err)
		}
		if after, err := os.ReadFile(dir.Run(id).Epoch(1)); err != nil || !bytes.Equal(before, after) {
			t.Errorf("the dynamics of %s differ: %v", id, err)
		}
	}
}

// A run that fails does not stop one that trains at the same time, and a reference prevents the arms of its own seed only.
func TestAFailedRunDoesNotStopTheOthersThatTrain(t *testing.T) {
	t.Setenv(meets, "tiny-s2-reference tiny-s1-reference")
	t.Setenv(breaks, "tiny-s2-reference")
	dir := created(t, t.TempDir(), tiny(t, `arms.run=["ftft", "erm"]`, "seeds=[2, 1]", "engine.slots=2"))
	if err := Run(t.Context(), dir, false); err == nil || !strings.Contains(err.Error(), "tiny-s2-reference: ") {
		t.Errorf("error %v", err)
	}
	expectOutline(t, dir, rundir.Failed, "tiny-s2-reference:failed", "tiny-s2-ftft:failed", "tiny-s2-erm:failed",
		"tiny-s1-reference:complete", "tiny-s1-ftft:complete", "tiny-s1-erm:complete")
}

// Two entries of a plan that turn out to be the same run are trained once, even if there are slots for both.
func TestTheSameRunIsTrainedOnce(t *testing.T) {
	root := t.TempDir()
	dir := created(t, root, tiny(t, `arms.run=["ftft"]`, "engine.slots=3"))
	for _, id := range []string{"1", "2"} {
		if err := dir.RequestLaunch(rundir.Launch{ID: id, Arm: rundir.Random, Fraction: 0.5}); err != nil {
			t.Fatal(err)
		}
	}
	if err := Run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete", "tiny-ftft:complete", "tiny-random-0.5:complete",
		"tiny-random-0.5:complete=")
	if got := journal(t, root); len(got) != 6 {
		t.Errorf("runs trained: %q", got)
	}
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 3000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: not after 30 s", what)
}

// The runs of an experiment's process that is killed go on, and the next process waits for them; those of one that is cancelled save
// their models, and the next process resumes them.
func TestAnExperimentIsResumedInTheMiddleOfSeveralRuns(t *testing.T) {
	t.Setenv(pauses, "tiny-ftft tiny-random")
	root := t.TempDir()
	dir := created(t, root, tiny(t, `arms.run=["ftft", "random", "erm"]`, "engine.slots=2"))
	both := []rundir.Dir{dir.Run("tiny-ftft"), dir.Run("tiny-random")}
	paused := func() bool {
		return !slices.ContainsFunc(both, func(run rundir.Dir) bool {
			status, err := run.Status()
			return err != nil || status.State != rundir.Running || !status.Paused
		})
	}
	owned := func(pid int) func() bool {
		return func() bool {
			plan, err := dir.ReadStudy()
			return err == nil && plan.Owner.PID == pid && plan.Runs[1].State == rundir.Running && plan.Runs[2].State == rundir.Running
		}
	}
	process := exec.Command("/proc/self/exe", "study", string(dir))
	process.Stderr = os.Stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "both runs are paused", paused)
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	process.Wait()
	if plan, err := dir.ReadCurrent(); err != nil || plan.State != rundir.Interrupted || !paused() {
		t.Errorf("after the kill: %s, %v", plan.State, err)
	}

	created(t, root, tiny(t, `arms.run=["ftft", "random", "erm"]`, "engine.slots=2")) // as ftft run does
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- Run(ctx, dir, false) }()
	await(t, "the second process has the plan", owned(os.Getpid()))
	if err := both[0].Send(rundir.Request{Action: "resume"}); err != nil {
		t.Fatal(err)
	}
	await(t, "the third arm takes the free slot", func() bool { return slices.Contains(journal(t, root), "-tiny-erm") })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if state, _ := outline(t, dir); state != rundir.Interrupted {
		t.Errorf("after the end of the context the experiment is %s", state)
	}
	if err := both[1].Send(rundir.Request{Action: "resume"}); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), dir, false); err != nil {
		t.Error(err)
	}
	expectOutline(t, dir, rundir.Complete, "tiny-reference:complete=", "tiny-ftft:complete", "tiny-random:complete", "tiny-erm:complete")
	if got := journal(t, root); len(got) != 8 {
		t.Errorf("a run was trained twice: %q", got)
	}
}

// Jobs of a scheduler take slots of their own: they start as soon as their reference is complete, and do not hold up native runs.
func TestJobsOfASchedulerDoNotHoldUpNativeRuns(t *testing.T) {
	w := planner(t, rundir.ERM, rundir.Random, rundir.FTFT)
	w.done, w.active, w.behind = map[int]bool{}, map[int]rundir.Manifest{}, map[int]int{}
	w.plan.Runs = append(w.plan.Runs, rundir.StudyRun{ID: "s-s4-reference", Role: rundir.Reference, Seed: 4})
	w.config.Main.Engine = &configs.Engine{Kind: configs.Slurm, Slots: 2}
	start := func(want string) {
		t.Helper()
		entry, found := w.next()
		if got := w.plan.Runs[entry].ID; !found || got != want {
			t.Fatalf("next is %s, %t, want %s", got, found, want)
		}
		w.active[entry] = rundir.Manifest{}
	}
	end := func(entry int) {
		delete(w.active, entry)
		w.done[entry], w.plan.Runs[entry].State = true, rundir.Complete
	}
	wait := func() {
		t.Helper()
		if entry, found := w.next(); found {
			t.Fatalf("%s starts without a slot", w.plan.Runs[entry].ID)
		}
	}
	start("s-reference")
	wait()
	end(0)
	start("s-erm")
	start("s-random")
	start("s-s4-reference") // the slot of this machine is free
	wait()
	end(1)
	start("s-ftft")
	wait()
}

// A job whose supervisor was killed goes on: it gets another supervisor, and its run is not taken for ended.
func TestAJobWhoseSupervisorWasKilledIsFollowed(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), "run"))
	if err := disk.MkdirAll(dir.JobFolder()); err != nil {
		t.Fatal(err)
	}
	calls := 0
	child = func(context.Context, io.Writer, ...string) error {
		if calls++; calls == 3 {
			return errors.Join(dir.WriteJobState(rundir.JobState{Phase: rundir.JobEnded}), errors.New("exit status 1"))
		}
		return errors.Join(dir.WriteJobState(rundir.JobState{Phase: rundir.JobRunning}), errors.New("signal: killed"))
	}
	defer func() { child = launch.Child }()
	if err := trainRun(t.Context(), dir, false); err == nil || calls != 3 {
		t.Errorf("%d supervisors: %v", calls, err)
	}
}
