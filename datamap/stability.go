package datamap

import "errors"

// Stability compares the selection made after some epochs with that after all of them.
type Stability struct {
	Epochs  int     // the number of first epochs
	Overlap float64 // share of the final selection that is already selected; by chance it equals the fraction
}

// Stability compares the selections by the first 2, 3, ... epochs with that by all. For strategies that need no variability it
// begins with one epoch. A map without logits has none.
func (m *Map) Stability(c Choice) ([]Stability, error) {
	last, err := m.Choose(c)
	if err != nil {
		return nil, err
	}
	final := make([]bool, m.Len())
	for _, i := range last {
		final[i] = true
	}
	var list []Stability
	for e := 1; e <= m.Epochs && m.HasLogits() && len(last) > 0; e++ {
		part, err := m.Between(0, e)
		if err != nil {
			return nil, err
		}
		if part.Len() != m.Len() {
			return nil, errors.New("the epochs do not cover the same examples")
		}
		chosen, err := part.Choose(c)
		if err != nil && e == 1 {
			continue // the strategy needs two epochs
		}
		if err != nil {
			return nil, err
		}
		both := 0
		for _, i := range chosen {
			if final[i] {
				both++
			}
		}
		list = append(list, Stability{e, float64(both) / float64(len(last))})
	}
	return list, nil
}
