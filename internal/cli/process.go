package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ftft/train/launch"
	"ftft/train/rundir"
)

// carryOut starts the process that carries out a study, unless there is one. ended hears of its end; it is nil where the
// process is another program's child. options go to the command that does it.
func carryOut(dir rundir.StudyDir, options ...string) (ended <-chan error, err error) {
	if rundir.Locked(dir) {
		return nil, nil
	}
	_, ended, err = launch.Detached(studyLog(dir), append([]string{"study", string(dir)}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("start the study process: %w", err)
	}
	return ended, nil
}

// studyLog is what a study process and its children print.
func studyLog(dir rundir.StudyDir) string { return filepath.Join(string(dir), "study.log") }

// signalOwner asks the process that carries out a study to end.
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
				return fmt.Errorf("%s is carried out on %s: stop it there", dir.ID(), plan.Owner.Host)
			}
			return syscall.Kill(plan.Owner.PID, syscall.SIGTERM)
		}
		if time.Since(began) > startGrace {
			return nil // nobody carries it out
		}
	}
}

// lastLines are the last n lines of a file, or why there are none.
func lastLines(path string, n int) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
