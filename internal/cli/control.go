package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ftft/train/rundir"
)

func controlCommand(runs *string) *cobra.Command {
	return &cobra.Command{
		Use:   "control RUN ACTION [VALUE]",
		Short: "Send a request to a run: pause, resume, checkpoint, patience, note",
		Long: `Send a request to a run that is training, and print its answer. The actions are pause, resume, stop, checkpoint, patience N,
evaluations N (both from now on) and note TEXT.

A request is a file in the run's directory, so it also works from another terminal or from another machine on the same file
system.`,
		Example: `  ftft control demo-erm pause
  ftft control demo-ftft patience 4
  ftft control demo-erm note "the fan is loud"`,
		Annotations: next(
			"ftft runs", "Show what the runs are doing",
			"ftft resume RUN", "Resume a paused run",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, isStudy, err := find(*runs, args[0])
			if err != nil {
				return err
			}
			if isStudy {
				return usageError{fmt.Errorf("%s is an experiment; name one of its runs", args[0])}
			}
			value, err := controlValue(args[1:])
			if err != nil {
				return usageError{err}
			}
			answer, err := ask(rundir.Dir(path), args[1], value)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), answer)
			return err
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return rundir.Actions, cobra.ShellCompDirectiveNoFileComp
			}
			return completeRuns(runs)(cmd, args, text)
		},
	}
}

// controlValue parses the value of an action: args are its name and, if it takes one, the value.
func controlValue(args []string) (any, error) {
	switch action := args[0]; action {
	case "patience", "evaluations":
		if len(args) == 2 {
			if n, err := strconv.Atoi(args[1]); err == nil && n >= 0 {
				return n, nil
			}
		}
		return nil, fmt.Errorf("%s needs a whole number", action)
	case "note":
		if len(args) == 2 {
			return args[1], nil
		}
		return nil, errors.New("note needs a text")
	case "pause", "resume", "stop", "checkpoint":
		if len(args) == 1 {
			return nil, nil
		}
		return nil, fmt.Errorf("%s takes no value", action)
	default:
		return nil, fmt.Errorf("unknown action %q; the actions are %s", action, strings.Join(rundir.Actions, ", "))
	}
}

// answerWithin is the time within which a run must answer. A run reads its requests between two steps.
const answerWithin = time.Minute

// statusOf returns a run's status and whether a process can answer its requests: one that trains the run, or waits for its turn. Without
// such a process, a damaged manifest or log is an error, since the status would not be that of the run.
func statusOf(dir rundir.Dir) (status rundir.Status, answers bool, err error) {
	status, err = dir.CheckedStatus()
	corrupt := errors.As(err, new(*rundir.Corrupt))
	if err != nil && !corrupt {
		return status, false, err
	}
	if status.State == rundir.Running || rundir.Busy(dir) {
		return status, true, nil
	}
	if _, err := dir.ReadManifest(); err != nil && !errors.Is(err, fs.ErrNotExist) { // a planned run has none yet
		return status, false, err
	}
	if corrupt {
		return status, false, fmt.Errorf("%w; ftft fsck %s lists all damage", err, dir)
	}
	return status, false, nil
}

// ask sends a request to a run and waits for its answer.
func ask(dir rundir.Dir, action string, value any) (answer string, err error) {
	status, answers, err := statusOf(dir)
	if err != nil {
		return "", err
	}
	if !answers {
		return "", notRunning(dir, status)
	}
	request := rundir.Request{ID: rundir.NewRequestID(), Action: action, Value: value}
	if err := dir.Send(request); err != nil {
		return "", err
	}
	for began := time.Now(); time.Since(began) < answerWithin; time.Sleep(pollEvery / 5) {
		record, err := rundir.ReadRecord(dir)
		if err != nil && !errors.As(err, new(*rundir.Corrupt)) { // a damaged line hides no other
			return "", err
		}
		for _, answer := range record.Answers {
			if answer.ID == request.ID {
				return answer.Answer, nil
			}
		}
		switch status, answers, err := statusOf(dir); {
		case err != nil:
			return "", err
		case !answers:
			return "", fmt.Errorf("%s ended without an answer: it is %s", dir.ID(), status.State)
		}
	}
	return "", fmt.Errorf("%s did not answer within %v; the request stays in %s", dir.ID(), answerWithin, dir.Control())
}
