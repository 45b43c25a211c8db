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

// attend deals with the requests that lie in control/, and waits for more while one has paused the run. It says whether
// one asks the run to stop. A paused run whose ctx ends goes on, to be interrupted after its next step.
func (r *run) attend(ctx context.Context) (stop bool, err error) {
	for {
		if stop, err = r.answer(); stop || err != nil || !r.paused {
			return stop, err
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-time.After(controlEvery):
		}
	}
}

// answer deals with the requests that are there. It says whether one asks the run to stop.
func (r *run) answer() (stop bool, err error) {
	requests, err := r.dir.Requests()
	if err != nil {
		return false, err
	}
	for _, request := range requests {
		answer, ends, err := r.carryOut(request)
		if err != nil {
			return false, err
		}
		stop = stop || ends
		if err := r.pace.Answer(r.dir, r.step, request, answer); err != nil {
			return false, err
		}
	}
	return stop, nil
}

// carryOut does what a request asks for and says so; a request that cannot be carried out is answered, too.
func (r *run) carryOut(request rundir.Request) (answer string, stop bool, err error) {
	switch {
	case request.Problem != "":
		return request.Problem, false, nil
	case request.Action == "stop":
		return "stopping after this step", true, nil
	case request.Action == "note":
		return "noted", false, nil
	case r.net == nil:
		return "not before the run has had its turn: it waits", false, nil
	case request.Action == "pause":
		r.paused = true
		return fmt.Sprintf("paused after step %d", r.step), false, r.save(false, false)
	case request.Action == "resume" && !r.paused:
		return "not paused", false, nil
	case request.Action == "resume":
		r.paused = false
		return fmt.Sprintf("going on from step %d", r.step), false, nil
	case request.Action == "checkpoint":
		return fmt.Sprintf("saved step %d", r.step), false, r.save(false, false)
	case request.Action == "patience":
		n, err := wholeNumber(request.Value, 0)
		if err != nil {
			return "patience: " + err.Error(), false, nil
		}
		if r.manifest.Role != rundir.Main || !metric.StopsEarly(r.manifest.Arm) {
			return "this run never stops early", false, nil
		}
		r.settings.Patience, r.settings.PatienceAfter = &n, r.step
		return fmt.Sprintf("patience is %d from now on", n), false, r.dir.WriteSettings(r.settings)
	case request.Action == "evaluations":
		n, err := wholeNumber(request.Value, 1)
		if err != nil {
			return "evaluations: " + err.Error(), false, nil
		}
		n = min(n, r.maxSteps)
		r.reschedule(n)
		r.settings.EvaluationSteps = r.evaluationSteps
		return fmt.Sprintf("%d evaluations are left", len(r.evaluationSteps)-r.evaluated()), false, r.dir.WriteSettings(r.settings)
	}
	return fmt.Sprintf("no such action: %q", request.Action), false, nil
}

// dismiss answers the requests that an earlier attempt left behind: who asked a run to stop did not mean the next one.
func (r *run) dismiss(requests []rundir.Request) error {
	for _, request := range requests {
		answer := "too late: the run had ended before it could answer"
		if request.Action == "note" {
			answer = "noted"
		}
		if err := r.pace.Answer(r.dir, r.step, request, answer); err != nil {
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
		if step > r.step {
			steps = append(steps, step)
		}
	}
	r.evaluationSteps = steps
}

// evaluated is how many of the evaluations are past.
func (r *run) evaluated() int {
	place, due := slices.BinarySearch(r.evaluationSteps, r.step)
	if due {
		return place + 1
	}
	return place
}
