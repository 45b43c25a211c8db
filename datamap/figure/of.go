package figure

import "ftft/datamap"

// Of is the figure of a data map with both of its regions, of a fraction of the examples each.
func Of(m *datamap.Map, title string, fraction float64) (drawn Map, err error) {
	drawn = Map{Title: title, Variability: m.Variability, Confidence: m.Confidence, Correct: m.CorrectShare(), Epochs: m.Epochs, Fraction: fraction}
	if drawn.Ambiguous, err = m.Region(datamap.Ambiguous, fraction); err != nil {
		return drawn, err
	}
	drawn.Hard, err = m.Region(datamap.HardToLearn, fraction)
	return drawn, err
}
