package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"ftft/datamap"
)

// printExplanation shows how a metric of one example is computed.
func printExplanation(w io.Writer, s *dataSource, metric datamap.Metric, guid string, asJSON bool) error {
	i := slices.Index(s.GUIDs, guid)
	if i < 0 {
		return s.unknownGUID(guid)
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
			row := []string{fmt.Sprint(s.First + e), numberList("%v", logits), fmt.Sprintf("%.6f", x.PGold[e]), s.className(x.Predicted[e])}
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
	value := fmt.Sprintf("%.6g", x.Value)
	if words := s.Words(metric, x.Value); words != "" {
		value = words + " (" + value + " in files and rules)"
	}
	_, err := fmt.Fprintf(w, "%s of %s%s: %s = %s%s\n", x.Metric.Name, oneLine(x.GUID), gold, value, x.Metric.Formula, source)
	return err
}

// explainHealth is the word that asks --explain for the health of a reference instead of a metric.
const explainHealth = "health"

// printHealth shows how the verdict on the source as a reference is made.
func printHealth(w io.Writer, s *dataSource, asJSON bool) error {
	signs, err := s.Signs()
	if err != nil {
		return err
	}
	verdict, reason := signs.Judge()
	if asJSON {
		return printJSON(w, map[string]any{
			"verdict": verdict, "reason": reason, "rule": datamap.VerdictRule, "source": datamap.VerdictSource, "signs": map[string]any{
				"examples": signs.Examples, "epochs": signs.Epochs, "fraction": datamap.JudgedFraction, "overlap": signs.Overlap,
				"chance": signs.Chance, "hard_upper_quartile": []float64{signs.HardFirst, signs.HardLast}, "train_accuracy": signs.Accuracy,
				"rise": signs.Rise, "majority": signs.Majority, "skill": signs.Skill(),
			},
		})
	}
	rule := slices.Concat(datamap.VerdictRule, datamap.VerdictTerms)
	_, err = fmt.Fprintf(w, "%s: %s\n%s\n\n%s\nSource: %s.\n", verdict, reason, signs, strings.Join(rule, "\n"), datamap.VerdictSource)
	return err
}

// metricHelp lists the metrics with their formulas and papers, each on an indented line.
func metricHelp() string {
	var list []string
	for _, metric := range datamap.Metrics {
		source := metric.Source
		if source != "" {
			source = " [" + source + "]"
		}
		list = append(list, fmt.Sprintf("  %s: %s%s", metric.Name, metric.Formula, source))
	}
	return strings.Join(list, "\n")
}

func metricNames() (names []string) {
	for _, metric := range datamap.Metrics {
		names = append(names, metric.Name)
	}
	return names
}
