package cli

import "ftft/train/rundir"

// actions carries out the requests of the workbench.
type actions struct{}

// Launch asks for a new arm, and starts the process of its experiment unless it runs.
func (actions) Launch(dir rundir.StudyDir, launch rundir.Launch) error {
	if err := dir.RequestLaunch(launch); err != nil {
		return err
	}
	_, err := startStudy(dir)
	return err
}

// Stop asks a run to stop, and does not wait for its answer.
func (actions) Stop(run rundir.Dir) error { return run.Send(rundir.Request{Action: "stop"}) }

// Ask sends a request to a run and waits for its answer.
func (actions) Ask(run rundir.Dir, action string) (string, error) { return ask(run, action, nil) }

// Resume resumes a run that ended early.
func (actions) Resume(run rundir.Dir) (string, error) { return resumeRun(run, false) }
