package datamap

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"ftft/internal/parallel"
)

// A Triage is a method that ranks examples by how likely their gold label is wrong.
type Triage struct {
	Name    string
	Formula string
	Source  string
	scores  func(m *Map, mean [][]float64) []float64 // [n], the most suspect lowest; +Inf = not suspect; mean: see meanProbabilities
	reason  func(m *Map, s Suspect, gold, suggested string) string
}

// Triages lists the methods. A new one is one more entry.
var Triages = []Triage{
	{
		"corner", "√(confidence² + variability²), the distance from the corner of examples that are always predicted wrongly",
		"after Swayamdipta et al., 2020, section 5",
		func(m *Map, _ [][]float64) []float64 {
			scores := make([]float64, m.Len())
			for i := range scores {
				scores[i] = math.Hypot(m.Confidence[i], m.Variability[i])
			}
			return scores
		},
		func(m *Map, s Suspect, gold, suggested string) string {
			return fmt.Sprintf("p(%s) averages %.2f ± %.2f: %s. %s", gold, m.Confidence[s.Index], m.Variability[s.Index],
				m.predictions(s.Index), s.preference(m, suggested))
		},
	},
	{
		"aum", "area under the margin", "Pleiss et al., 2020",
		func(m *Map, _ [][]float64) []float64 {
			for _, metric := range Metrics {
				if metric.Name == "aum" {
					return m.Values(metric)
				}
			}
			panic("the metrics lack aum")
		},
		func(m *Map, s Suspect, gold, suggested string) string {
			side := "below"
			if s.Score >= 0 {
				side = "above"
			}
			return fmt.Sprintf("the logit of %s is on average %.2f %s the greatest of the others: %s. %s", gold, math.Abs(s.Score), side,
				m.predictions(s.Index), s.preference(m, suggested))
		},
	},
	{
		"cleanlab", "mean probability of the gold label, for examples that confidently belong to another class",
		"Northcutt et al., 2021 (confident learning)",
		confidentLearning,
		func(m *Map, s Suspect, gold, suggested string) string {
			return fmt.Sprintf("by its probabilities it belongs to another class: p(%s) averages %.2f, p(%s) only %.2f; %s",
				suggested, s.P, gold, s.Score, m.predictions(s.Index))
		},
	},
}

// predictions says in how many epochs the gold label is predicted.
func (m *Map) predictions(i int) string {
	if m.NeverLearnt[i] {
		return fmt.Sprintf("predicted in none of %d epochs", m.Epochs)
	}
	return fmt.Sprintf("predicted in %d of %d epochs", m.Correctness[i], m.Epochs)
}

// preference says which label the model prefers.
func (s Suspect) preference(m *Map, suggested string) string {
	if s.Suggested == m.Gold[s.Index] {
		return "The model prefers this label."
	}
	return fmt.Sprintf("The model prefers %s (p %.2f).", suggested, s.P)
}

// Reason returns a sentence that says why a method suspects an example. name returns the name of a class.
func (m *Map) Reason(t Triage, s Suspect, name func(class int32) string) string {
	return t.reason(m, s, name(m.Gold[s.Index]), name(s.Suggested))
}

// Precision compares suspects with the truth, where it is known: data with labels that were flipped on purpose, or with a column of the
// true label.
type Precision struct {
	Suspects, Wrong    int // the listed suspects, and how many of these have a wrong label
	Examples, AllWrong int // all examples, and how many of these have a wrong label
}

// PrecisionOf compares the listed examples with the truth, wrong [n].
func PrecisionOf(wrong []bool, listed []int) Precision {
	p := Precision{Suspects: len(listed), Examples: len(wrong)}
	for _, index := range listed {
		if wrong[index] {
			p.Wrong++
		}
	}
	for _, is := range wrong {
		if is {
			p.AllWrong++
		}
	}
	return p
}

// Share returns the share of the suspects that have a wrong label, 0 without suspects.
func (p Precision) Share() float64 { return float64(p.Wrong) / float64(max(p.Suspects, 1)) }

// Chance returns the share of all examples that have a wrong label: the precision of a random order.
func (p Precision) Chance() float64 { return float64(p.AllWrong) / float64(max(p.Examples, 1)) }

// A Suspect is an example whose gold label may be wrong.
type Suspect struct {
	Index     int
	Score     float64 // the lower, the more suspect
	Suggested int32   // the class of the greatest mean probability over the epochs
	P         float64 // the mean probability of Suggested
}

// FindTriage returns the method of a name, or an error that lists the names.
func FindTriage(name string) (Triage, error) {
	var names []string
	for _, t := range Triages {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Triage{}, fmt.Errorf("unknown method to find label errors %q; available: %s", name, strings.Join(names, ", "))
}

// Suspects ranks the examples whose gold label may be wrong, the most suspect first, ties by guid. It needs logits.
func (m *Map) Suspects(t Triage) ([]Suspect, error) {
	if !m.HasLogits() {
		return nil, errors.New("finding label errors needs logits, and this source has only summaries")
	}
	mean := m.meanProbabilities()
	scores := t.scores(m, mean)
	var suspects []Suspect
	for _, index := range rank(m, scores).Order {
		if math.IsInf(scores[index], 1) {
			break
		}
		best := argmax(mean[index])
		suspects = append(suspects, Suspect{int(index), scores[index], int32(best), mean[index][best]})
	}
	return suspects, nil
}

// meanProbabilities returns the softmax of each example's logits averaged over the epochs, [n][C].
func (m *Map) meanProbabilities() [][]float64 {
	mean := make([][]float64, m.Len())
	all := make([]float64, m.Len()*m.Classes)
	parallel.InBlocks(m.Len(), blockSize, func(_, from, to int) {
		for i := from; i < to; i++ {
			mean[i] = all[i*m.Classes : (i+1)*m.Classes]
			for e := range m.Epochs {
				for c := range mean[i] {
					mean[i][c] += m.input.probability(e, m.Rows[i], int32(c)) / float64(m.Epochs)
				}
			}
		}
	})
	return mean
}

// confidentLearning scores the examples that confidently belong to another class than their gold label (Northcutt et al.,
// 2021), as cleanlab's find_label_issues(filter_by="confident_learning") finds them. An example is confident of a class if its mean
// probability of the class reaches the average over the class's own examples. It belongs to the one class that it is confident of, or
// to its likeliest class if it is confident of several. An example is not suspect if no class is likelier than its gold label.
func confidentLearning(m *Map, mean [][]float64) []float64 {
	// As in cleanlab: slack is for probabilities that equal their average. A class that the model never predicts has an average of
	// about 0, which every example would reach without a floor above the slack.
	const slack, floor = 1e-6, 2e-6
	threshold, count := make([]float64, m.Classes), make([]float64, m.Classes)
	for i, p := range mean {
		threshold[m.Gold[i]] += p[m.Gold[i]]
		count[m.Gold[i]]++
	}
	for c := range threshold {
		if threshold[c] = max(threshold[c]/count[c], floor); count[c] == 0 {
			threshold[c] = math.Inf(1) // no probability reaches it
		}
	}
	scores := make([]float64, len(mean))
	for i, p := range mean {
		confident, several := -1, false
		for c := range p {
			if p[c] >= threshold[c]-slack {
				several = confident >= 0
				confident = c
			}
			if several {
				confident = argmax(p)
				break
			}
		}
		gold := int(m.Gold[i])
		scores[i] = math.Inf(1)
		if confident >= 0 && confident != gold && p[gold] < slices.Max(p) {
			scores[i] = p[gold]
		}
	}
	return scores
}

func argmax(values []float64) int {
	return slices.Index(values, slices.Max(values))
}
