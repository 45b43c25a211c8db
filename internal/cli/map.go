package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/datamap/cartography"
	"ftft/datamap/figure"
	"ftft/internal/disk"
	"ftft/internal/packed"
	"ftft/train/watch"
	"ftft/tui"
)

// A mapping is what ftft map was asked for.
type mapping struct {
	sourceFlags
	fraction                 float64
	metrics, explain, figure string
	light, asJSON            bool
}

func mapCommand(runs *string) *cobra.Command {
	var m mapping
	cmd := &cobra.Command{
		Use:   "map SOURCE [GUID]",
		Short: "The data map of a run or of somebody else's dynamics: the workbench on a terminal, else a summary",
		Long: `The data map of a run or of somebody else's training dynamics: the workbench on a terminal, else a summary.

` + sourceHelp + `

--explain METRIC GUID shows what a metric of one example is made of. The metrics: ` + metricHelp() + `.

--metrics writes cartography's td_metrics.jsonl: confidence, variability, correctness, forgetfulness (1000: correct in
no epoch) and threshold closeness of each example. --figure draws the map.`,
		Example: `  ftft map demo-reference
  ftft map runs/demo-reference --json --fraction 0.25
  ftft map roberta-snli/ --metrics td_metrics.jsonl --figure map.pdf
  ftft map uid_to_logits.pt --data train.jsonl --guid uid --label label
  ftft map roberta-snli/ --explain aum 4734364254410`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			changed := cmd.Flags().Changed
			if (m.explain != "") != (len(args) == 2) {
				return usageError{errors.New("--explain METRIC and a GUID go together")}
			}
			if m.explain != "" && (m.metrics != "" || m.figure != "" || changed("fraction")) {
				return usageError{errors.New("--explain goes without --metrics, --figure and --fraction")}
			}
			if err := checkFraction(m.fraction); err != nil {
				return err
			}
			look := !m.asJSON && m.metrics == "" && m.explain == "" && m.figure == "" && !changed("fraction") && onTerminal()
			return m.run(cmd, *runs, args, look)
		},
		ValidArgsFunction: completeRuns(runs),
	}
	m.add(cmd)
	cmd.Flags().StringVar(&m.explain, "explain", "", "metric to show the numbers of, for the example GUID")
	cmd.Flags().StringVar(&m.metrics, "metrics", "", "file to write cartography's metrics to")
	cmd.Flags().StringVar(&m.figure, "figure", "", "file to draw the map into: .png, .svg, .pdf or .txt")
	cmd.Flags().BoolVar(&m.light, "light", true, "draw --figure on white; --light=false: on black")
	cmd.Flags().BoolVar(&m.asJSON, "json", false, "print the summary, or the explanation, as JSON")
	cmd.Flags().Float64Var(&m.fraction, "fraction", 0.33, "size of the regions, as a share of the examples; prints the summary")
	completeFlag(cmd, "explain", metricNames)
	addScreenFlags(cmd)
	return cmd
}

// run shows the map; look: on the screen.
func (m *mapping) run(cmd *cobra.Command, runs string, args []string, look bool) error {
	if look && m.epochs == "" {
		if place, _, err := find(runs, args[0]); err == nil {
			return workbench(cmd, runs, place)
		}
	}
	metric, err := datamap.FindMetric(m.explain)
	if err != nil && m.explain != "" {
		return usageError{fmt.Errorf("--explain: %w", err)}
	}
	if m.figure != "" && !isText(m.figure) {
		if _, err := figure.FormatOf(m.figure); err != nil {
			return usageError{fmt.Errorf("--figure: %w, or .txt", err)}
		}
	}
	s, err := m.open(runs, args[0], cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	switch {
	case m.explain != "":
		return printExplanation(cmd.OutOrStdout(), s, metric, args[1], m.asJSON)
	case look:
		return lookAt(cmd, s)
	}
	for _, path := range []string{m.metrics, m.figure} {
		if err := s.output(path); err != nil {
			return err
		}
	}
	if m.metrics != "" {
		if err := writeMetrics(m.metrics, s); err != nil {
			return err
		}
	}
	if m.figure != "" {
		if err := m.draw(s); err != nil {
			return err
		}
	}
	written := m.metrics != "" || m.figure != ""
	if written && !m.asJSON && !cmd.Flags().Changed("fraction") {
		return nil // nobody has asked for more
	}
	summary, err := summarise(s, m.fraction, cmd.Flags().Changed("fraction"))
	if err != nil {
		return err
	}
	if m.asJSON {
		return printJSON(cmd.OutOrStdout(), summary)
	}
	return summary.print(cmd)
}

// metricHelp lists the metrics with their formulas and sources.
func metricHelp() string {
	var list []string
	for _, metric := range datamap.Metrics {
		source := metric.Source
		if source != "" {
			source = " [" + source + "]"
		}
		list = append(list, fmt.Sprintf("%s: %s%s", metric.Name, metric.Formula, source))
	}
	return strings.Join(list, "; ")
}

func metricNames() (names []string) {
	for _, metric := range datamap.Metrics {
		names = append(names, metric.Name)
	}
	return names
}

// printExplanation shows what a metric of an example is made of.
func printExplanation(w io.Writer, s *dataSource, metric datamap.Metric, guid string, asJSON bool) error {
	i := slices.Index(s.GUIDs, guid)
	if i < 0 {
		return fmt.Errorf("no example of guid %s is on the map of %d examples", guid, s.Len())
	}
	if err := s.Check(metric); err != nil {
		return err
	}
	x := s.Explain(metric, i)
	if asJSON {
		var gold any
		if s.HasLogits() {
			gold = x.Gold
		}
		return printJSON(w, map[string]any{
			"metric": x.Metric.Name, "formula": x.Metric.Formula, "source": x.Metric.Source, "guid": x.GUID, "gold": gold,
			"first_epoch": s.First, "logits": x.Logits, "p_gold": x.PGold, "predicted": x.Predicted, "terms": x.Terms, "value": x.Value,
		})
	}
	gold := ""
	if s.HasLogits() {
		gold = fmt.Sprintf(" (gold %s)", s.className(x.Gold))
		rows := [][]string{{"epoch", "logits", "p(gold)", "predicted"}}
		if x.Terms != nil {
			rows[0] = append(rows[0], "term")
		}
		for e, logits := range x.Logits {
			row := []string{fmt.Sprint(s.First + e), fmt.Sprint(logits), fmt.Sprintf("%.6f", x.PGold[e]), s.className(x.Predicted[e])}
			if x.Terms != nil {
				row = append(row, fmt.Sprintf("%.6g", x.Terms[e]))
			}
			rows = append(rows, row)
		}
		if err := printTable(w, rows); err != nil {
			return err
		}
	}
	source := ""
	if x.Metric.Source != "" {
		source = " (" + x.Metric.Source + ")"
	}
	_, err := fmt.Fprintf(w, "%s of %s%s: %.6g = %s%s\n", x.Metric.Name, oneLine(x.GUID), gold, x.Value, x.Metric.Formula, source)
	return err
}

// writeMetrics writes cartography's metrics to a file, whole or not at all.
func writeMetrics(path string, s *dataSource) error {
	return disk.WriteStream(path, func(w io.Writer) error {
		out, err := packed.Writer(w, path)
		if err != nil {
			return err
		}
		return errors.Join(cartography.WriteMetrics(out, s.Map, s.numbers), out.Close())
	})
}

// draw draws the map into a file.
func (m *mapping) draw(s *dataSource) error {
	if isText(m.figure) {
		return disk.WriteFile(m.figure, []byte(tui.MapText(s.title(), watch.Of(s.title(), s.Map, 1), datamap.Ambiguous, m.fraction, textWidth, textHeight)))
	}
	format, err := figure.FormatOf(m.figure)
	if err != nil {
		return err
	}
	drawn, err := figure.Of(s.Map, s.title(), m.fraction)
	if err != nil {
		return err
	}
	return disk.WriteStream(m.figure, func(w io.Writer) error { return figure.Write(w, format, drawn, tui.Figures(!m.light)) })
}

// title names the source in a figure.
func (s *dataSource) title() string {
	whole, err := filepath.Abs(s.path)
	if err != nil {
		whole = s.path
	}
	return filepath.Base(whole)
}

// A mapSummary is a data map in figures.
type mapSummary struct {
	Source   string            `json:"source"`
	Examples int               `json:"examples"`
	Epochs   int               `json:"epochs"`
	Classes  int               `json:"classes"`
	Fraction float64           `json:"fraction"`
	Regions  map[string]region `json:"regions"`
	Health   *health           `json:"health"` // null before there are two epochs

	// How much of the ambiguous region the first epochs give already; chance is the fraction.
	Stability []stability `json:"stability,omitempty"`
}

type stability struct {
	Epochs  int     `json:"epochs"`
	Overlap float64 `json:"overlap"`
}

type region struct {
	Count int     `json:"count"`
	Share float64 `json:"share"`
}

type health struct {
	Overlap   float64 `json:"overlap"`
	Chance    float64 `json:"chance"`
	EasyShare float64 `json:"easy_share"`
	*training         // nil of a source without logits
}

type training struct {
	TrainAccuracy []float64    `json:"train_accuracy"`
	HardPGold     [][5]float64 `json:"hard_p_gold"`
	Percentiles   [5]float64   `json:"percentiles"`
	Lift          float64      `json:"lift"`
	Weak          bool         `json:"weak"`
}

// summarise gives the figures. Of examples too few for a region there are none, unless asked: somebody gave the fraction.
func summarise(m *dataSource, fraction float64, asked bool) (*mapSummary, error) {
	s := &mapSummary{Source: m.kind, Examples: m.Len(), Epochs: m.Epochs, Classes: m.Classes, Fraction: fraction, Regions: map[string]region{}}
	none := datamap.Count(m.Len(), fraction) == 0
	if none && asked {
		return nil, usageError{fmt.Errorf("--fraction %g of %d examples is none; raise it", fraction, m.Len())}
	}
	if none || !m.Varies() {
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
	s.Health = &health{Overlap: h.Overlap, Chance: h.Chance, EasyShare: h.EasyShare}
	if !m.HasLogits() {
		return s, nil
	}
	s.Health.training = &training{h.TrainAccuracy, h.HardPGold, datamap.Percents, h.Lift, h.Weak}
	list, err := m.Stability(datamap.Choice{Strategy: datamap.Ambiguous, Fraction: fraction})
	for _, one := range list {
		s.Stability = append(s.Stability, stability{one.Epochs, one.Overlap})
	}
	return s, err
}

func (s *mapSummary) print(cmd *cobra.Command) error {
	known := func(n int) string {
		if n == 0 {
			return "not in the source"
		}
		return fmt.Sprint(n)
	}
	rows := [][]string{{"source", s.Source}, {"examples", fmt.Sprint(s.Examples)}, {"epochs", known(s.Epochs)}, {"classes", known(s.Classes)}}
	if s.Health == nil {
		rows = append(rows, []string{"regions", "none: they take two epochs, and an example at least"})
		return printTable(cmd.OutOrStdout(), rows)
	}
	for _, name := range []string{datamap.Ambiguous, datamap.HardToLearn, datamap.EasyToLearn} {
		rows = append(rows, []string{name, fmt.Sprintf("%d (%.1f %%)", s.Regions[name].Count, 100*s.Regions[name].Share)})
	}
	h := s.Health
	rows = append(rows, []string{"ambiguous and hard", fmt.Sprintf("%.1f %% (chance: %.1f %%)", 100*h.Overlap, 100*h.Chance)})
	if h.training == nil {
		rows = append(rows, []string{"training accuracy", "not in the source: it holds measures and no logits"})
		return printTable(cmd.OutOrStdout(), rows)
	}
	first, last := h.HardPGold[0], h.HardPGold[len(h.HardPGold)-1]
	verdict := "fit: it lifts some of the hard examples"
	if h.Weak {
		verdict = "weak: it does not lift the hard examples; a selection made with it will mislead"
	}
	rows = append(rows,
		[]string{"training accuracy", fmt.Sprintf("%.4f in the first epoch, %.4f in the last", h.TrainAccuracy[0], h.TrainAccuracy[len(h.TrainAccuracy)-1])},
		[]string{"hard region's p(gold)", fmt.Sprintf("percentiles %v: %.3f in the first epoch, %.3f in the last", h.Percentiles, first, last)},
		[]string{"reference", verdict},
		[]string{"stability", s.stable()},
	)
	return printTable(cmd.OutOrStdout(), rows)
}

// stable says how soon the ambiguous region is that of all epochs.
func (s *mapSummary) stable() string {
	parts := make([]string, len(s.Stability))
	for i, one := range s.Stability {
		parts[i] = fmt.Sprintf("%d: %.0f %%", one.Epochs, 100*one.Overlap)
	}
	return "of the ambiguous region after so many epochs: " + strings.Join(parts, ", ")
}
