package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ftft/datamap"
)

// A mapSummary is a data map in numbers.
type mapSummary struct {
	Source   string            `json:"source"`
	Examples int               `json:"examples"`
	Epochs   int               `json:"epochs"`
	Classes  int               `json:"classes"`
	Fraction float64           `json:"fraction"`
	Regions  map[string]region `json:"regions"`
	Health   *health           `json:"health"` // null before the second epoch

	// The share of the ambiguous region that the first epochs already give. By chance it would be the fraction.
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
	*training         // nil if the source has no logits
}

type training struct {
	TrainAccuracy []float64       `json:"train_accuracy"`
	HardPGold     [][5]float64    `json:"hard_p_gold"`
	Percentiles   [5]float64      `json:"percentiles"`
	Lift          float64         `json:"lift"`
	Verdict       datamap.Verdict `json:"verdict"`
	Reason        string          `json:"reason"`
	Weak          bool            `json:"weak"` // whether the verdict is under-trained-or-weak
}

// summarise computes the summary. If the fraction is too small for a region, it is an error if asked, that is if the user gave the
// fraction, and otherwise the summary has no regions.
func summarise(m *dataSource, fraction float64, asked bool) (*mapSummary, error) {
	s := &mapSummary{Source: m.kind, Examples: m.Len(), Epochs: m.Epochs, Classes: m.Classes, Fraction: fraction, Regions: map[string]region{}}
	none := datamap.Count(m.Len(), fraction) == 0
	if none && asked {
		return nil, usageError{fmt.Errorf("--fraction %g of %d examples selects none; raise it", fraction, m.Len())}
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
	s.Health.training = &training{
		h.TrainAccuracy, h.HardPGold, datamap.Percents, h.Lift, h.Verdict, h.Reason, h.Verdict == datamap.Weak,
	}
	list, err := m.Stability(datamap.Choice{Strategy: datamap.Ambiguous, Fraction: fraction})
	for _, one := range list {
		s.Stability = append(s.Stability, stability{one.Epochs, one.Overlap})
	}
	return s, err
}

func (s *mapSummary) print(cmd *cobra.Command) error {
	known := func(n int) string {
		if n == 0 {
			return "unknown"
		}
		return fmt.Sprint(n)
	}
	rows := [][]string{{"source", s.Source}, {"examples", fmt.Sprint(s.Examples)}, {"epochs", known(s.Epochs)}, {"classes", known(s.Classes)}}
	if s.Health == nil {
		none := fmt.Sprintf("none: variability needs two epochs, and there is %d", s.Epochs)
		if datamap.Count(s.Examples, s.Fraction) == 0 {
			none = fmt.Sprintf("none: %s of %d is less than one example", datamap.Percent(s.Fraction), s.Examples)
		}
		rows = append(rows, []string{"regions", none})
		return printTable(cmd.OutOrStdout(), rows)
	}
	for _, name := range []string{datamap.Ambiguous, datamap.HardToLearn, datamap.EasyToLearn} {
		rows = append(rows, []string{name, fmt.Sprintf("%d (%.1f %%)", s.Regions[name].Count, 100*s.Regions[name].Share)})
	}
	h := s.Health
	rows = append(rows, []string{"ambiguous and hard", fmt.Sprintf("%.1f %% (chance: %.1f %%)", 100*h.Overlap, 100*h.Chance)})
	if h.training == nil {
		rows = append(rows, []string{"training accuracy", "unknown: the source has only summaries"})
		return printTable(cmd.OutOrStdout(), rows)
	}
	first, last := h.HardPGold[0], h.HardPGold[len(h.HardPGold)-1]
	verdict := fmt.Sprintf("%s: %s", h.Verdict, h.Reason)
	if h.Weak {
		verdict += "; its selection may mislead"
	}
	rows = append(rows,
		[]string{"training accuracy", fmt.Sprintf("%.4f in the first epoch, %.4f in the last",
			h.TrainAccuracy[0], h.TrainAccuracy[len(h.TrainAccuracy)-1])},
		[]string{"hard region's p(gold)", fmt.Sprintf("percentiles %s: %s in the first epoch, %s in the last",
			numberList("%v", h.Percentiles[:]), numberList("%.3f", first[:]), numberList("%.3f", last[:]))},
		[]string{"reference", verdict},
		[]string{"stability", s.stable()},
	)
	return printTable(cmd.OutOrStdout(), rows)
}

// stable describes how soon the ambiguous region resembles that of all epochs.
func (s *mapSummary) stable() string {
	parts := make([]string, len(s.Stability))
	for i, one := range s.Stability {
		parts[i] = fmt.Sprintf("%d: %.0f %%", one.Epochs, 100*one.Overlap)
	}
	return "share of the ambiguous region after each epoch: " + strings.Join(parts, ", ")
}
