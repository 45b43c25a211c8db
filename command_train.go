package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ftft/train"
	"ftft/train/rundir"
)

func trainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "train RUN",
		Short: "Train one prepared run, in this process",
		Long: `Train one prepared run, in this process. RUN is a run directory that has its config, manifest and examples but has
not begun; "ftft run" prepares and trains runs by itself. Ctrl-C or SIGTERM finishes the step and saves the model.`,
		Example: `  ftft train runs/demo-reference`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			finish, err := train.Run(cmd.Context(), rundir.Dir(args[0]))
			if err != nil {
				return err
			}
			if finish.Status == rundir.Interrupted {
				fmt.Fprintln(cmd.ErrOrStderr(), "interrupted; the model is saved")
				return errInterrupted
			}
			return nil
		},
	}
}
