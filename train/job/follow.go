package job

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"ftft/configs"
	"ftft/train/rundir"
)

var (
	// stale is how long a trainer on another machine may log nothing, heartbeats included, until it counts as lost.
	stale = 120 * time.Second
	// grace is the time that a trainer has to save the model when this process is asked to end. It is less than launch.Child gives this
	// process.
	grace = 90 * time.Second
	// killAfter is the time between the SIGTERM and the SIGKILL for a child that has nothing to save.
	killAfter = 10 * time.Second
	// cancelEvery is the time between two calls of a cancel command, which may fail.
	cancelEvery = 10 * time.Second
	// abandonAfter is how long this process, when it is to end, waits for the end of a job that it has cancelled.
	abandonAfter = 15 * time.Second
	// settle is how long the end of a scheduler's job must be known before it counts: the trainer's last events may come late, over NFS.
	settle = 5 * time.Second
	// requeueWithin is the same for an end after which the scheduler may start the job again, such as that of a node.
	requeueWithin = 60 * time.Second
	// lingerFor is how long a job may continue after the run has ended.
	lingerFor = 60 * time.Second
	// problemAfter is how long polling must fail until that is said.
	problemAfter = 5 * time.Minute
)

// sight is what a supervisor sees of a job: its condition, the lock and the log.
type sight struct {
	job     condition
	locked  bool      // a trainer holds the run's lock
	seen    bool      // this process has seen the job alive
	waits   time.Time // since when it waits to be started; zero = it does not
	runs    time.Time // since when it runs
	ended   time.Time // since when it has ended or is absent
	over    time.Time // since when the log has a finish of the run
	details bool      // the scheduler was asked how it ended
}

// intent is how this process is going to end a job.
type intent struct {
	status, message string    // of the finish; "" = the job may go on
	cancel          time.Time // when to cancel it
	cancelled       time.Time // the first time
	tried           time.Time // the last time
	killed          bool
	problem         string // of the cancel command
}

// follow follows a job to its end.
func (s *supervisor) follow(ctx context.Context) (rundir.Finish, error) {
	if err := s.log.from(s.state.Seq, s.dir); err != nil {
		return rundir.Finish{}, err
	}
	for {
		// Before the look: a trainer that starts after it has seen whatever asks it to stop later.
		toEnd := ctx.Err() != nil
		stop, err := s.stopAsked()
		if err != nil {
			return rundir.Finish{}, err
		}
		if err := s.look(ctx); err != nil {
			return rundir.Finish{}, err
		}
		s.save()
		if over, lost := s.ended(); over {
			done, err := s.conclude(ctx, lost)
			if done {
				s.forget()
			}
			if done || err != nil {
				return s.result(), err
			}
		}
		if err := s.decide(toEnd, stop); err != nil {
			return rundir.Finish{}, err
		}
		if s.end.status != "" && !time.Now().Before(s.end.cancel) {
			s.cancel(ctx)
		}
		if ctx.Err() != nil && !s.end.cancelled.IsZero() && time.Since(s.end.cancelled) > abandonAfter {
			return rundir.Finish{Status: rundir.Interrupted, Message: "its job was cancelled and has not ended yet"}, nil
		}
		if s.end.status == "" {
			sleep(ctx, tick)
		} else {
			time.Sleep(tick)
		}
	}
}

func (s *supervisor) forget() {
	if s.board != nil && s.state.Job != "" {
		s.board.forget(s.state.Job)
	}
}

// look reads the log, the lock and the job's condition, and sets the state accordingly.
func (s *supervisor) look(ctx context.Context) error {
	v := &s.sight
	if s.board == nil {
		v.job = s.child.condition()
	} else if err := s.askScheduler(ctx); err != nil {
		return err
	}
	v.locked = rundir.Locked(s.dir) // before the log: a trainer that ends between the two has logged its finish
	if err := s.log.poll(); err != nil {
		return err
	}
	trains := v.locked || s.log.started && s.log.finish == nil && s.log.spoke.After(s.state.Polled)
	if v.job.phase == waiting && trains {
		v.job = condition{phase: running} // it has started since the last poll
	}
	if s.child != nil && v.job.phase == ended && s.child.done == nil && s.state.Host != hostname() {
		v.job.phase = unknown // it runs on another machine
	}
	now := time.Now()
	mark := func(at *time.Time, holds bool) {
		if !holds {
			*at = time.Time{}
		} else if at.IsZero() {
			*at = now
		}
	}
	if v.job.phase == waiting && !v.runs.IsZero() {
		if s.state.Polled.After(v.runs) {
			s.state.Restarts++
		} else {
			v.job = condition{phase: running} // a poll from before it ran; the next one tells whether it waits again
		}
	}
	mark(&v.waits, v.job.phase == waiting)
	mark(&v.ended, v.job.phase == ended || v.job.phase == absent)
	mark(&v.runs, v.job.phase == running || v.job.phase == unknown && !v.runs.IsZero())
	mark(&v.over, s.log.finish != nil && !v.locked)
	alive := v.job.phase == running || v.job.phase == waiting
	v.seen = v.seen || v.locked || alive && (s.board == nil || trains || s.state.Polled.After(s.began))
	switch {
	case v.job.phase == waiting && !v.locked:
		s.state.Phase = rundir.JobQueued
	case v.locked, s.board != nil && v.job.phase == running, s.log.started:
		s.state.Phase = rundir.JobRunning
	}
	s.state.State, s.state.Reason, s.state.Starts = v.job.word, v.job.reason, v.job.starts
	if v.job.phase == ended {
		s.state.Starts = time.Time{}
	}
	return nil
}

func hostname() string { name, _ := os.Hostname(); return name }

// askScheduler asks the board for the job's condition, and the scheduler's other commands where that has none.
func (s *supervisor) askScheduler(ctx context.Context) error {
	every := pollFirst
	if time.Since(s.state.Submitted) > pollLong {
		every = pollLater
	}
	if !s.end.cancelled.IsZero() {
		every = min(every, pollEnding)
	}
	every = min(every, time.Since(s.began)) // what others have asked before may be out of date
	a, err := s.board.look(context.WithoutCancel(ctx), s.state.Job, every)
	if err != nil {
		return err
	}
	s.state.Polled, s.state.Problem = a.polled, ""
	if !a.failing.IsZero() && time.Since(a.failing) >= problemAfter {
		s.state.Problem = fmt.Sprintf("since %s: %s", a.failing.Local().Format("15:04"), a.problem)
	}
	was := s.sight.job
	s.sight.job = a.condition
	if !a.failing.IsZero() && time.Since(a.failing) > stale && s.log.started {
		s.sight.job.phase = unknown // the log tells
	}
	if s.engine.Kind != configs.Slurm || a.phase != ended && a.phase != absent {
		s.sight.details = false
		return nil
	}
	if s.sight.details {
		s.sight.job = was
		return nil
	}
	s.sight.details = true
	s.sight.job = s.ending(ctx, a.condition)
	return nil
}

// ending asks Slurm how a job has ended: scontrol for a while, then sacct. What neither knows stays as it is.
func (s *supervisor) ending(ctx context.Context, c condition) condition {
	ctx = context.WithoutCancel(ctx)
	output, _, err := call(ctx, []string{"scontrol", "show", "job", "-o", s.state.Job})
	if got, ok := parseControl(output); err == nil && ok {
		return got
	}
	for _, command := range [][]string{
		{"sacct", "-n", "-P", "-X", "-j", s.state.Job, "-o", "State,ExitCode"},
		{"sacct", "-c", "-n", "-P", "-j", s.state.Job},
	} {
		output, _, err := call(ctx, command)
		if got, ok := parseAccount(output); err == nil && ok && got.phase == ended {
			return got
		}
	}
	return c
}

// decide sets the intent to end the job where there is a reason: this process is to end, a request asks the run to stop, or a time has
// run out.
func (s *supervisor) decide(toEnd, stop bool) error {
	v, now := &s.sight, time.Now()
	trains := v.locked || s.log.started && s.log.finish == nil && v.job.phase != waiting && s.log.silent() < stale
	if s.end.status != "" {
		return nil
	}
	if toEnd {
		s.end = intent{status: rundir.Interrupted, message: "ended by a signal", cancel: now}
		if !trains {
			return nil
		}
		if s.child != nil {
			s.child.signal(syscall.SIGTERM, false)
			s.end.cancelled = now
			s.end.cancel = now.Add(grace)
			return nil
		}
		s.end.cancel = now.Add(grace)
		_ = s.dir.Send(rundir.Request{Action: "stop"}) // without space for it the job is cancelled
		return nil
	}
	if stop && (v.job.phase == waiting || !v.locked && !s.log.started) {
		s.end = intent{status: rundir.Stopped, message: "stopped by request before it started", cancel: now}
		if s.log.started {
			s.end.message = "stopped by request while it waited to start again"
		}
		return nil
	}
	if v.job.phase == waiting {
		if _, err := s.answerWaiting("to be started by " + s.engine.Kind); err != nil {
			return err
		}
	}
	if limit := s.engine.queueTimeout; limit > 0 && v.job.phase == waiting && s.waited() > limit {
		s.end = intent{status: rundir.Failed, cancel: now, message: fmt.Sprintf(
			"its job waited for more than %s%s: raise engine.queue_timeout", limit, inBrackets(v.job.reason))}
	}
	if limit := s.engine.startTimeout; limit > 0 && !v.runs.IsZero() && !s.log.started && now.Sub(v.runs) > limit {
		s.end = intent{status: rundir.Failed, cancel: now, message: fmt.Sprintf(
			"its trainer logged nothing within %s of its start: see %s, or raise engine.start_timeout", limit, s.dir.JobOutput())}
	}
	if !v.over.IsZero() && s.log.finish.Status != rundir.Interrupted && now.Sub(v.over) > lingerFor && s.end.status == "" {
		s.end = intent{status: s.log.finish.Status, cancel: now}
	}
	return nil
}

// waited returns how long the job has waited.
func (s *supervisor) waited() time.Duration {
	if s.log.started || s.state.Restarts > 0 {
		return time.Since(s.sight.waits)
	}
	return time.Since(s.state.Submitted)
}

// stopAsked reports whether a request asks the run to stop.
func (s *supervisor) stopAsked() (bool, error) {
	requests, err := s.dir.Requests()
	return slices.ContainsFunc(requests, func(r rundir.Request) bool { return r.Action == "stop" }), err
}

// cancel cancels the job.
func (s *supervisor) cancel(ctx context.Context) {
	now := time.Now()
	if s.child != nil {
		switch {
		case s.end.cancelled.IsZero():
			s.end.cancelled = now
			s.child.signal(syscall.SIGTERM, s.child.pid == 0)
			s.end.cancel = now.Add(killAfter)
		case !s.end.killed:
			s.end.killed = true
			s.child.signal(syscall.SIGKILL, true)
		}
		return
	}
	if now.Sub(s.end.tried) < cancelEvery || s.sight.job.phase == ended || s.sight.job.phase == absent {
		return
	}
	s.end.tried = now
	command := s.engine.cancelCommand(s.state.Job)
	if len(command) == 0 {
		s.end.problem = "the engine has no cancel command"
	} else if _, _, err := call(context.WithoutCancel(ctx), command); err != nil {
		s.end.problem = "cancel: " + err.Error()
	} else {
		s.end.problem = ""
	}
	if s.end.cancelled.IsZero() {
		s.end.cancelled = now
	}
	s.state.Problem = s.end.problem
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
