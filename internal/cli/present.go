package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"ftft/internal/disk"
	"ftft/train/rundir"
	"ftft/tui"
)

func presentCommand(runs *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "present RUN|EXPERIMENT",
		Short: "Open the workbench and share its view with followers",
		Long: `Open the workbench on a run, or on the reference of an experiment, and write its view into present.json in the run's directory.
Anybody who can read that directory sees the same view with "ftft follow": from another terminal, another account, or another
machine on the same file system. A run has one presenter at a time, and any number of followers.`,
		Example: `  ftft present demo
  ftft present demo-ftft --theme light`,
		Annotations:       next("ftft follow RUN|EXPERIMENT", "Follow the view, in another terminal"),
		RunE:              func(cmd *cobra.Command, args []string) error { return present(cmd, *runs, args[0]) },
		ValidArgsFunction: completeRuns(runs),
	}
	addScreenFlags(cmd)
	return cmd
}

// present shows the workbench as the presenter of a run. A run has one at a time.
func present(cmd *cobra.Command, runs, name string) (err error) {
	run, options, err := presented(cmd, runs, name)
	if err != nil {
		return err
	}
	held, err := rundir.Lock(run.Stage())
	var locked *rundir.LockedError
	switch {
	case errors.As(err, &locked):
		return fmt.Errorf("%s is already presented by %s; follow it with ftft follow %s", run.ID(), locked.Holder, name)
	case err != nil:
		return disk.Explain("present "+run.ID(), err)
	}
	defer func() { err = errors.Join(err, held.Release()) }()
	options.Actions, options.Present = actions{}, run
	_, err = tui.Run(finishing(cmd), options)
	return err
}

// presented returns the run to present, which is the reference if name is an experiment, and the options of its screen.
func presented(cmd *cobra.Command, runs, name string) (run rundir.Dir, options tui.Options, err error) {
	if run, err = runOf(runs, name); err != nil {
		return "", options, err
	}
	if !onTerminal() {
		return "", options, usageError{errors.New("presenting and following need a terminal")}
	}
	options, err = screenOptions(cmd)
	return run, onRuns(options, filepath.Dir(filepath.Clean(string(run))), string(run)), err
}
