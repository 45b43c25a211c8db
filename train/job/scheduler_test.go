package job

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ftft/train/rundir"
)

// submitted waits until a run's job is queued, and returns its ID.
func submitted(t *testing.T, dir rundir.Dir) string {
	t.Helper()
	id := ""
	until(t, "the job is queued", func() bool {
		state, err := dir.ReadJobState()
		id = state.Job
		return err == nil && state.Phase == rundir.JobQueued && state.Job != ""
	})
	return id
}

func TestJobTrainsToTheEnd(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	until(t, "the reason is shown", func() bool {
		state, _ := dir.ReadJobState()
		return state.State == "PENDING" && state.Reason == "Priority" && state.Starts.Year() == 2027
	})
	s.start(t, id)
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

func TestEndBeforeTheNextPollIsNoRestart(t *testing.T) {
	defer func(d time.Duration) { pollFirst = d }(pollFirst)
	pollFirst = time.Second
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	until(t, "the job is known to wait", func() bool { state, _ := dir.ReadJobState(); return state.State == "PENDING" })
	proceed(dir)
	s.start(t, id)
	result(t, done, dir, rundir.Complete)
	if state, err := dir.ReadJobState(); err != nil || state.Restarts != 0 {
		t.Errorf("%d restarts of a job that was started once, %v", state.Restarts, err)
	}
}

// A poll from before a job ran does not make the supervisor forget that it ran: the requeue that follows is counted.
func TestRequeueAfterAnOlderPollIsCounted(t *testing.T) {
	defer func(d time.Duration) { pollFirst = d }(pollFirst)
	pollFirst = time.Second
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	until(t, "the job is known to wait", func() bool { state, _ := dir.ReadJobState(); return state.State == "PENDING" })
	s.start(t, id)
	until(t, "it runs", func() bool { state, _ := dir.ReadJobState(); return state.Phase == rundir.JobRunning })
	trains(t, dir)
	j, _ := s.read(id)
	s.state(id, "PENDING", "BeginTime")
	signalProcess(j.PID) // its trainer logs that it was interrupted, before the next poll
	until(t, "it waits again", func() bool {
		state, _ := dir.ReadJobState()
		return state.Restarts == 1 && state.Phase == rundir.JobQueued
	})
	proceed(dir)
	s.start(t, id)
	result(t, done, dir, rundir.Complete)
}

func TestStopCancelsAJobThatHasNotStarted(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	submitted(t, dir)
	for _, action := range []string{"pause", "note", "stop"} {
		if err := dir.Send(rundir.Request{Action: action}); err != nil {
			t.Fatal(err)
		}
	}
	result(t, done, dir, rundir.Stopped, "before it started")
	if s.lines("cancels") != 1 {
		t.Errorf("%d cancels", s.lines("cancels"))
	}
	record, err := rundir.ReadRecord(dir)
	if err != nil || len(record.Answers) != 3 || !strings.Contains(record.Answers[0].Answer, "not possible") {
		t.Errorf("the answers are %+v, %v", record.Answers, err)
	}
}

func TestStopReachesTheTrainerOfARunningJob(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	s.start(t, submitted(t, dir))
	trains(t, dir)
	if err := dir.Send(rundir.Request{Action: "stop"}); err != nil {
		t.Fatal(err)
	}
	result(t, done, dir, rundir.Stopped)
	if s.lines("cancels") != 0 {
		t.Error("the job was cancelled")
	}
}

func TestEndOfTheSupervisorStopsTheTrainer(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	ctx, cancel := context.WithCancel(t.Context())
	done := supervise(ctx, dir)
	s.start(t, submitted(t, dir))
	trains(t, dir)
	cancel()
	result(t, done, dir, rundir.Stopped)
}

func TestEndOfTheSupervisorCancelsATrainerThatDoesNotStop(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	defer func(d time.Duration) { grace = d }(grace)
	grace = 50 * time.Millisecond
	if err := os.WriteFile(filepath.Join(string(dir), "behaviour"), []byte("vanish"), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := supervise(ctx, dir)
	s.start(t, submitted(t, dir))
	trains(t, dir)
	cancel()
	result(t, done, dir, rundir.Interrupted, "ended by a signal")
}

func TestEndOfTheSupervisorCancelsAJobThatHasNotStarted(t *testing.T) {
	e, _ := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	ctx, cancel := context.WithCancel(t.Context())
	done := supervise(ctx, dir)
	submitted(t, dir)
	cancel()
	result(t, done, dir, rundir.Interrupted, "ended by a signal")
}

func TestJobThatWaitsTooLongFails(t *testing.T) {
	e, s := scheduledEngine(t)
	e.QueueTimeout = "100ms"
	dir := prepared(t, t.TempDir(), "run", e)
	result(t, supervise(t.Context(), dir), dir, rundir.Failed, "waited for more than 100ms (Priority)", "engine.queue_timeout")
	if s.lines("cancels") != 1 {
		t.Error("the job was not cancelled")
	}
}

func TestJobThatRunsAndNeverWritesFails(t *testing.T) {
	e, s := scheduledEngine(t)
	e.StartTimeout = "100ms"
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	s.state(submitted(t, dir), "RUNNING", "None")
	result(t, done, dir, rundir.Failed, "logged nothing within 100ms", "engine.start_timeout")
}

func TestEndsOfJobsAreNamed(t *testing.T) {
	for state, want := range map[string]struct{ before, after, words string }{
		"CANCELLED by 1000": {rundir.Interrupted, rundir.Interrupted, "its job was cancelled"},
		"OUT_OF_MEMORY":     {rundir.Failed, rundir.Interrupted, "ran out of memory"},
		"TIMEOUT":           {rundir.Failed, rundir.Interrupted, "reached its time limit"},
		"NODE_FAIL":         {rundir.Interrupted, rundir.Interrupted, "the machine of its job failed"},
		"PREEMPTED":         {rundir.Interrupted, rundir.Interrupted, "its job was preempted"},
		"FAILED":            {rundir.Failed, rundir.Interrupted, "its trainer ended"},
	} {
		t.Run(strings.Fields(state)[0], func(t *testing.T) {
			t.Parallel()
			e, s := scheduledEngine(t)
			root := t.TempDir()
			before, after := prepared(t, root, "before", e), prepared(t, root, "after", e)
			done := supervise(t.Context(), before)
			s.kill(submitted(t, before), state)
			result(t, done, before, want.before, want.words)

			done = supervise(t.Context(), after)
			id := submitted(t, after)
			s.start(t, id)
			trains(t, after)
			s.kill(id, state)
			result(t, done, after, want.after, want.words)
		})
	}
}

func TestJobIsRequeuedAndGoesOn(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.start(t, id)
	trains(t, dir)
	s.kill(id, "PREEMPTED")
	until(t, "it is seen", func() bool { state, _ := dir.ReadJobState(); return state.State == "PREEMPTED" })
	s.state(id, "PENDING", "BeginTime")
	until(t, "it is queued again", func() bool {
		state, _ := dir.ReadJobState()
		return state.Phase == rundir.JobQueued && state.Reason == "BeginTime"
	})
	s.start(t, id)
	until(t, "the trainer resumes", func() bool { return starts(t, dir) == 2 })
	proceed(dir)
	result(t, done, dir, rundir.Complete)
	if state, _ := dir.ReadJobState(); state.Job != id || len(s.jobs()) != 1 {
		t.Errorf("%v, %+v", s.jobs(), state)
	}
}

// The trainer that Slurm warns of the time limit saves, logs that it was interrupted, and is put back into the queue.
func TestJobThatLogsAnInterruptionAndIsRequeuedGoesOn(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.start(t, id)
	trains(t, dir)
	j, _ := s.read(id)
	s.state(id, "COMPLETING", "None")
	signalProcess(j.PID)
	until(t, "it has ended", func() bool { return !rundir.Locked(dir) })
	s.state(id, "PENDING", "BeginTime")
	until(t, "it is queued again", func() bool { state, _ := dir.ReadJobState(); return state.Phase == rundir.JobQueued })
	s.start(t, id)
	until(t, "the trainer resumes", func() bool { return starts(t, dir) == 2 })
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

func TestStopOfARequeuedJobCancelsIt(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.start(t, id)
	trains(t, dir)
	s.kill(id, "PENDING")
	until(t, "it is queued again", func() bool { state, _ := dir.ReadJobState(); return state.Phase == rundir.JobQueued })
	if err := dir.Send(rundir.Request{Action: "stop"}); err != nil {
		t.Fatal(err)
	}
	result(t, done, dir, rundir.Stopped, "to start again")
}

func TestNodeThatIsLostIsInterruptedWithoutAHeartbeat(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.start(t, id)
	trains(t, dir)
	s.set("poll.fails", "the controller does not answer\n") // neither is it known how the job ended
	s.kill(id, "RUNNING")
	result(t, done, dir, rundir.Interrupted, "no heartbeat for")
}

func TestJobThatTheSchedulerForgotIsInterrupted(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.start(t, id)
	trains(t, dir)
	s.kill(id, "")
	result(t, done, dir, rundir.Interrupted, "no longer knows its job "+id)
}

// A trainer that holds the run's lock is alive, whatever the scheduler says.
func TestJobWithALockedRunGoesOnWithoutTheScheduler(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.start(t, id)
	trains(t, dir)
	s.state(id, "", "") // absent
	time.Sleep(stale + 50*time.Millisecond)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

func TestPollThatFailsOnceIsKept(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	until(t, "it is polled", func() bool { state, _ := dir.ReadJobState(); return state.State == "PENDING" })
	s.set("poll.fails", "socket timed out\n")
	time.Sleep(5 * pollFirst)
	if state, _ := dir.ReadJobState(); state.State != "PENDING" || state.Problem != "" || state.Phase != rundir.JobQueued {
		t.Errorf("the state is %+v", state)
	}
	os.Remove(filepath.Join(s.folder, "poll.fails"))
	s.start(t, id)
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

func TestPollThatFailsForMinutesIsSaid(t *testing.T) {
	defer func(d time.Duration) { problemAfter = d }(problemAfter)
	problemAfter = 30 * time.Millisecond
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.set("poll.fails", "slurm_load_jobs error: Unable to contact slurm controller\n")
	until(t, "the problem is said", func() bool {
		state, _ := dir.ReadJobState()
		return strings.HasPrefix(state.Problem, "since ") && strings.HasSuffix(state.Problem, "Unable to contact slurm controller")
	})
	os.Remove(filepath.Join(s.folder, "poll.fails"))
	until(t, "the problem is over", func() bool { state, _ := dir.ReadJobState(); return state.Problem == "" })
	s.start(t, id)
	trains(t, dir)
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

func TestOnePollIsForAllJobs(t *testing.T) {
	e, s := scheduledEngine(t)
	root := t.TempDir()
	var dirs []rundir.Dir
	var ends []<-chan outcome
	for _, id := range []string{"one", "two", "three"} {
		dir := prepared(t, root, id, e)
		dirs, ends = append(dirs, dir), append(ends, supervise(t.Context(), dir))
		submitted(t, dir)
	}
	until(t, "a poll names all jobs", func() bool {
		text, _ := os.ReadFile(filepath.Join(s.folder, "polls"))
		return strings.Contains(string(text), "1,2,3\n")
	})
	for i, dir := range dirs {
		if err := dir.Send(rundir.Request{Action: "stop"}); err != nil {
			t.Fatal(err)
		}
		result(t, ends[i], dir, rundir.Stopped)
	}
	text, _ := os.ReadFile(filepath.Join(s.folder, "polls"))
	for line := range strings.Lines(string(text)) {
		if ids := strings.Split(strings.TrimSpace(line), ","); len(ids) > 3 {
			t.Errorf("a poll of %q", ids)
		}
	}
}

func TestJobsTakeSlotsOfTheirOwn(t *testing.T) {
	e, s := scheduledEngine(t)
	e.Slots = 1
	root := t.TempDir()
	native, err := rundir.Enqueue(rundir.Dir(filepath.Join(root, "native")), "")
	if err != nil {
		t.Fatal(err)
	}
	defer native.Release()
	if turn, _, err := native.Turn(1); !turn || err != nil {
		t.Fatal(turn, err)
	}
	one, two := prepared(t, root, "one", e), prepared(t, root, "two", e)
	first := supervise(t.Context(), one)
	submitted(t, one)
	second := supervise(t.Context(), two)
	local := prepared(t, root, "local", childEngine("train"))
	third := supervise(t.Context(), local)
	until(t, "all have tickets", func() bool { list, err := rundir.Queue(root); return err == nil && len(list) == 4 })
	time.Sleep(10 * tick)
	if state, err := two.ReadJobState(); err == nil || len(s.jobs()) != 1 || trainers(local) != 0 {
		t.Errorf("%d jobs at a time, %+v; %d trainers beside a native run", len(s.jobs()), state, trainers(local))
	}
	for _, dir := range []rundir.Dir{two, local, one} {
		if err := dir.Send(rundir.Request{Action: "stop"}); err != nil {
			t.Fatal(err)
		}
	}
	result(t, first, one, rundir.Stopped)
	for _, end := range []<-chan outcome{second, third} {
		if got := <-end; got.finish.Status != rundir.Stopped || got.finish.Message != "while waiting in the queue" {
			t.Errorf("%+v", got)
		}
	}
}

func TestSubmitCommandsThatFail(t *testing.T) {
	for name, want := range map[string]struct{ file, text, message string }{
		"exit code": {"submit.fails", "sbatch: error: invalid partition: gpux\n", `ended with exit code 1: sbatch: error: invalid partition`},
		"no ID":     {"prints", "Welcome to the cluster\nBye\n", `printed no job ID: Welcome to the cluster; Bye`},
		"no output": {"prints", "", `printed no job ID: it printed nothing`},
	} {
		t.Run(name, func(t *testing.T) {
			e, s := scheduledEngine(t)
			s.set(want.file, want.text)
			dir := prepared(t, t.TempDir(), "run", e)
			result(t, supervise(t.Context(), dir), dir, rundir.Failed, want.message)
		})
	}
	e, _ := scheduledEngine(t)
	e.Submit = []string{"no-such-sbatch", "{run}"}
	dir := prepared(t, t.TempDir(), "run", e)
	result(t, supervise(t.Context(), dir), dir, rundir.Failed, `"no-such-sbatch" is not in PATH`)
}

func TestSecondJobOfARunIsRefusedByTheLock(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	j, _ := s.read(id)
	s.write("99", fakeJob{State: "PENDING", Command: j.Command, Token: j.Token}) // such as a job submitted by hand
	s.start(t, id)
	trains(t, dir)
	s.start(t, "99")
	until(t, "the second has ended", func() bool { j, _ := s.read("99"); return j.State == "FAILED" })
	if starts(t, dir) != 1 {
		t.Error("both train")
	}
	proceed(dir)
	result(t, done, dir, rundir.Complete)
}

func TestSecondSupervisorIsRefused(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	submitted(t, dir)
	if _, err := Supervise(t.Context(), dir, func() error { return nil }); err == nil || !strings.Contains(err.Error(), "is held by") {
		t.Errorf("error %v", err)
	}
	if err := dir.Send(rundir.Request{Action: "stop"}); err != nil {
		t.Fatal(err)
	}
	result(t, done, dir, rundir.Stopped)
	if len(s.jobs()) != 1 {
		t.Errorf("jobs %v", s.jobs())
	}
}
