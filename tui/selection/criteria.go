// Package selection holds what the user selects on a data map: the strategy and the fraction, a rule or a brushed area,
// marks, undo and redo, and the list of the selected examples with its order, its filters and a search in it.
//
// It consists of plain values and functions: no terminal, no files, no background work. Update names the results that take time to
// compute (matching a rule, ranking by a metric); the caller computes them and sets them. The package may import datamap and the
// packages below it. Begin with Selection.
package selection

import (
	"math"
	"slices"

	"ftft/datamap"
)

// Criteria define a selection and the filters of its list. They are a value, so that undo can keep copies.
type Criteria struct {
	Strategy string
	Fraction float64 // of the examples that can be selected, above 0, at most 1
	Rule     string  // only examples that match it can be selected; "" = no rule
	Whole    bool    // everything that the rule matches is selected, regardless of the fraction
	Brushed  bool    // the rule is an area that was brushed on the map
	Free     float64 // the fraction before the rule, restored when the rule is removed; 0 without a rule

	Class  int    // filter of the list: a gold label counted from 1; 0 = all
	Marked bool   // filter of the list: marked examples, selected or not
	Filter string // filter of the list: a rule; "" = none
}

// SetRule selects everything that a rule matches. An empty text removes the rule and restores the fraction before it.
func (c *Criteria) SetRule(rule string, brushed bool) {
	switch {
	case rule == "" && c.Rule != "":
		c.Fraction = c.Free
	case c.Rule == "":
		c.Free = c.Fraction
	}
	c.Rule, c.Whole, c.Brushed = rule, rule != "", brushed
	if rule == "" {
		c.Free = 0
	}
}

// NextStrategy returns the criteria with the next strategy. If everything that a rule matches is selected, it returns them with the
// current strategy selecting a fraction of the matching examples instead.
func (c Criteria) NextStrategy() Criteria {
	if c.Whole {
		c.Whole = false
		return c
	}
	at := slices.Index(datamap.Strategies, c.Strategy)
	c.Strategy = datamap.Strategies[(at+1)%len(datamap.Strategies)]
	return c
}

// SetFraction selects a fraction, to a tenth of a percent and at least that, of the examples that can be selected.
func (c *Criteria) SetFraction(fraction float64) {
	c.Fraction, c.Whole = min(max(math.Round(fraction*1000), 1), 1000)/1000, false
}

// MoveFraction returns the criteria with the fraction changed by a difference, to a whole percent within 1 and 100. It reports false if
// everything that the rule matches is already selected and the fraction would grow.
func (c Criteria) MoveFraction(by float64) (moved Criteria, ok bool) {
	if c.Whole {
		if by > 0 {
			return c, false
		}
		c.Fraction, c.Whole = 1, false
	}
	const rounding = 1e-6 // a fraction in binary may lie beside the percent that it stands for
	percent := 100 * (c.Fraction + by)
	if by > 0 {
		percent = math.Floor(percent + rounding)
	} else {
		percent = math.Ceil(percent - rounding)
	}
	c.Fraction = min(max(percent, min(1, 100*c.Fraction)), 100) / 100
	return c, true
}

// Filtered reports whether any filter is set.
func (c Criteria) Filtered() bool { return c.Class > 0 || c.Marked || c.Filter != "" }

// Unfiltered returns the criteria without filters.
func (c Criteria) Unfiltered() Criteria {
	c.Class, c.Marked, c.Filter = 0, false, ""
	return c
}
