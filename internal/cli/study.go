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

// studyCommand is the study process: it owns an experiment and outlives every screen.
func studyCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:    "study DIR",
		Short:  "Run the plan of an experiment (ftft run starts this)",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := rundir.StudyDir(args[0])
			for {
				if err := errors.Join(study.Run(cmd.Context(), dir, force), writeReport(dir)); err != nil {
					return err
				}
				// An order that came while the study was ending has found it locked, and waits.
				orders, err := dir.Orders()
				if err != nil || len(orders) == 0 || cmd.Context().Err() != nil {
					return errors.Join(err, contextError(cmd.Context()))
				}
			}
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "resume even if another version of ftft started the run")
	return cmd
}

// contextError is errInterrupted once a signal has come.
func contextError(ctx context.Context) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return nil
}

// writeReport puts a study's table into its report folder, if any run has begun.
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
