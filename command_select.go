package main

import (
	"bufio"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"ftft/datamap"
)

func selectCommand(runs *string) *cobra.Command {
	var strategy, epochs string
	var fraction float64
	var seed int64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "select SOURCE",
		Short: "Print the guids that a strategy selects, one a line, in dataset order",
		Long: `Print the guids that a strategy selects, one a line, in dataset order.

Strategies: ambiguous (highest variability), hard-to-learn (lowest confidence), easy-to-learn (highest confidence),
random, and top:METRIC and bottom:METRIC for any metric. Exactly floor(fraction * N) examples, ties broken by guid.
SOURCE is a run, an experiment, or a cartography folder; ftft map --help lists the metrics.`,
		Example: `  ftft select demo-reference > ambiguous.txt
  ftft select demo-reference --strategy hard-to-learn --fraction 0.1
  ftft select roberta-snli/ --strategy bottom:aum --fraction 0.05 --epochs 1:`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFraction(fraction); err != nil {
				return err
			}
			if err := datamap.CheckStrategy(strategy); err != nil {
				return usageError{fmt.Errorf("--strategy: %w", err)}
			}
			m, _, err := readSource(*runs, args[0], epochs)
			if err != nil {
				return err
			}
			if datamap.Count(m.Len(), fraction) == 0 {
				return usageError{fmt.Errorf("--fraction %g of %d examples is none; raise it", fraction, m.Len())}
			}
			chosen, err := m.Select(strategy, fraction, seed)
			if err != nil {
				return err
			}
			guids := make([]string, len(chosen))
			for i, c := range chosen {
				guids[i] = m.GUIDs[c]
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), guids)
			}
			out := bufio.NewWriter(cmd.OutOrStdout())
			for _, guid := range guids {
				fmt.Fprintln(out, guid)
			}
			return out.Flush()
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().StringVar(&strategy, "strategy", datamap.Ambiguous, "ambiguous, hard-to-learn, easy-to-learn, random, top:METRIC or bottom:METRIC")
	cmd.Flags().StringVar(&epochs, "epochs", "", "use epochs A:B alone, from A up to but without B, counted from 0; either may be left out")
	completeFlag(cmd, "strategy", func() []string {
		names := slices.Clone(datamap.Strategies)
		for _, end := range []string{datamap.Top, datamap.Bottom} {
			for _, metric := range metricNames() {
				names = append(names, end+":"+metric)
			}
		}
		return names
	})
	cmd.Flags().Float64Var(&fraction, "fraction", 0.33, "share of the examples")
	cmd.Flags().Int64Var(&seed, "seed", 1, "of the random strategy")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}
