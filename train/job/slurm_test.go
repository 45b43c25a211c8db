package job

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ftft/configs"
	"ftft/internal/slow"
	"ftft/train/job/slurmtest"
	"ftft/train/rundir"
)

// slurmEngine returns an engine of Slurm whose script runs this binary as the trainer.
func slurmEngine(t *testing.T, behaviour ...string) configs.Engine {
	script := filepath.Join(t.TempDir(), "trainer.sh")
	if err := os.WriteFile(script, fmt.Appendf(nil, "exec %s trainer \"$@\"\n", quote(self())), 0o666); err != nil {
		t.Fatal(err)
	}
	return configs.Engine{Kind: configs.Slurm, Slots: 40, CheckpointMinutes: 5, QueueTimeout: "0", StartTimeout: "60s",
		Python: "/bin/sh", Script: script, Arguments: behaviour, Processes: 1, Nodes: 1}
}

// startSlurm starts a Slurm and sets the times of this package to what suits one.
func startSlurm(t *testing.T, nodes int) *slurmtest.Slurm {
	slow.Skip(t)
	s := slurmtest.Start(t, nodes)
	before := []time.Duration{pollFirst, pollLater, settle, requeueWithin, stale, grace}
	pollFirst, pollLater, settle = 200*time.Millisecond, 200*time.Millisecond, time.Second
	requeueWithin, stale, grace = 5*time.Second, 20*time.Second, 10*time.Second
	t.Cleanup(func() {
		pollFirst, pollLater, settle, requeueWithin, stale, grace = before[0], before[1], before[2], before[3], before[4], before[5]
	})
	return s
}

// eventually waits longer than until: Slurm starts jobs every few seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// training reports whether so many attempts have started and the last one is at work.
func training(t *testing.T, dir rundir.Dir, attempts int) bool {
	status, err := dir.Status()
	return err == nil && status.State == rundir.Running && starts(t, dir) == attempts
}

// settled waits for the end of a supervisor.
func settled(t *testing.T, done <-chan outcome) outcome {
	t.Helper()
	select {
	case got := <-done:
		return got
	case <-time.After(time.Minute):
		t.Fatal("the supervisor does not end")
	}
	panic("unreachable")
}

func TestSlurmTrainsARequeuedJobToItsEnd(t *testing.T) {
	s := startSlurm(t, 1)
	dir := prepared(t, t.TempDir(), "run with 'quotes' & more", slurmEngine(t, "train"))
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	eventually(t, "the run trains", func() bool { return training(t, dir, 1) })
	s.Run("scontrol", "requeue", id)
	eventually(t, "the job waits", func() bool {
		state, err := dir.ReadJobState()
		return err == nil && state.Phase == rundir.JobQueued && state.State == "PENDING" && state.Reason == "BeginTime" && !state.Starts.IsZero()
	})
	eventually(t, "the run trains again", func() bool { return training(t, dir, 2) })
	proceed(dir)
	if got := settled(t, done); got.err != nil || got.finish.Status != rundir.Complete {
		t.Errorf("the finish is %+v, %v", got.finish, got.err)
	}
	if state, err := dir.ReadJobState(); err != nil || state.Job != id || state.Restarts != 1 || state.ExitCode == nil ||
		*state.ExitCode != 0 {
		t.Errorf("the job's state is %+v, %v", state, err)
	}
}

func TestSlurmCancelsAndResumes(t *testing.T) {
	s := startSlurm(t, 1)
	dir := prepared(t, t.TempDir(), "run", slurmEngine(t, "train"))
	done := supervise(t.Context(), dir)
	first := submitted(t, dir)
	eventually(t, "the run trains", func() bool { return training(t, dir, 1) })
	s.Run("scancel", first)
	if got := settled(t, done); got.err != nil || got.finish.Status != rundir.Interrupted {
		t.Errorf("the finish is %+v, %v", got.finish, got.err)
	}
	if state, err := dir.ReadJobState(); err != nil || state.Phase != rundir.JobEnded || state.State != "CANCELLED" {
		t.Errorf("the job's state is %+v, %v", state, err)
	}
	done = supervise(t.Context(), dir)
	eventually(t, "the run trains again", func() bool { return training(t, dir, 2) })
	proceed(dir)
	if got := settled(t, done); got.err != nil || got.finish.Status != rundir.Complete {
		t.Errorf("the finish is %+v, %v", got.finish, got.err)
	}
}

func TestSlurmJobOutOfTimeIsPutBackAndContinues(t *testing.T) {
	s := startSlurm(t, 1)
	dir := prepared(t, t.TempDir(), "run", slurmEngine(t, "train"))
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	eventually(t, "the run trains", func() bool { return training(t, dir, 1) })
	s.Run("scancel", "--batch", "--signal=USR1", id) // what Slurm does before the time limit, by --signal
	eventually(t, "the run trains again", func() bool { return training(t, dir, 2) })
	proceed(dir)
	if got := settled(t, done); got.err != nil || got.finish.Status != rundir.Complete {
		t.Errorf("the finish is %+v, %v", got.finish, got.err)
	}
}

func TestSlurmJobThatFailsSaysWhy(t *testing.T) {
	startSlurm(t, 1)
	dir := prepared(t, t.TempDir(), "run", slurmEngine(t, "die"))
	got := settled(t, supervise(t.Context(), dir))
	if got.finish.Status != rundir.Interrupted && got.finish.Status != rundir.Failed ||
		!strings.Contains(got.finish.Message, "exit code 7") || !strings.Contains(got.finish.Message, "out of memory") {
		t.Errorf("the finish is %+v, %v", got.finish, got.err)
	}
}

// TestKillsLeaveOneJobOfSlurm kills the supervisor at each of its operations on the disk in turn, and starts it again.
func TestKillsLeaveOneJobOfSlurm(t *testing.T) {
	s := startSlurm(t, 1)
	root := t.TempDir()
	var dirs []rundir.Dir
	for n := range 30 {
		dir := prepared(t, root, fmt.Sprintf("run%d", n), slurmEngine(t, "train"))
		command := exec.Command(self(), "supervisor", string(dir))
		command.Env = append(os.Environ(), fmt.Sprintf("FTFT_TEST_KILL=%d", n+1))
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- command.Wait() }()
		select {
		case <-ended:
		case <-time.After(3 * time.Second): // it waits for its job
			_ = command.Process.Kill()
			<-ended
		}
		dirs = append(dirs, dir)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var done []<-chan outcome
	for _, dir := range dirs {
		proceed(dir)
		done = append(done, supervise(ctx, dir))
	}
	for i, dir := range dirs {
		if got := settled(t, done[i]); got.err != nil || got.finish.Status != rundir.Complete {
			t.Errorf("%s: the finish is %+v, %v", dir.ID(), got.finish, got.err)
		}
		if starts(t, dir) != 1 {
			t.Errorf("%s: %d trainers have logged a start", dir.ID(), starts(t, dir))
		}
	}
	names := strings.Fields(s.Run("squeue", "-h", "-t", "all", "-o", "%j"))
	slices.Sort(names)
	if len(names) != len(dirs) {
		t.Errorf("Slurm has had %d jobs for %d runs: %q", len(names), len(dirs), names)
	}
}

// TestSlurmTrainsOnTwoNodes has torchrun start one process on each of two nodes.
func TestSlurmTrainsOnTwoNodes(t *testing.T) {
	python := os.Getenv("FTFT_TRAINER_PYTHON")
	if python == "" {
		t.Skip("FTFT_TRAINER_PYTHON is not set: a Python with torch; .ci/run outside sets it")
	}
	s := slurmtest.Start(t, 2)
	script := filepath.Join(t.TempDir(), "sum.py")
	text := `import os, sys, torch, torch.distributed as dist
dist.init_process_group("gloo")
x = torch.tensor([1.0 + dist.get_rank()])
dist.all_reduce(x)
print("rank", dist.get_rank(), "of", dist.get_world_size(), "on", os.environ["SLURMD_NODENAME"], "sum", x.item(), flush=True)
dist.destroy_process_group()
`
	if err := os.WriteFile(script, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	e := slurmEngine(t)
	e.Python, e.Script, e.Arguments, e.Processes, e.Nodes = python, script, nil, 1, 2
	dir := prepared(t, t.TempDir(), "run", e)
	own := &engine{Engine: e}
	batch, err := own.batchScript(dir, nil, newToken())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(scriptFile(dir), []byte(batch), 0o666); err != nil {
		t.Fatal(err)
	}
	id := s.Run("sbatch", "--parsable", scriptFile(dir))
	eventually(t, "the job ends", func() bool {
		return !slices.Contains([]string{"PENDING", "RUNNING", "COMPLETING"}, s.Run("squeue", "-h", "-t", "all", "-j", id, "-o", "%T"))
	})
	output, err := os.ReadFile(dir.JobOutput())
	for _, part := range []string{"rank 0 of 2", "rank 1 of 2", "on node1 sum 3.0", "on node2 sum 3.0"} {
		if err != nil || !strings.Contains(string(output), part) {
			t.Errorf("the output has no %q: %s, %v", part, output, err)
		}
	}
}
