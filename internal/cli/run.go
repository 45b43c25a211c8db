package cli

import (
	"errors"
	"fmt"

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
		Short: "Run an experiment: reference, data map, selection, arms",
		Long: `Run an experiment: train the reference, draw its data map, select examples, and train the arms that the config names.

A separate process does the work and outlives the terminal. On a terminal the workbench opens on it; otherwise ftft prints its
progress and, at the end, the table of arms. Complete runs with the same config and data are used again, and interrupted ones are
resumed. The study.json of an experiment also serves as a config: with --set it makes a variant of the experiment.`,
		Example: `  ftft run demo
  ftft run snli-minilm --set data.root=data --set data.max_examples=1024
  ftft run experiment.toml --plain
  ftft run runs/demo/study.json --set seeds=[1,2]`,
		Annotations: next(
			"ftft", "Watch the experiment in the workbench",
			"ftft report EXPERIMENT", "Compare the arms",
			"ftft map EXPERIMENT", "Draw the reference's data map",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := screenOptions(cmd); err != nil {
				return err
			}
			cfg, err := configs.Load(args[0], sets...)
			if err != nil {
				return err
			}
			warnings, err := study.Check(cfg, (&phasePrinter{out: cmd.ErrOrStderr()}).tell)
			if err != nil {
				return withNeeds(configs.Locate(err, args[0], sets...), args[0], cfg)
			}
			for _, warning := range warnings {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", warning)
			}
			dir, err := study.Create(*runs, cfg)
			if err != nil {
				return err
			}
			ended, err := startStudy(dir)
			if err != nil {
				return err
			}
			if !plain && !asJSON && onTerminal() {
				return workbench(cmd, *runs, string(dir), "")
			}
			outcome := printProgress(finishing(cmd), cmd.ErrOrStderr(), dir, ended)
			if errors.Is(outcome, errInterrupted) {
				return outcome
			}
			r, err := report.OfStudy(dir)
			if err == nil && (outcome == nil || len(r.Arms) > 0) { // if an arm fails, the others are still reported
				err = printReport(cmd.OutOrStdout(), r, asJSON)
			}
			return errors.Join(outcome, err)
		},
	}
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a key of the config: table.key=value (repeatable)")
	cmd.Flags().BoolVar(&plain, "plain", false, "print progress instead of opening the workbench")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the final table as JSON")
	addScreenFlags(cmd)
	cmd.ValidArgsFunction = completePresets
	return cmd
}
