package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/internal/fault"
)

func compareCommand(runs *string) *cobra.Command {
	var asJSON bool
	var fraction float64
	var seed int64
	var f sourceFlags
	cmd := &cobra.Command{
		Use:   "compare SOURCE SOURCE",
		Short: "Compare two data maps: do training dynamics transfer?",
		Long: `Compare two data maps: do training dynamics transfer from one model to the other?

The sources (ftft map --help) are joined by guid. For each region, the table gives the number of examples in the first map, in the
second and in both; the overlap as a share of the first, with the overlap by chance and a 95 % interval from resampling the
examples. Below are Spearman's rank correlations of confidence and of variability, and how many examples moved between regions.`,
		Example: `  ftft compare demo-reference demo-erm
  ftft compare roberta-snli/ demo-reference --fraction 0.25 --json`,
		Annotations: next(
			"ftft select SOURCE", "Select examples from one of the maps",
			"ftft map SOURCE --figure map.pdf", "Draw a map as a figure",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFraction(fraction); err != nil {
				return err
			}
			a, err := f.open(*runs, args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			b, err := f.open(*runs, args[1], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if datamap.Count(a.Len(), fraction) == 0 || datamap.Count(b.Len(), fraction) == 0 {
				return usageError{fmt.Errorf("--fraction %g of %d and %d examples selects none; raise it", fraction, a.Len(), b.Len())}
			}
			c, err := datamap.Compare(a.Map, b.Map, fraction, seed)
			if err != nil {
				return fault.At(args[0]+" and "+args[1], 0, err.Error())
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), comparison(c))
			}
			return printComparison(cmd.OutOrStdout(), c)
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().Float64Var(&fraction, "fraction", 0.33, "size of the regions, as a share of the examples")
	cmd.Flags().Int64Var(&seed, "seed", 1, "seed of the resampling")
	f.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// comparison returns the JSON form of a comparison. A correlation or an overlap that is undefined is null.
func comparison(c *datamap.Comparison) map[string]any {
	number := func(v float64) any {
		if math.IsNaN(v) {
			return nil
		}
		return v
	}
	regions, places := map[string]any{}, map[string]any{}
	for _, g := range c.Regions {
		regions[g.Region] = map[string]any{
			"a": g.A, "b": g.B, "both": g.Both, "overlap": number(g.Overlap), "chance": g.Chance,
			"interval": []any{number(g.Interval[0]), number(g.Interval[1])}, "jaccard": number(g.Jaccard), "jaccard_chance": number(g.JaccardChance),
			"jaccard_interval": []any{number(g.JaccardWithin[0]), number(g.JaccardWithin[1])},
		}
	}
	for i, row := range c.Places {
		to := map[string]int{}
		for j, count := range row {
			to[datamap.Places[j]] = count
		}
		places[datamap.Places[i]] = to
	}
	return map[string]any{
		"common": c.Common, "only_a": c.OnlyA, "only_b": c.OnlyB, "fraction": c.Fraction, "regions": regions,
		"rank_correlation": map[string]any{"confidence": number(c.Confidence), "variability": number(c.Variability)}, "places": places,
	}
}

func printComparison(w io.Writer, c *datamap.Comparison) error {
	fmt.Fprintf(w, "%d examples in both, %d only in the first, %d only in the second\n\n", c.Common, c.OnlyA, c.OnlyB)
	rows := [][]string{{"region", "first", "second", "both", "overlap", "95 %", "chance", "Jaccard", "chance"}}
	percent := func(v float64) string {
		if math.IsNaN(v) {
			return "-"
		}
		return fmt.Sprintf("%.1f %%", 100*v)
	}
	for _, g := range c.Regions {
		interval := "-"
		if !math.IsNaN(g.Interval[0]) {
			interval = fmt.Sprintf("%.1f-%.1f", 100*g.Interval[0], 100*g.Interval[1])
		}
		rows = append(rows, []string{
			g.Region, fmt.Sprint(g.A), fmt.Sprint(g.B), fmt.Sprint(g.Both), percent(g.Overlap),
			interval, percent(g.Chance), percent(g.Jaccard), percent(g.JaccardChance),
		})
	}
	if err := printTable(w, rows); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nrank correlation: confidence %.3f, variability %.3f\n\n", c.Confidence, c.Variability)
	rows = [][]string{append([]string{`first \ second`}, datamap.Places[:]...)}
	for i, row := range c.Places {
		line := []string{datamap.Places[i]}
		for _, count := range row {
			line = append(line, fmt.Sprint(count))
		}
		rows = append(rows, line)
	}
	return printTable(w, rows)
}
