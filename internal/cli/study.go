package cli

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"ftft/internal/disk"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/study"
)

// studyCommand is the process of an experiment, which owns it and outlives every screen.
func studyCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:    "study DIR",
		Short:  "Run the plan of an experiment (ftft run starts this)",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, dir := finishing(cmd), rundir.StudyDir(args[0])
			for {
				err := study.Run(ctx, dir, force)
				if failed := writeReport(dir); err == nil || failed != nil && failed.Error() != err.Error() { // both read the plan
					err = errors.Join(err, failed)
				}
				if err != nil {
					return err
				}
				// A launch that arrived while the experiment was ending found it locked, and waits for the next round.
				launches, err := dir.Launches()
				if err != nil || len(launches) == 0 || ctx.Err() != nil {
					return errors.Join(err, contextError(ctx))
				}
			}
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "resume even if another version of ftft started the run")
	return cmd
}

// contextError returns errInterrupted once a signal has arrived.
func contextError(ctx context.Context) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return nil
}

// writeReport writes the table of arms into the experiment's report folder, if any run has started.
func writeReport(dir rundir.StudyDir) error {
	r, err := report.OfStudy(dir)
	if err != nil || len(r.Arms) == 0 {
		return err
	}
	return errors.Join(
		disk.WriteFile(filepath.Join(dir.Report(), "report.md"), []byte(r.Markdown())),
		disk.WriteJSON(filepath.Join(dir.Report(), "report.json"), r),
	)
}
