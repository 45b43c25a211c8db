package train

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ftft/train/metric"
	"ftft/train/rundir"
)

// controlEvery is how often the loop looks for requests.
const controlEvery = 250 * time.Millisecond

// leaving is how a run ends before its time.
type leaving struct{ status, message string }

// look deals with signals, and with requests where it is time for that, and waits while one of them has paused the run.
// Where the run is to end, r.leaving says how. A paused run that a signal ends takes no further step.
func (r *run) look(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			r.leaving = &leaving{rundir.Interrupted, "a signal ended it"}
			return nil
		}
		if time.Since(r.looked) > controlEvery {
			r.looked = time.Now()
			if err := r.answer(); err != nil {
				return err
			}
		}
		if !r.paused || r.leaving != nil {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(controlEvery):
		}
	}
}

// answer deals with the requests that are there.
func (r *run) answer() error {
	requests, err := r.dir.Requests()
	if err != nil {
		return err
	}
	for _, request := range requests {
		answer, err := r.carryOut(request)
		if err != nil {
			return err
		}
		if err := r.out.answer(request, answer); err != nil {
			return err
		}
	}
	return nil
}

// carryOut does what a request asks for and says so; a request that cannot be carried out is answered, too.
func (r *run) carryOut(request rundir.Request) (answer string, err error) {
	switch request.Action {
	case "":
		return request.Problem, nil
	case "note":
		return "noted", nil
	case "stop":
		if r.ended {
			return tooLate, nil
		}
		r.leaving = &leaving{rundir.Stopped, "stopped by request"}
		if r.Evaluating {
			return fmt.Sprintf("stopping within the evaluation after step %d", r.Step), nil
		}
		return fmt.Sprintf("stopping after step %d", r.Step), nil
	}
	switch {
	case r.net == nil:
		return "not before the run has had its turn: it waits", nil
	case request.Action == "checkpoint" && r.Evaluating:
		r.checkpoints.newestAt = time.Time{} // due at once
		return fmt.Sprintf("step %d is saved when its evaluation is through", r.Step), nil
	case request.Action == "checkpoint":
		return fmt.Sprintf("saved step %d", r.Step), r.save(false)
	case r.ended:
		return tooLate, nil
	}
	switch request.Action {
	case "pause":
		r.paused = true
		if r.Evaluating {
			return fmt.Sprintf("paused within the evaluation after step %d", r.Step), nil
		}
		return fmt.Sprintf("paused after step %d", r.Step), r.save(false)
	case "resume":
		if !r.paused {
			return "not paused", nil
		}
		r.paused = false
		return fmt.Sprintf("going on from step %d", r.Step), nil
	case "patience":
		return r.setPatience(request)
	case "evaluations":
		return r.setEvaluations(request)
	}
	return fmt.Sprintf("no such action: %q", request.Action), nil
}

const tooLate = "too late: the run has ended"

func (r *run) setPatience(request rundir.Request) (string, error) {
	n, err := wholeNumber(request.Value, 0)
	if err != nil {
		return "patience: " + err.Error(), nil
	}
	if r.manifest.Role != rundir.Main || !r.manifest.Arm.StopsEarly() {
		return "this run never stops early", nil
	}
	r.settings.Patience, r.settings.PatienceAfter, r.settings.Request = &n, r.Step, request.ID
	if r.Evaluating {
		r.settings.PatienceAfter-- // it holds for the one at hand
	}
	return fmt.Sprintf("patience is %d from now on", n), r.out.settings(r.settings)
}

func (r *run) setEvaluations(request rundir.Request) (string, error) {
	n, err := wholeNumber(request.Value, 1)
	if err != nil {
		return "evaluations: " + err.Error(), nil
	}
	r.reschedule(min(n, r.maxSteps))
	r.settings.EvaluationSteps, r.settings.Request = r.evaluationSteps, request.ID
	return fmt.Sprintf("%d evaluations are left", len(r.evaluationSteps)-r.evaluated()), r.out.settings(r.settings)
}

// dismiss answers the requests that an earlier attempt, whose log this is, left behind: who asked a run to stop did not
// mean the next one. What that attempt had answered or done before it was killed is not said to be too late.
func (r *run) dismiss(requests []rundir.Request, log []rundir.Event) error {
	settings, err := r.dir.ReadSettings()
	if err != nil {
		return err
	}
	for _, request := range requests {
		answered := slices.ContainsFunc(log, func(e rundir.Event) bool {
			control, ok := e.Body.(*rundir.Control)
			return ok && control.ID == request.ID
		})
		answer := "too late: the run had ended before it could answer"
		switch {
		case answered:
			if err := r.dir.Forget(request); err != nil {
				return err
			}
			continue
		case request.Action == "note":
			answer = "noted"
		case request.ID == settings.Request:
			answer = fmt.Sprintf("%s is %v: the run ended before it could say so", request.Action, request.Value)
		}
		if err := r.out.answer(request, answer); err != nil {
			return err
		}
	}
	return nil
}

// wholeNumber is a request's value as an integer of at least least.
func wholeNumber(value any, least int) (int, error) {
	v, ok := value.(float64)
	if n := int(v); ok && float64(n) == v && n >= least {
		return n, nil
	}
	return 0, fmt.Errorf("the value is %v; give a whole number of %d or more", value, least)
}

// reschedule spreads n evaluations over the budget; those that are past stay as they were.
func (r *run) reschedule(n int) {
	steps := slices.Clone(r.evaluationSteps[:r.evaluated()])
	for _, step := range metric.EvaluationSteps(r.maxSteps, n) {
		if step > r.Step {
			steps = append(steps, step)
		}
	}
	r.evaluationSteps = steps
}

// evaluated is how many of the evaluations are past.
func (r *run) evaluated() int {
	place, due := slices.BinarySearch(r.evaluationSteps, r.Step)
	if due {
		return place + 1
	}
	return place
}
