package selection

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"ftft/datamap"
)

// Area is a rectangle on the map. Each pair is a lower bound, which lies inside, and an upper bound, which lies outside. ±Inf =
// unbounded.
type Area struct{ Variability, Confidence [2]float64 }

// Round rounds the bounds to four decimals, as the area's rule writes them.
func (a Area) Round() Area {
	for _, bounds := range []*[2]float64{&a.Variability, &a.Confidence} {
		for i, v := range bounds {
			if !math.IsInf(v, 0) {
				bounds[i] = math.Round(v*1e4) / 1e4
			}
		}
	}
	return a
}

// side has the bounds of one axis.
type side struct {
	name   string
	bounds [2]float64
}

func (a Area) sides() []side {
	return []side{{"variability", a.Variability}, {"confidence", a.Confidence}}
}

// Rule returns the area as a rule.
func (a Area) Rule() string {
	var terms []string
	for _, s := range a.sides() {
		for i, sign := range []string{" >= ", " < "} {
			if v := s.bounds[i]; !math.IsInf(v, 0) {
				terms = append(terms, s.name+sign+strconv.FormatFloat(v, 'f', -1, 64))
			}
		}
	}
	if len(terms) == 0 {
		return "true"
	}
	return strings.Join(terms, " && ")
}

// Match returns the examples inside the area. They are those that its rule matches, found without evaluating the rule.
func (a Area) Match(m *datamap.Map) Match {
	found := Match{In: make([]bool, m.Len())}
	for i, v := range m.Variability {
		c := m.Confidence[i]
		if v >= a.Variability[0] && v < a.Variability[1] && c >= a.Confidence[0] && c < a.Confidence[1] {
			found.In[i] = true
			found.Count++
		}
	}
	return found
}

// String describes the bounds: " · variability 0.200 to 0.300 · confidence ≥ 0.500".
func (a Area) String() string {
	text := ""
	for _, s := range a.sides() {
		switch from, to := s.bounds[0], s.bounds[1]; {
		case math.IsInf(from, 0) && math.IsInf(to, 0):
		case math.IsInf(from, 0):
			text += fmt.Sprintf(" · %s < %.3f", s.name, to)
		case math.IsInf(to, 0):
			text += fmt.Sprintf(" · %s ≥ %.3f", s.name, from)
		default:
			text += fmt.Sprintf(" · %s %.3f to %.3f", s.name, from, to)
		}
	}
	return text
}
