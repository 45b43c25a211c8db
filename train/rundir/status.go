package rundir

import (
	"errors"
	"os"
	"time"
)

// The states of a run. A Finish event has one of the last four.
const (
	Pending     = "pending"     // no start event yet
	Running     = "running"     // a process trains it
	Complete    = "complete"    // the budget is spent, or early stopping ended the run
	Stopped     = "stopped"     // a user's request ended it
	Interrupted = "interrupted" // a signal ended it, or its process was killed
	Failed      = "failed"      // an error ended it
)

const (
	// HeartbeatEvery is how often a writer logs a heartbeat.
	HeartbeatEvery = 20 * time.Second
	// A writer on another host counts as gone once its last event is older than stale: network file systems delay what others see
	// by close to a minute. Its clock may be ahead of the reader's by up to ahead.
	stale = 120 * time.Second
	ahead = 10 * time.Minute
)

// Status is a run's state and progress.
type Status struct {
	State    string
	Step     int // optimiser steps done
	MaxSteps int // the budget
	Attempt  int // the latest
	PID      int // of the latest attempt's writer
	Host     string
	Started  time.Time // the latest attempt
	Updated  time.Time // the last event
	Finish   *Finish   // the latest attempt's, if it has one
	Paused   bool      // by a request: it runs but takes no steps
	Waits    string    // why it takes no steps though it is not paused, such as a full disk; empty = it does not wait
}

// Status returns the run's status from its lock and its log. It ignores lines of the log that are not events.
func (d Dir) Status() (Status, error) {
	status, err := d.CheckedStatus()
	if errors.As(err, new(*Corrupt)) {
		err = nil
	}
	return status, err
}

// CheckedStatus is Status with a *Corrupt error for the first line of the log that is not an event. Beside the error it returns the status
// by the other lines.
func (d Dir) CheckedStatus() (Status, error) {
	locked := Locked(d) // before the log: a process that ends between the two has logged its finish
	events, err := ReadEvents(d)
	if err != nil && !errors.As(err, new(*Corrupt)) {
		return Status{}, err
	}
	return StatusOf(events, locked), err
}

// StatusOf returns the status that follows from current events (see Current) and the lock's state, for readers that have the events
// already. The lock must have been tested before the events were read.
func StatusOf(events []Event, locked bool) Status {
	var s Status
	for _, event := range events {
		s.add(event)
	}
	s.decide(locked)
	return s
}

// add adds one event. It leaves State to decide.
func (s *Status) add(event Event) {
	s.Step = max(s.Step, event.Step)
	s.Updated = event.Time
	if event.Kind != "heartbeat" {
		s.Waits = ""
	}
	switch body := event.Body.(type) {
	case *Warning:
		if body.Waits {
			s.Waits = body.Message
		}
	case *Start:
		s.MaxSteps = body.MaxSteps
		s.PID, s.Host, s.Attempt, s.Started, s.Finish, s.Paused = body.PID, body.Host, event.Attempt, event.Time, nil, false
	case *Resume:
		s.PID, s.Host, s.Attempt, s.Started, s.Finish, s.Paused = body.PID, body.Host, event.Attempt, event.Time, nil, false
	case *Control:
		s.Paused = body.Action == "pause" || s.Paused && body.Action != "resume" && body.Action != "stop"
	case *Finish:
		s.Finish = body
	}
}

// decide sets State from the added events and the lock's state.
func (s *Status) decide(locked bool) {
	host, _ := os.Hostname()
	switch {
	case s.Finish != nil:
		s.State = s.Finish.Status
	case s.Started.IsZero():
		s.State = Pending
	case locked, s.Host != host && fresh(s.Updated):
		s.State = Running
	default:
		s.State = Interrupted
	}
}

// fresh reports whether an event is so recent that its writer, on another host, may still be alive.
func fresh(at time.Time) bool {
	age := time.Since(at)
	return -ahead < age && age < stale
}
