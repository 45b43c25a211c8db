package job

import (
	"context"
	"errors"
	"time"

	"ftft/train/rundir"
)

// tick is the time between two looks at the log, the lock and the requests.
var tick = 500 * time.Millisecond

// withLog calls write with the run's log and lock. It reports false if another process, the trainer, holds the lock. attempt is that of
// the events, 0 for a new one.
func (s *supervisor) withLog(attempt int, write func(log *rundir.Log) error) (written bool, err error) {
	lock, err := rundir.Lock(s.dir)
	if errors.As(err, new(*rundir.LockedError)) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	log, err := rundir.OpenLog(s.dir, attempt)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	return true, write(log)
}

// dismiss answers the requests that an earlier attempt has left: they did not mean the job to come. A run that has not logged anything
// keeps its requests.
func (s *supervisor) dismiss() error {
	requests, err := s.dir.Requests()
	if err != nil || len(requests) == 0 || s.log.seq == 0 {
		return err
	}
	_, err = s.withLog(0, func(log *rundir.Log) error {
		for _, request := range requests {
			answer := "too late: the run ended before it could answer"
			if request.Action == "note" {
				answer = "noted"
			}
			if err := log.Answer(s.dir, s.log.step, request, answer); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, s.log.poll())
}

// answerWaiting answers requests to a run that waits, apart from those to stop, and reports whether there is one of these.
func (s *supervisor) answerWaiting(where string) (stop bool, err error) {
	requests, err := s.dir.Requests()
	if err != nil {
		return false, err
	}
	var others []rundir.Request
	for _, request := range requests {
		if request.Action == "stop" {
			stop = true
		} else {
			others = append(others, request)
		}
	}
	if len(others) == 0 {
		return stop, nil
	}
	_, err = s.withLog(0, func(log *rundir.Log) error {
		for _, request := range others {
			answer := "not possible while the run waits " + where
			switch request.Action {
			case "note":
				answer = "noted"
			case "":
				answer = request.Problem
			}
			if err := log.Answer(s.dir, s.log.step, request, answer); err != nil {
				return err
			}
		}
		return nil
	})
	return stop, errors.Join(err, s.log.poll())
}

// waitForTurn waits until the run may be submitted. ended reports that the run was stopped, or ctx has ended, before that.
func (s *supervisor) waitForTurn(ctx context.Context, ticket *rundir.Ticket) (ended bool, err error) {
	for {
		turn, _, err := ticket.Turn(s.engine.Slots)
		if turn || err != nil {
			return false, err
		}
		stop, err := s.answerWaiting("in the queue")
		if err != nil {
			return false, err
		}
		status := rundir.Stopped
		if !stop {
			if sleep(ctx, tick) {
				continue
			}
			status = rundir.Interrupted
		}
		finish := rundir.Finish{Status: status, Message: "while waiting in the queue"}
		logged, err := s.logFinish(&finish)
		if !logged && err == nil {
			continue // a trainer that does not belong to a job of ours has begun
		}
		return true, err
	}
}
