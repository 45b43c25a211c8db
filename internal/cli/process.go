package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ftft/internal/disk"
	"ftft/train/launch"
	"ftft/train/rundir"
)

// startStudy starts the process of an experiment, unless it runs. ended receives the end of the process; it is nil if another
// program started the process. options are arguments of ftft study.
func startStudy(dir rundir.StudyDir, options ...string) (ended <-chan error, err error) {
	if rundir.Locked(dir) {
		return nil, nil
	}
	_, ended, err = launch.Detached(studyLog(dir), append([]string{"study", string(dir)}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("start the process of the experiment: %w", err)
	}
	return ended, nil
}

// studyLog returns the file with the output of an experiment's process and its children.
func studyLog(dir rundir.StudyDir) string { return filepath.Join(string(dir), "study.log") }

// signalOwner asks the process of an experiment to end.
func signalOwner(dir rundir.StudyDir) error {
	for began := time.Now(); ; time.Sleep(pollEvery) {
		plan, err := dir.ReadStudy()
		if err != nil {
			return err
		}
		if rundir.Locked(dir) && plan.State == rundir.Running {
			host, err := os.Hostname()
			if err != nil {
				return err
			}
			if plan.Owner.Host != host {
				return fmt.Errorf("%s runs on %s; stop it there", dir.ID(), plan.Owner.Host)
			}
			if err := launch.Terminate(plan.Owner.PID, "study", string(dir)); err != nil {
				return fmt.Errorf("stop %s: %s names its process: %w", dir.ID(), dir.Study(), err)
			}
			return nil
		}
		if time.Since(began) > startGrace {
			return nil // the experiment has no process
		}
	}
}

// lastLines returns the last n lines of a log, or why it cannot be read.
func lastLines(path string, n int) string {
	text, err := disk.Tail(path, 64<<10) // a long attempt writes much more than what is shown of it
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
