package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/datamap/cartography"
	"ftft/datamap/figure"
	"ftft/internal/disk"
	"ftft/internal/packed"
	"ftft/internal/safe"
	"ftft/train/watch"
	"ftft/tui"
)

// mapFlags holds the flags of ftft map.
type mapFlags struct {
	sourceFlags
	fraction                 float64
	metrics, explain, figure string
	embeddings               string
	light, asJSON            bool
}

func mapCommand(runs *string) *cobra.Command {
	var m mapFlags
	cmd := &cobra.Command{
		Use:   "map SOURCE [GUID]",
		Short: "Draw a data map: in the workbench, as a summary or as a figure",
		Long: `Draw the data map of a run or of training dynamics that another program recorded. On a terminal it opens in the workbench;
otherwise ftft prints a summary.

` + sourceHelp + `

--explain METRIC GUID shows how a metric of one example is computed. In the formulas, y is the gold label, z the logits in an epoch, p
the probability of y, softmax(z)[y], and E the number of epochs. The metrics:
` + metricHelp() + `

--explain health shows the verdict on the source as a reference (learns hard examples, under-trained or weak, too early to tell), the
signs that it is made from, and the rule.

--metrics writes cartography's td_metrics.jsonl: confidence, variability, correctness, forgetfulness (1000 = never learnt) and threshold
closeness of each example. --figure draws the map.`,
		Example: `  ftft map demo-reference
  ftft map runs/demo-reference --json --fraction 0.25
  ftft map roberta-snli/ --metrics td_metrics.jsonl --figure map.pdf
  ftft map uid_to_logits.pt --data train.jsonl --guid uid --label label
  ftft map roberta-snli/ --explain aum 4734364254410
  ftft map demo-reference --explain health`,
		Annotations: next(
			"ftft select SOURCE", "Select the examples to train on",
			"ftft triage SOURCE", "Find examples whose label is probably wrong",
			"ftft compare SOURCE SOURCE", "Compare the map with another model's",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			changed := cmd.Flags().Changed
			if (m.explain != "" && m.explain != explainHealth) != (len(args) == 2) {
				return usageError{errors.New("--explain METRIC needs a GUID, and a GUID needs --explain METRIC; --explain health needs none")}
			}
			if m.explain != "" && (m.metrics != "" || m.figure != "" || changed("fraction")) {
				return usageError{errors.New("--explain cannot be combined with --metrics, --figure or --fraction")}
			}
			if err := checkFraction(m.fraction); err != nil {
				return err
			}
			onScreen := !m.asJSON && m.metrics == "" && m.explain == "" && m.figure == "" && !changed("fraction") && onTerminal()
			return m.run(cmd, *runs, args, onScreen)
		},
		ValidArgsFunction: completeRuns(runs),
	}
	m.add(cmd)
	m.addTruth(cmd)
	cmd.Flags().StringVar(&m.embeddings, "embeddings", "",
		"file of embeddings [examples, width] (.npy) in the source's order, for neighbours (~) in the workbench; default: the run's own")
	cmd.Flags().StringVar(&m.explain, "explain", "", "show how this metric of the example GUID, or health, is computed")
	cmd.Flags().StringVar(&m.metrics, "metrics", "", "file to write cartography's td_metrics.jsonl to")
	cmd.Flags().StringVar(&m.figure, "figure", "", "file to write the figure to: .png, .svg, .pdf or .txt")
	cmd.Flags().BoolVar(&m.light, "light", true, "draw the figure on white; --light=false draws it on black")
	cmd.Flags().BoolVar(&m.asJSON, "json", false, "print the summary, or the explanation, as JSON")
	cmd.Flags().Float64Var(&m.fraction, "fraction", 0.33, "size of the regions, as a share of the examples; prints the summary")
	completeFlag(cmd, "explain", func() []string { return append(metricNames(), explainHealth) })
	addScreenFlags(cmd)
	return cmd
}

// run draws the map: in the workbench if onScreen, or as the flags ask.
func (m *mapFlags) run(cmd *cobra.Command, runs string, args []string, onScreen bool) error {
	if onScreen && m.epochs == "" {
		if path, _, err := find(runs, args[0]); err == nil {
			return workbench(cmd, runs, path, "Map")
		}
	}
	metric, err := datamap.FindMetric(m.explain)
	if err != nil && m.explain != "" && m.explain != explainHealth {
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
	case m.explain == explainHealth:
		return printHealth(cmd.OutOrStdout(), s, m.asJSON)
	case m.explain != "":
		return printExplanation(cmd.OutOrStdout(), s, metric, args[1], m.asJSON)
	case onScreen:
		return showSource(cmd, s, m.embeddings)
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
		return nil // the summary was not asked for
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

// writeMetrics writes cartography's metrics to a file, completely or not at all.
func writeMetrics(path string, s *dataSource) error {
	return disk.WriteOutput(path, func(w io.Writer) error {
		out, err := packed.Writer(w, path)
		if err != nil {
			return err
		}
		return errors.Join(cartography.WriteMetrics(out, s.Map, s.numbers), out.Close())
	})
}

// draw draws the map into a file.
func (m *mapFlags) draw(s *dataSource) error {
	if isText(m.figure) {
		text := tui.MapText(s.title(), watch.Of(s.title(), s.Map, 1), datamap.Ambiguous, m.fraction, textWidth, textHeight)
		return writeText(m.figure, safe.Text(text))
	}
	format, err := figure.FormatOf(m.figure)
	if err != nil {
		return err
	}
	drawn, err := figure.FromMap(s.Map, s.title(), m.fraction)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return figure.Write(w, format, drawn, tui.Figures(!m.light)) }
	return disk.WriteOutput(m.figure, write)
}

// title returns the name of the source in a figure.
func (s *dataSource) title() string {
	whole, err := filepath.Abs(s.path)
	if err != nil {
		whole = s.path
	}
	return filepath.Base(whole)
}
