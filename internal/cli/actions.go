package cli

import (
	"ftft/train/cost"
	"ftft/train/rundir"
	"ftft/train/study"
)

// actions are what the workbench can have done.
type actions struct{}

// Launch orders a run, and sees to it that somebody carries it out.
func (actions) Launch(dir rundir.StudyDir, order rundir.Order) error {
	if err := dir.Order(order); err != nil {
		return err
	}
	_, err := carryOut(dir)
	return err
}

// Forecast says what an order would take.
func (actions) Forecast(dir rundir.StudyDir, order rundir.Order) (cost.Forecast, error) {
	return study.Forecast(dir, order)
}

// Stop leaves a request for a run.
func (actions) Stop(run rundir.Dir) error { return run.Send(rundir.Request{Action: "stop"}) }

// Ask leaves a request for a run and waits for its answer.
func (actions) Ask(run rundir.Dir, action string) (string, error) { return ask(run, action, nil) }

// Resume goes on with a run that has ended before its time.
func (actions) Resume(run rundir.Dir) (string, error) { return resumeRun(run, false) }
