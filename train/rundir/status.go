package rundir

import (
	"errors"
	"os"
	"time"
)

// The states of a run. A finish event says one of the last four.
const (
	Pending     = "pending"     // no start event yet
	Running     = "running"     // a writer is at work
	Complete    = "complete"    // the budget is spent, or early stopping ended it
	Stopped     = "stopped"     // a user's request ended it
	Interrupted = "interrupted" // a signal ended it, or its writer is gone
	Failed      = "failed"      // an error ended it
)

const (
	// HeartbeatEvery is how often a writer logs a heartbeat.
	HeartbeatEvery = 20 * time.Second
	// stale is the age of the last event from which on a writer on another host counts as gone; ahead is by how much its
	// clock may be before the reader's.
	stale = 60 * time.Second
	ahead = 10 * time.Minute
)

// Status is how a run stands.
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
	Paused   bool      // by a request: it runs, and takes no steps
	Waits    string    // why it takes no steps though nobody paused it, as on a full disk; empty = it does
}

// Status reads the log and looks at the lock. Lines of the log that are not events are passed over.
func (d Dir) Status() (Status, error) {
	locked := Locked(d) // before the log: a writer that ends between the two has logged its finish
	events, err := ReadEvents(d)
	var corrupt *Corrupt
	if err != nil && !errors.As(err, &corrupt) {
		return Status{}, err
	}
	return StatusOf(events, locked), nil
}

// StatusOf gives the status that current events (see Current) and the lock's state amount to, for readers that have
// the events already. The lock must have been looked at before the events.
func StatusOf(events []Event, locked bool) Status {
	var s Status
	for _, event := range events {
		s.add(event)
	}
	s.decide(locked)
	return s
}

// add takes in one event; State is left to decide.
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

// decide sets State from the events taken in and the lock's state.
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

// fresh says whether an event is young enough for its writer, on another host, to be at work still.
func fresh(at time.Time) bool {
	age := time.Since(at)
	return -ahead < age && age < stale
}
