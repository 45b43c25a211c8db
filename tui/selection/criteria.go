// Package selection holds what the user selects on a data map: the strategy and the fraction, a rule or a brushed area,
// marks, undo and redo, and the list of the selected examples with its order, its filters and a search in it.
//
// It is plain values and functions of them: no terminal, no files, nothing in the background. What takes time (matching a
// rule, ranking by a metric, searching texts) is asked for by Update and handed in when it is known. It may import datamap
// and what lies below it. Begin reading at Selection.
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
	Rule     string  // an example must fulfil it to be selected; "" = no rule
	Whole    bool    // everything that the rule matches is selected, whatever the fraction
	Brushed  bool    // the rule is an area brushed on the map
	Free     float64 // the fraction from before the rule, restored when the rule is left; 0 without a rule

	Class  int    // filter of the list: a gold label counted from 1; 0 = all
	Marked bool   // filter of the list: marked examples, selected or not
	Filter string // filter of the list: a rule; "" = none
}

// SetRule selects everything that a rule matches. An empty rule leaves the rule and restores the fraction from before it.
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

// NextStrategy returns the criteria with the next strategy. Where a rule selects everything that it matches, the current
// strategy chooses among those first.
func (c Criteria) NextStrategy() Criteria {
	if c.Whole {
		c.Whole = false
		return c
	}
	at := slices.Index(datamap.Strategies, c.Strategy)
	c.Strategy = datamap.Strategies[(at+1)%len(datamap.Strategies)]
	return c
}

// MoveFraction returns the criteria with the fraction moved by a difference, between 1 and 100 %. It reports false where
// the rule already selects everything that it matches and there is no more to take.
func (c Criteria) MoveFraction(by float64) (moved Criteria, ok bool) {
	if c.Whole {
		if by > 0 {
			return c, false
		}
		c.Fraction, c.Whole = 1, false
	}
	c.Fraction = min(max(math.Round((c.Fraction+by)*1e6)/1e6, 0.01), 1)
	return c, true
}

// Filtered reports whether a filter narrows the list.
func (c Criteria) Filtered() bool { return c.Class > 0 || c.Marked || c.Filter != "" }

// Unfiltered returns the criteria without filters.
func (c Criteria) Unfiltered() Criteria {
	c.Class, c.Marked, c.Filter = 0, false, ""
	return c
}
