package cli

import (
	"github.com/spf13/cobra"

	"ftft/tui"
)

func followCommand(runs *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "follow RUN|STUDY",
		Short: "Look where the presenter of a run looks; nothing can be changed",
		Long: `The workbench looking where "ftft present" of the same run looks, in this terminal's own size and theme. It writes nothing, and has no
keys but those of how it looks. It waits for a presenter, and keeps the last view when that one leaves.`,
		Example: `  ftft follow demo
  ftft follow /shared/runs/demo-reference --theme light`,
		Args:              cobra.ExactArgs(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return lookOn(cmd, *runs, args[0]) },
		ValidArgsFunction: completeRuns(runs),
	}
	addScreenFlags(cmd)
	return cmd
}

// lookOn shows the workbench as a presenter has it.
func lookOn(cmd *cobra.Command, runs, name string) error {
	run, options, err := staged(cmd, runs, name)
	if err != nil {
		return err
	}
	options.Follow = run
	_, err = tui.Run(cmd.Context(), options)
	return err
}
