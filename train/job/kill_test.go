package job

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ftft/configs"
	"ftft/train/rundir"
)

// supervisorProcess starts a supervisor as a process. If kill is above 0, it is killed at its kill'th operation on the disk.
func supervisorProcess(t *testing.T, dir rundir.Dir, kill int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(self(), "supervisor", string(dir))
	cmd.Env = append(os.Environ(), "FTFT_TEST_KILL="+strconv.Itoa(kill))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// killed waits until a supervisor has been killed.
func killed(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	err := cmd.Wait()
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the supervisor was not killed: %v", err)
	}
}

// everyKill calls check with a run whose supervisor was killed at one operation on the disk after the other, from its first one to the
// second after which state.json has the job.
func everyKill(t *testing.T, engine func(t *testing.T) (configs.Engine, scheduler), check func(t *testing.T, dir rundir.Dir, s scheduler)) {
	const most = 200
	after := 0
	for n := 1; after < 2 && n < most; n++ {
		e, s := engine(t)
		dir := prepared(t, t.TempDir(), "run", e)
		killed(t, supervisorProcess(t, dir, n))
		if state, err := dir.ReadJobState(); err == nil && state.Phase == rundir.JobQueued {
			after++
		}
		if check(t, dir, s); t.Failed() {
			t.Fatalf("after a kill at operation %d", n)
		}
	}
	if after < 2 {
		t.Error("no kill came after the submission")
	}
}

func TestChildIsNeitherLostNorDoubledByAKillAtAnyPoint(t *testing.T) {
	t.Parallel()
	engine := func(*testing.T) (configs.Engine, scheduler) { return childEngine("train"), scheduler{} }
	everyKill(t, engine, func(t *testing.T, dir rundir.Dir, _ scheduler) {
		done := supervise(t.Context(), dir)
		trains(t, dir)
		proceed(dir)
		result(t, done, dir, rundir.Complete)
		if trainers(dir) != 1 || starts(t, dir) != 1 {
			t.Errorf("%d trainers, %d starts", trainers(dir), starts(t, dir))
		}
	})
}

func TestJobIsNeitherLostNorDoubledByAKillAtAnyPoint(t *testing.T) {
	t.Parallel()
	engine := func(t *testing.T) (configs.Engine, scheduler) {
		e, s := scheduledEngine(t)
		e.StartTimeout = "1s" // how long a submission is waited for that has left no trace
		return e, s
	}
	everyKill(t, engine, checkJob)
}

// checkJob expects that a new supervisor of a run follows the run's only job, or submits it.
func checkJob(t *testing.T, dir rundir.Dir, s scheduler) {
	t.Helper()
	done := supervise(t.Context(), dir)
	until(t, "the job is known", func() bool { state, err := dir.ReadJobState(); return err == nil && state.Job != "" })
	s.start(t, "1")
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
	if jobs := s.jobs(); len(jobs) != 1 || starts(t, dir) != 1 {
		t.Errorf("jobs %v, %d starts", jobs, starts(t, dir))
	}
}

func TestKillWhileTheSubmitCommandRuns(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		e, s := scheduledEngine(t)
		s.set(when, "150ms")
		dir := prepared(t, t.TempDir(), "run", e)
		process := supervisorProcess(t, dir, 0)
		if when == "before" {
			until(t, "it submits", func() bool {
				state, err := dir.ReadJobState()
				return err == nil && len(processesOf(state.Submission)) > 0
			})
		} else {
			until(t, "the scheduler has the job", func() bool { _, ok := s.read("1"); return ok })
		}
		if state, _ := dir.ReadJobState(); state.Job != "" {
			t.Fatal("the submission is over")
		}
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		killed(t, process)
		checkJob(t, dir, s)
	}
}

// A trainer continues without its supervisor, and the next supervisor follows it.
func TestTrainerOutlivesItsSupervisor(t *testing.T) {
	t.Parallel()
	for name, engine := range map[string]configs.Engine{"train": childEngine("train"), "die later": childEngine("train")} {
		dir := prepared(t, t.TempDir(), "run", engine)
		process := supervisorProcess(t, dir, 0)
		trains(t, dir)
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		killed(t, process)
		done := supervise(t.Context(), dir)
		until(t, "it is followed", func() bool {
			tickets, err := rundir.Queue(filepath.Dir(string(dir)))
			return err == nil && len(tickets) == 1
		})
		time.Sleep(40 * tick) // also under load it has looked by then
		if name == "train" {
			proceed(dir)
			result(t, done, dir, rundir.Complete)
		} else {
			text, _ := os.ReadFile(filepath.Join(string(dir), "trainers"))
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil || pid < 2 {
				t.Fatal(pid, err)
			}
			must(syscall.Kill(pid, syscall.SIGKILL))
			result(t, done, dir, rundir.Interrupted, "its trainer ended and logged no end")
		}
		if trainers(dir) != 1 {
			t.Errorf("%d trainers", trainers(dir))
		}
	}
}

// What was completed while no supervisor followed it is not trained again.
func TestJobThatCompletedUnseenIsNotSubmittedAgain(t *testing.T) {
	t.Parallel()
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	process := supervisorProcess(t, dir, 0)
	s.start(t, submitted(t, dir))
	trains(t, dir)
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed(t, process)
	proceed(dir)
	until(t, "the job has ended", func() bool { j, _ := s.read("1"); return j.State == "COMPLETED" })
	result(t, supervise(t.Context(), dir), dir, rundir.Complete)
	if len(s.jobs()) != 1 {
		t.Errorf("jobs %v", s.jobs())
	}
}

// What ended while no supervisor followed it does not keep the run from being resumed.
func TestJobThatEndedUnseenIsLoggedAndSubmittedAgain(t *testing.T) {
	t.Parallel()
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	process := supervisorProcess(t, dir, 0)
	s.start(t, submitted(t, dir))
	trains(t, dir)
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed(t, process)
	s.kill("1", "OUT_OF_MEMORY")
	until(t, "the trainer has ended", func() bool { return !rundir.Locked(dir) })
	done := supervise(t.Context(), dir)
	until(t, "there is a second job", func() bool { state, _ := dir.ReadJobState(); return state.Job == "2" })
	status, err := dir.Status()
	if err != nil || status.State != rundir.Interrupted || !strings.Contains(status.Finish.Message, "out of memory") {
		t.Errorf("the end of the first is %+v, %v", status, err)
	}
	s.start(t, "2")
	until(t, "it resumes", func() bool { return starts(t, dir) == 2 })
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

// The job of a submission that was given up may start after all: its trainer finds that it is superseded.
func TestTrainerOfAnOlderSubmissionTrainsNothing(t *testing.T) {
	t.Parallel()
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	j, _ := s.read(submitted(t, dir))
	s.write("2", fakeJob{State: "PENDING", Command: j.Command, Token: newToken()})
	s.start(t, "2")
	until(t, "it has ended", func() bool { j, _ := s.read("2"); return j.State == "FAILED" })
	if starts(t, dir) != 0 {
		t.Error("it trains")
	}
	s.start(t, "1")
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

// A stop that comes while nobody follows the job cancels it once somebody does.
func TestStopWithoutASupervisorCancelsTheJobLater(t *testing.T) {
	t.Parallel()
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	process := supervisorProcess(t, dir, 0)
	submitted(t, dir)
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed(t, process)
	if err := dir.Send(rundir.Request{Action: "stop"}); err != nil {
		t.Fatal(err)
	}
	result(t, supervise(t.Context(), dir), dir, rundir.Stopped)
	if len(s.jobs()) != 1 || s.lines("cancels") != 1 {
		t.Errorf("jobs %v, %d cancels", s.jobs(), s.lines("cancels"))
	}
}
