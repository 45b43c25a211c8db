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
		Use:   "train RUN",
		Short: "Train one prepared run in this process",
		Long: `Train one prepared run in this process. The run directory already has its config, manifest and examples; "ftft run" prepares and
trains the runs of an experiment.

Ctrl-C or SIGTERM finishes the step and saves the model; a second signal ends the program at once. Closing the terminal does not
end it. --resume continues from the newest complete checkpoint, however the run ended, and gives the same bits as a run that was
never interrupted.`,
		Example: `  ftft train demo-reference
  ftft train demo-reference --resume`,
		Annotations: next(
			"ftft map RUN", "Draw the data map",
			"ftft report RUN", "Show the scores",
		),
		ValidArgsFunction: completeRuns(runs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if force && !resume {
				return usageError{fmt.Errorf("--force needs --resume")}
			}
			path, isStudy, err := find(*runs, args[0])
			if err != nil {
				return err
			}
			if isStudy {
				return usageError{fmt.Errorf("%s is an experiment; name one of its runs, or resume it with ftft resume", args[0])}
			}
			signal.Ignore(syscall.SIGHUP)
			dir := rundir.Dir(path)
			begin := func() (rundir.Finish, error) { return train.Run(finishing(cmd), dir) }
			if resume {
				begin = func() (rundir.Finish, error) { return train.Resume(finishing(cmd), dir, force) }
			}
			finish, err := begin()
			if err != nil {
				return err
			}
			if finish.Status == rundir.Interrupted {
				fmt.Fprintf(cmd.ErrOrStderr(), "interrupted; the model is saved. Resume: ftft train %s --resume\n", dir)
				return errInterrupted
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&resume, "resume", false, "resume a run that was started before")
	cmd.Flags().BoolVar(&force, "force", false, "resume even if another version of ftft started the run")
	return cmd
}
