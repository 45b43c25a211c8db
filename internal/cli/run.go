package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/train/report"
	"ftft/train/study"
)

func runCommand(runs *string) *cobra.Command {
	var sets []string
	var plain, asJSON bool
	cmd := &cobra.Command{
		Use:   "run CONFIG|PRESET",
		Short: "Carry out a whole experiment: reference, data map, selection, arms",
		Long: `Carry out a whole experiment: the reference model, its data map, the selection, and the arms that the config names.

The work is done by a process of its own, which outlives the terminal. On a terminal the workbench opens on it; else
its progress is printed, and the table of arms at the end. Runs that are complete with the same config and data are
used again, and those that were broken off are gone on with.`,
		Example: `  ftft run demo
  ftft run snli-minilm --set data.root=data --set data.max_examples=1024
  ftft run experiment.toml --plain`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := screenOptions(cmd); err != nil {
				return err
			}
			cfg, err := configs.Load(args[0], sets...)
			if err != nil {
				return err
			}
			if err := study.Check(cfg); err != nil {
				return err
			}
			dir, err := study.Create(*runs, cfg)
			if err != nil {
				return err
			}
			ended, err := carryOut(dir)
			if err != nil {
				return err
			}
			if !plain && !asJSON && onTerminal() {
				return workbench(cmd, *runs, string(dir))
			}
			outcome := follow(cmd.Context(), cmd.ErrOrStderr(), dir, ended)
			if errors.Is(outcome, errInterrupted) {
				return outcome
			}
			r, err := report.OfStudy(dir)
			if err == nil && (outcome == nil || len(r.Arms) > 0) { // an arm that failed leaves the others' rows
				err = printReport(cmd.OutOrStdout(), r, asJSON)
			}
			return errors.Join(outcome, err)
		},
	}
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a key of the config: table.key=value (repeatable)")
	cmd.Flags().BoolVar(&plain, "plain", false, "print progress, on a terminal too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the final table as JSON")
	addScreenFlags(cmd)
	cmd.ValidArgsFunction = completePresets
	return cmd
}
