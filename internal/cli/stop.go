package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"ftft/train/rundir"
)

func stopCommand(runs *string) *cobra.Command {
	return &cobra.Command{
		Use:   "stop RUN|STUDY",
		Short: "Ask a run, or a whole experiment, to end: it finishes its step and saves the model",
		Long: `Ask a run, or a whole experiment, to end: it finishes its step and saves the model.

Of an experiment, the run at hand is interrupted and the others do not begin; "ftft run" with the same config goes on
with what is left. Of a run alone, the experiment goes on with the next.`,
		Example: `  ftft stop demo-erm
  ftft stop demo`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			place, isStudy, err := find(*runs, args[0])
			if err != nil {
				return err
			}
			if isStudy {
				dir := rundir.StudyDir(place)
				if !rundir.Locked(dir) {
					return fmt.Errorf("nothing carries out %s", dir.ID())
				}
				return signalOwner(dir)
			}
			dir := rundir.Dir(place)
			status, err := dir.Status()
			if err != nil {
				return err
			}
			if status.State != rundir.Running && !rundir.Locked(dir) { // one that waits for its turn holds its lock
				return fmt.Errorf("%s does not run: it is %s", dir.ID(), status.State)
			}
			return actions{}.Stop(dir)
		},
		ValidArgsFunction: completeRuns(runs),
	}
}
