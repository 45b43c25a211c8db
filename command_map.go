package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/datamap/cartography"
	"ftft/train/rundir"
)

func mapCommand(runs *string) *cobra.Command {
	var asJSON bool
	var fraction float64
	var metrics, explain, epochs string
	cmd := &cobra.Command{
		Use:   "map SOURCE [GUID]",
		Short: "The data map of a run or of a cartography folder: the workbench on a terminal, else a summary",
		Long: `The data map of a run or of a cartography folder: the workbench on a terminal, else a summary.

SOURCE is a run, an experiment (then its reference), or a folder of dataset cartography's training dynamics:
dynamics_epoch_N.jsonl, or those packed as .gz, in it or in its training_dynamics folder. The workbench opens runs.

--explain METRIC GUID shows what a metric of one example is made of. The metrics are ` + strings.Join(metricNames(), ", ") + `.

--metrics writes cartography's td_metrics.jsonl: confidence, variability, correctness, forgetfulness (1000: correct in
no epoch) and threshold closeness of each example.`,
		Example: `  ftft map demo-reference
  ftft map runs/demo-reference --json --fraction 0.25
  ftft map roberta-snli/ --metrics td_metrics.jsonl
  ftft map roberta-snli/ --explain aum 4734364254410`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (explain != "") != (len(args) == 2) {
				return usageError{errors.New("--explain METRIC and a GUID go together")}
			}
			if !asJSON && metrics == "" && explain == "" && epochs == "" && !cmd.Flags().Changed("fraction") && onTerminal() {
				if place, _, err := find(*runs, args[0]); err == nil {
					return workbench(cmd, *runs, place)
				}
			}
			if explain != "" && (metrics != "" || cmd.Flags().Changed("fraction")) {
				return usageError{errors.New("--explain goes without --metrics and --fraction")}
			}
			if err := checkFraction(fraction); err != nil {
				return err
			}
			metric, err := datamap.FindMetric(explain)
			if err != nil && explain != "" {
				return usageError{fmt.Errorf("--explain: %w", err)}
			}
			m, numbers, err := readSource(*runs, args[0], epochs)
			if err != nil {
				return err
			}
			if explain != "" {
				return printExplanation(cmd.OutOrStdout(), m, metric, args[1], asJSON)
			}
			if metrics != "" {
				if err := writeMetrics(metrics, m, numbers); err != nil {
					return err
				}
				if !cmd.Flags().Changed("fraction") && datamap.Count(m.Len(), fraction) == 0 {
					return nil // too few for regions, of which nobody has asked
				}
			}
			s, err := summarise(m, fraction)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), s)
			}
			return s.print(cmd)
		},
		ValidArgsFunction: completeRuns(runs),
	}
	cmd.Flags().StringVar(&explain, "explain", "", "metric to show the numbers of, for the example GUID")
	cmd.Flags().StringVar(&epochs, "epochs", "", "use epochs A:B alone, from A up to but without B, counted from 0; either may be left out")
	cmd.Flags().StringVar(&metrics, "metrics", "", "file to write cartography's metrics to")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the summary, or the explanation, as JSON")
	cmd.Flags().Float64Var(&fraction, "fraction", 0.33, "size of the regions, as a share of the examples; prints the summary")
	completeFlag(cmd, "explain", metricNames)
	return cmd
}

func metricNames() (names []string) {
	for _, metric := range datamap.Metrics {
		names = append(names, metric.Name)
	}
	return names
}

// printExplanation shows what a metric of an example is made of.
func printExplanation(w io.Writer, m *datamap.Map, metric datamap.Metric, guid string, asJSON bool) error {
	i := slices.Index(m.GUIDs, guid)
	if i < 0 {
		return fmt.Errorf("no example of guid %s is on the map of %d examples", guid, m.Len())
	}
	if err := m.Check(metric); err != nil {
		return err
	}
	x := m.Explain(metric, i)
	if asJSON {
		return printJSON(w, map[string]any{
			"metric": x.Metric.Name, "formula": x.Metric.Formula, "source": x.Metric.Source, "guid": x.GUID, "gold": x.Gold,
			"first_epoch": m.First, "logits": x.Logits, "p_gold": x.PGold, "predicted": x.Predicted, "value": x.Value,
		})
	}
	rows := [][]string{{"epoch", "logits", "p(gold)", "predicted"}}
	for e, logits := range x.Logits {
		rows = append(rows, []string{fmt.Sprint(m.First + e), fmt.Sprint(logits), fmt.Sprintf("%.6f", x.PGold[e]), fmt.Sprint(x.Predicted[e])})
	}
	if err := printTable(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s of %s (gold %d): %.6g = %s", x.Metric.Name, x.GUID, x.Gold, x.Value, x.Metric.Formula)
	if err == nil && x.Metric.Source != "" {
		_, err = fmt.Fprintf(w, " (%s)", x.Metric.Source)
	}
	if err == nil {
		_, err = fmt.Fprintln(w)
	}
	return err
}

// writeMetrics writes cartography's metrics to a file, whole or not at all.
func writeMetrics(path string, m *datamap.Map, numbers bool) error {
	return rundir.WriteStream(path, func(w io.Writer) error { return cartography.WriteMetrics(w, m, numbers) })
}

// A mapSummary is a data map in figures.
type mapSummary struct {
	Examples int               `json:"examples"`
	Epochs   int               `json:"epochs"`
	Classes  int               `json:"classes"`
	Fraction float64           `json:"fraction"`
	Regions  map[string]region `json:"regions"`
	Health   *health           `json:"health"` // null before there are two epochs
}

type region struct {
	Count int     `json:"count"`
	Share float64 `json:"share"`
}

type health struct {
	Overlap       float64      `json:"overlap"`
	Chance        float64      `json:"chance"`
	EasyShare     float64      `json:"easy_share"`
	TrainAccuracy []float64    `json:"train_accuracy"`
	HardPGold     [][5]float64 `json:"hard_p_gold"`
	Percentiles   [5]float64   `json:"percentiles"`
	Lift          float64      `json:"lift"`
	Weak          bool         `json:"weak"`
}

func summarise(m *datamap.Map, fraction float64) (*mapSummary, error) {
	s := &mapSummary{Examples: m.Len(), Epochs: m.Epochs, Classes: m.Classes, Fraction: fraction, Regions: map[string]region{}}
	if datamap.Count(m.Len(), fraction) == 0 {
		return nil, usageError{fmt.Errorf("--fraction %g of %d examples is none; raise it", fraction, m.Len())}
	}
	if m.Epochs < 2 {
		return s, nil
	}
	for _, name := range []string{datamap.Ambiguous, datamap.HardToLearn, datamap.EasyToLearn} {
		in, err := m.Region(name, fraction)
		if err != nil {
			return nil, err
		}
		count := 0
		for _, member := range in {
			if member {
				count++
			}
		}
		s.Regions[name] = region{count, float64(count) / float64(m.Len())}
	}
	h, err := m.Health(fraction)
	if err != nil {
		return nil, err
	}
	s.Health = &health{h.Overlap, h.Chance, h.EasyShare, h.TrainAccuracy, h.HardPGold, datamap.Percents, h.Lift, h.Weak}
	return s, nil
}

func (s *mapSummary) print(cmd *cobra.Command) error {
	rows := [][]string{
		{"examples", fmt.Sprint(s.Examples)},
		{"epochs", fmt.Sprint(s.Epochs)},
		{"classes", fmt.Sprint(s.Classes)},
	}
	if s.Health == nil {
		rows = append(rows, []string{"regions", "none before two epochs are complete"})
		return printTable(cmd.OutOrStdout(), rows)
	}
	for _, name := range []string{datamap.Ambiguous, datamap.HardToLearn, datamap.EasyToLearn} {
		rows = append(rows, []string{name, fmt.Sprintf("%d (%.1f %%)", s.Regions[name].Count, 100*s.Regions[name].Share)})
	}
	h := s.Health
	first, last := h.HardPGold[0], h.HardPGold[len(h.HardPGold)-1]
	verdict := "fit: it lifts some of the hard examples"
	if h.Weak {
		verdict = "weak: it does not lift the hard examples; a selection made with it will mislead"
	}
	rows = append(rows,
		[]string{"ambiguous and hard", fmt.Sprintf("%.1f %% (chance: %.1f %%)", 100*h.Overlap, 100*h.Chance)},
		[]string{"training accuracy", fmt.Sprintf("%.4f in the first epoch, %.4f in the last", h.TrainAccuracy[0], h.TrainAccuracy[len(h.TrainAccuracy)-1])},
		[]string{"hard region's p(gold)", fmt.Sprintf("percentiles %v: %.3f in the first epoch, %.3f in the last", h.Percentiles, first, last)},
		[]string{"reference", verdict},
	)
	return printTable(cmd.OutOrStdout(), rows)
}
