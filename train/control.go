package train

import (
	"time"
)

// controlEvery is how often the loop looks for requests.
const controlEvery = 250 * time.Millisecond

// answer deals with the requests that lie in control/. It says whether one asks the run to stop.
func (r *run) answer() (stop bool, err error) {
	requests, err := r.dir.Requests()
	if err != nil {
		return false, err
	}
	for _, request := range requests {
		answer := ""
		switch {
		case request.Problem != "":
			answer = request.Problem
		case request.Action == "stop":
			answer, stop = "stopping after this step", true
		case request.Action == "note":
			answer = "noted"
		default:
			answer = "not possible yet: a run can be asked to stop, and takes notes"
		}
		if err := r.pace.Answer(r.dir, r.step, request, answer); err != nil {
			return false, err
		}
	}
	return stop, nil
}
