package cli

import (
	"github.com/spf13/cobra"

	"ftft/tui"
)

func followCommand(runs *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "follow RUN|EXPERIMENT",
		Short: "Mirror the view of a presenter, read-only",
		Long: `Mirror the view of "ftft present" of the same run, in the size and theme of this terminal. A follower writes nothing, and its keys
only change how the screen looks. It waits for a presenter, and keeps the last view when the presenter leaves.`,
		Example: `  ftft follow demo
  ftft follow /shared/runs/demo-reference --theme light`,
		Annotations:       next("ftft map RUN", "Explore the run yourself"),
		RunE:              func(cmd *cobra.Command, args []string) error { return mirror(cmd, *runs, args[0]) },
		ValidArgsFunction: completeRuns(runs),
	}
	addScreenFlags(cmd)
	return cmd
}

// mirror shows the view of a presenter.
func mirror(cmd *cobra.Command, runs, name string) error {
	run, options, err := presented(cmd, runs, name)
	if err != nil {
		return err
	}
	options.Follow = run
	_, err = tui.Run(finishing(cmd), options)
	return err
}
