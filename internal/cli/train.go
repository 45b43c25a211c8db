package cli

import (
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"ftft/train"
	"ftft/train/rundir"
)

func trainCommand(runs *string) *cobra.Command {
	var resume, force bool
	cmd := &cobra.Command{
		Use:               "train RUN",
		ValidArgsFunction: completeRuns(runs),
		Short:             "Train one prepared run, in this process",
		Long: `Train one prepared run, in this process. RUN has its config, manifest and examples already; "ftft run" prepares and trains runs
by itself.

Ctrl-C or SIGTERM finishes the step and saves the model; a second one leaves at once. A closed terminal does not end it. --resume goes on
from the newest whole checkpoint, however the run ended: what it writes has the bits of a run that was never interrupted.`,
		Example: `  ftft train demo-reference
  ftft train demo-reference --resume`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if force && !resume {
				return usageError{fmt.Errorf("--force goes with --resume")}
			}
			place, isStudy, err := find(*runs, args[0])
			if err != nil {
				return err
			}
			if isStudy {
				return usageError{fmt.Errorf("%s is an experiment: name one of its runs, or ftft resume goes on with it", args[0])}
			}
			signal.Ignore(syscall.SIGHUP)
			dir := rundir.Dir(place)
			begin := func() (rundir.Finish, error) { return train.Run(cmd.Context(), dir) }
			if resume {
				begin = func() (rundir.Finish, error) { return train.Resume(cmd.Context(), dir, force) }
			}
			finish, err := begin()
			if err != nil {
				return err
			}
			if finish.Status == rundir.Interrupted {
				fmt.Fprintf(cmd.ErrOrStderr(), "interrupted; the model is saved. Go on: ftft train %s --resume\n", dir)
				return errInterrupted
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&resume, "resume", false, "go on with a run that has begun")
	cmd.Flags().BoolVar(&force, "force", false, "go on also if another version of ftft began it")
	return cmd
}
