package datamap

import "errors"

// Stability says how much of a selection of all epochs one of the first Epochs has already.
type Stability struct {
	Epochs  int
	Overlap float64 // share; by chance it is the fraction
}

// Stability compares the selections by the first 2, 3, ... epochs with that by all. Strategies by confidence alone begin
// with one.
func (m *Map) Stability(c Choice) ([]Stability, error) {
	last, err := m.Choose(c)
	if err != nil {
		return nil, err
	}
	in := make([]bool, m.Len())
	for _, i := range last {
		in[i] = true
	}
	var list []Stability
	for e := 1; e <= m.Epochs && m.HasLogits() && len(last) > 0; e++ {
		part, err := m.Between(0, e)
		if err != nil {
			return nil, err
		}
		if part.Len() != m.Len() {
			return nil, errors.New("the epochs are not of the same examples")
		}
		chosen, err := part.Choose(c)
		if err != nil && e == 1 {
			continue // the strategy takes two
		}
		if err != nil {
			return nil, err
		}
		both := 0
		for _, i := range chosen {
			if in[i] {
				both++
			}
		}
		list = append(list, Stability{e, float64(both) / float64(len(last))})
	}
	return list, nil
}
