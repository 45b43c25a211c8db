package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"ftft/train/rundir"
)

func stopCommand(runs *string) *cobra.Command {
	return &cobra.Command{
		Use:   "stop RUN|EXPERIMENT",
		Short: "Stop a run or an experiment after its step, and save the model",
		Long: `Stop a run or an experiment. The run that is training finishes its step and saves the model.

If you stop an experiment, its current run is interrupted and the others do not start; "ftft resume" finishes what is left. If you
stop a run, its experiment continues with the next.`,
		Example: `  ftft stop demo-erm
  ftft stop demo`,
		Annotations: next("ftft resume RUN|EXPERIMENT", "Resume it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, isStudy, err := find(*runs, args[0])
			if err != nil {
				return err
			}
			if isStudy {
				dir := rundir.StudyDir(path)
				if !rundir.Locked(dir) {
					return fmt.Errorf("%s is not running", dir.ID())
				}
				if err := signalOwner(dir); err != nil {
					return err
				}
				const message = "%s: its current run finishes its step, saves the model and is interrupted; resume it with ftft resume %s"
				_, err = fmt.Fprintf(cmd.OutOrStdout(), message+"\n", dir.ID(), args[0])
				return err
			}
			dir := rundir.Dir(path)
			status, err := dir.Status()
			if err != nil {
				return err
			}
			if status.State != rundir.Running && !rundir.Locked(dir) { // a run that waits for its turn holds its lock
				return fmt.Errorf("%s is not running: it is %s", dir.ID(), status.State)
			}
			if err := (actions{}).Stop(dir); err != nil {
				return err
			}
			const message = "%s finishes its step, saves the model and is stopped; resume it with ftft resume %s"
			_, err = fmt.Fprintf(cmd.OutOrStdout(), message+"\n", dir.ID(), args[0])
			return err
		},
		ValidArgsFunction: completeRuns(runs),
	}
}
