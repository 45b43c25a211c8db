package train

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ftft/train/rundir"
)

// controlEvery is the time between two looks for requests.
const controlEvery = 250 * time.Millisecond

// control reads the requests to a run, decides on each, and answers it once the decision is carried out.
type control struct {
	out    *output
	polled time.Time
	paused bool
	ending *ending // how the attempt ends early; nil while it continues
	ended  bool    // the run takes no further step
}

// ending describes how an attempt ends.
type ending struct {
	status, message string
	early           bool // early stopping ended it
}

// controlled is the target of requests: a run, or its place in the queue.
type controlled interface {
	// situation returns the input of decisions.
	situation() situation
	// carryOut carries out a decision, except for pausing and ending.
	carryOut(decision) error
}

// poll handles a cancelled context and, every controlEvery, the pending requests. It blocks while the run is paused. If the attempt
// is to end, poll sets ending.
func (c *control) poll(ctx context.Context, target controlled) error {
	for {
		if ctx.Err() != nil {
			c.ending = &ending{status: rundir.Interrupted, message: "ended by a signal"}
			return nil
		}
		if time.Since(c.polled) > controlEvery {
			c.polled = time.Now()
			if err := c.answer(target); err != nil {
				return err
			}
		}
		if !c.paused || c.ending != nil {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(controlEvery):
		}
	}
}

// answer handles the pending requests.
func (c *control) answer(target controlled) error {
	requests, err := c.out.dir.Requests()
	if err != nil {
		return err
	}
	for _, request := range requests {
		now := target.situation()
		now.paused, now.ended = c.paused, c.ended
		d := decide(request, now)
		c.paused = d.paused
		if d.ending != nil {
			c.ending = d.ending
		}
		if err := target.carryOut(d); err != nil {
			return err
		}
		if err := c.out.answer(request, d.answer); err != nil {
			return err
		}
	}
	return nil
}

// dismiss answers the requests that an earlier attempt left behind, whose log is past: a request to stop did not mean this
// attempt. A request that was answered, or carried out before the attempt was killed, is not called too late.
func (c *control) dismiss(requests []rundir.Request, past *rundir.Record, settings rundir.Settings) error {
	for _, request := range requests {
		answer := "too late: the run ended before it could answer"
		switch {
		case slices.ContainsFunc(past.Answers, func(a *rundir.Control) bool { return a.ID == request.ID }):
			if err := c.out.dir.Forget(request); err != nil {
				return err
			}
			continue
		case request.Action == "note":
			answer = "noted"
		case request.ID == settings.Request:
			answer = fmt.Sprintf("%s changed to %v before the run ended", request.Action, request.Value)
		}
		if err := c.out.answer(request, answer); err != nil {
			return err
		}
	}
	return nil
}

// situation is the state of the run that decides the answer to a request.
type situation struct {
	queued     bool // the run waits for its turn, and has no schedule yet
	step       int
	evaluating bool // the evaluation after step is not complete
	stopsEarly bool // early stopping can end the run
	schedule   *schedule
	paused     bool
	ended      bool
}

// decision is the effect of a request and the answer to it.
type decision struct {
	answer   string
	paused   bool             // from now on
	ending   *ending          // nil: the attempt continues
	save     saving           // a checkpoint of the current step
	settings *rundir.Settings // nil: unchanged
}

// saving is when a decision saves a checkpoint.
type saving int

const (
	saveNothing saving = iota
	saveNow
	saveAfterEvaluation
)

const tooLate = "too late: the run has ended"

// decide decides on a request. A request that cannot be carried out is answered with the reason.
func decide(request rundir.Request, now situation) decision {
	d := decision{paused: now.paused}
	switch action := request.Action; {
	case action == "":
		d.answer = request.Problem
	case action == "note":
		d.answer = "noted"
	case action == "stop" && now.ended:
		d.answer = tooLate
	case action == "stop":
		d.ending = &ending{status: rundir.Stopped, message: "stopped by request"}
		d.answer = fmt.Sprintf("stopping %s", now.place())
	case now.queued:
		d.answer = "not possible while the run waits in the queue"
	case action == "checkpoint" && now.evaluating:
		d.save = saveAfterEvaluation
		d.answer = fmt.Sprintf("step %d is saved after its evaluation", now.step)
	case action == "checkpoint":
		d.save = saveNow
		d.answer = fmt.Sprintf("saved step %d", now.step)
	case now.ended:
		d.answer = tooLate
	case action == "pause":
		d.paused = true
		if !now.evaluating {
			d.save = saveNow
		}
		d.answer = fmt.Sprintf("paused %s", now.place())
	case action == "resume" && !now.paused:
		d.answer = "not paused"
	case action == "resume":
		d.paused = false
		d.answer = fmt.Sprintf("resumed at step %d", now.step)
	case action == "patience":
		d.settings, d.answer = now.changePatience(request)
	case action == "evaluations":
		d.settings, d.answer = now.changeEvaluations(request)
	default:
		d.answer = fmt.Sprintf("unknown action %q", action)
	}
	return d
}

// place names the point that the run has reached.
func (s situation) place() string {
	if s.evaluating {
		return fmt.Sprintf("in the evaluation after step %d", s.step)
	}
	return fmt.Sprintf("after step %d", s.step)
}

// changePatience returns the settings that a request for another patience gives; nil, and why, if it gives none.
func (s situation) changePatience(request rundir.Request) (*rundir.Settings, string) {
	n, err := wholeNumber(request.Value, 0)
	if err != nil {
		return nil, "patience: " + err.Error()
	}
	if !s.stopsEarly {
		return nil, "this run never stops early"
	}
	settings := s.schedule.settings
	settings.Patience, settings.PatienceAfter, settings.Request = &n, s.step, request.ID
	if s.evaluating {
		settings.PatienceAfter-- // it holds for the running evaluation
	}
	return &settings, fmt.Sprintf("patience is %d from now on", n)
}

// changeEvaluations returns the settings that a request for another number of evaluations gives; nil, and why, if it gives none.
func (s situation) changeEvaluations(request rundir.Request) (*rundir.Settings, string) {
	n, err := wholeNumber(request.Value, 1)
	if err != nil {
		return nil, "evaluations: " + err.Error()
	}
	settings := s.schedule.settings
	settings.EvaluationSteps, settings.Request = s.schedule.spread(min(n, s.schedule.maxSteps), s.step), request.ID
	return &settings, fmt.Sprintf("%d evaluations left", len(settings.EvaluationSteps)-s.schedule.evaluated(s.step))
}

// wholeNumber returns a request's value as an integer that is not below smallest.
func wholeNumber(value any, smallest int) (int, error) {
	v, ok := value.(float64)
	if n := int(v); ok && float64(n) == v && n >= smallest {
		return n, nil
	}
	return 0, fmt.Errorf("the value %v is not a whole number of %d or more", value, smallest)
}
