package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"ftft/internal/fault"
	"ftft/train/fsck"
)

func fsckCommand(runs *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "fsck RUN",
		Short: "Check every file of a run against its manifest and log",
		Long: `Check every file of a run against its manifest and its log: plan, examples, selection, log, dynamics, evaluations, the checksums of
checkpoints, and what killed writers left behind. fsck changes nothing. For each problem it tells what is safe to do, and it exits
with code 3 if there is one. Examples that the trainer of another engine left out of an epoch are counted in a note.`,
		Example: `  ftft fsck demo-reference
  ftft fsck demo-reference --json`,
		Annotations: next("ftft resume RUN", "Resume the run, which repairs what can be repaired"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := runOf(*runs, args[0])
			if err != nil {
				return err
			}
			report, err := fsck.Check(dir)
			if err != nil {
				return err
			}
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), report); err != nil {
					return err
				}
			} else if len(report.Findings) == 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "%s (%s): %d files, no problems\n", report.Run, report.State, report.Checked)
			}
			for _, note := range report.Notes {
				if !asJSON {
					fmt.Fprintf(cmd.OutOrStdout(), "note: %s\n", note)
				}
			}
			var bad fault.Bad
			for _, f := range report.Findings {
				bad.Problems = append(bad.Problems, fault.Problem{File: f.File, Message: f.Problem + ". " + f.Do})
			}
			if len(bad.Problems) > 0 {
				return &bad
			}
			return nil
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
