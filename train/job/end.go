package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ftft/internal/disk"
	"ftft/train/rundir"
)

// restartable are the ends after which a scheduler may put a job back into its queue.
var restartable = []string{"NODE_FAIL", "NF", "PREEMPTED", "PR", "BOOT_FAIL", "BF"}

// ended reports whether the job is over. lost reports that this follows only from the log's silence.
func (s *supervisor) ended() (over, lost bool) {
	v := &s.sight
	if v.locked { // a trainer writes the run, whatever the scheduler says
		return false, false
	}
	silent := s.log.silent() > stale
	final := s.log.finish != nil && s.log.finish.Status != rundir.Interrupted
	switch v.job.phase {
	case ended:
		wait := settle
		if slices.Contains(restartable, v.job.word) && !final {
			wait = requeueWithin
		}
		if s.child != nil || final {
			wait = 0
		}
		return time.Since(v.ended) >= wait, false
	case absent:
		if s.log.finish != nil {
			return true, false
		}
		if s.log.started {
			return silent, true
		}
		return time.Since(v.ended) >= settle, true
	case unknown:
		return silent && (s.log.started || s.log.finish != nil), true
	}
	return final && !s.end.cancelled.IsZero() && time.Since(s.end.cancelled) > killAfter, false
}

// conclude logs how the job has ended, if its trainer has not. done is false if a trainer holds the lock after all.
func (s *supervisor) conclude(ctx context.Context, lost bool) (done bool, err error) {
	if lost && s.board != nil && s.sight.job.phase == unknown && s.end.cancelled.IsZero() {
		s.cancel(ctx) // as far as the scheduler still can
	}
	if s.log.finish == nil {
		finish := s.cause(lost)
		if logged, err := s.logFinish(&finish); !logged || err != nil {
			return false, err
		}
	}
	s.state.Phase, s.state.ExitCode = rundir.JobEnded, s.sight.job.exit
	if s.state.Reason == "" {
		s.state.Reason = s.log.finish.Message
	}
	s.state.Problem = ""
	s.save()
	if s.log.finish.Status == rundir.Failed {
		err = errors.New(s.log.finish.Message)
	}
	return true, err
}

// cause returns the finish of a job whose trainer has logged none.
func (s *supervisor) cause(lost bool) (finish rundir.Finish) {
	v := &s.sight
	finish.Status = rundir.Interrupted
	if !s.log.started {
		finish.Status = rundir.Failed // repeating it would not help
	}
	word, again := v.job.word, true // again: repeating may help even if it has not started
	switch {
	case s.end.status != "" && s.end.status != rundir.Failed && (v.job.phase != ended || !s.end.cancelled.IsZero()):
		finish.Status, finish.Message = s.end.status, s.end.message
		return finish
	case s.end.status == rundir.Failed:
		finish.Status, finish.Message = s.end.status, s.end.message
		return finish
	case v.job.phase == absent:
		finish.Message = fmt.Sprintf("%s no longer knows its job %s", s.engine.Kind, s.state.Job)
	case lost:
		finish.Message = fmt.Sprintf("no heartbeat for %s: its machine or the connection to it is lost", stale)
	case slices.Contains([]string{"NODE_FAIL", "NF", "BOOT_FAIL", "BF"}, word):
		finish.Message = "the machine of its job failed"
	case word == "PREEMPTED" || word == "PR":
		finish.Message = "its job was preempted"
	case slices.Contains([]string{"CANCELLED", "CANCELED", "CA", "REVOKED", "RV", "DELETED", "REMOVED"}, word):
		finish.Message = "its job was cancelled"
	case slices.Contains([]string{"OUT_OF_MEMORY", "OOM"}, word):
		finish.Message, again = "its job ran out of memory: ask for more, or train with smaller batches", false
	case slices.Contains([]string{"TIMEOUT", "TO", "TIMED_OUT", "DEADLINE", "DL", "EXPIRED"}, word):
		finish.Message, again = "its job reached its time limit", false
	default:
		finish.Message, again = s.exited(), false
	}
	if again {
		finish.Status = rundir.Interrupted
	}
	if line := lastOutput(s.dir.JobOutput()); line != "" {
		finish.Message += ": " + line
	}
	return finish
}

// exited describes the end of a job by its exit code.
func (s *supervisor) exited() string {
	exit := s.sight.job.exit
	without := " and logged no end"
	if !s.log.started {
		without = " and logged nothing"
	}
	switch {
	case exit == nil:
		return "its trainer ended" + without
	case *exit == 128+9:
		return "its trainer was killed by signal 9, as the system does when memory runs out"
	case *exit > 128 && *exit < 128+65:
		return "its trainer was killed by signal " + signalText(*exit-128)
	case *exit == 0:
		return "its trainer ended with exit code 0" + without
	}
	return fmt.Sprintf("its trainer ended with exit code %d", *exit)
}

// retryEvery is the time between two attempts to write to a full disk.
var retryEvery = 2 * time.Second

// logFinish logs the end of the run in the trainer's place, with the totals of its log, and answers the requests that are left. It
// waits for space on a full disk until this process is to end. logged is false if a trainer holds the run's lock.
func (s *supervisor) logFinish(finish *rundir.Finish) (logged bool, err error) {
	for {
		logged, err = s.tryFinish(finish)
		if !disk.Full(err) {
			return logged, err
		}
		select {
		case <-s.stopping:
			return logged, err
		case <-time.After(retryEvery):
		}
	}
}

func (s *supervisor) tryFinish(finish *rundir.Finish) (logged bool, err error) {
	record, err := rundir.ReadRecord(s.dir)
	if err != nil && !errors.As(err, new(*rundir.Corrupt)) {
		return false, err
	}
	total(finish, &record)
	attempt := 0
	if s.log.started {
		attempt = s.log.attempt
	}
	logged, err = s.withLog(attempt, func(log *rundir.Log) error {
		requests, err := s.dir.Requests()
		if err != nil {
			return err
		}
		for _, request := range requests {
			answer := "too late: the job has ended"
			switch {
			case request.Action == "note":
				answer = "noted"
			case request.Action == "stop" && finish.Status == rundir.Stopped:
				answer = "stopping before the job starts"
			}
			if err := log.Answer(s.dir, s.log.step, request, answer); err != nil {
				return err
			}
		}
		return log.Append(s.log.step, finish)
	})
	if logged && err == nil {
		s.log.finish = finish
	}
	return logged, err
}

// total fills in the totals of a run by its log.
func total(finish *rundir.Finish, record *rundir.Record) {
	finish.Tokens, finish.Seconds, finish.TrainFLOPs = record.Steps.Tokens, record.Steps.Seconds, record.Steps.FLOPs
	for _, e := range record.Evaluations {
		finish.EvaluationFLOPs += e.FLOPs
	}
	for _, saved := range record.Checkpoints {
		if saved.Best {
			finish.BestStep = saved.Step
		}
	}
	if finish.GUIDs == nil {
		finish.GUIDs = []string{}
	}
}
