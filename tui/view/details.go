package view

import (
	"fmt"
	"slices"
	"strings"

	"ftft/train/metric"
)

// details says what the values of a chart are and how they are drawn, in several lengths, the longest first: of which sets an accuracy
// is the mean; that a loss is smoothed or is the mean of several steps in a column of dots; that the axis is logarithmic.
func (c *Curves) details(chart Chart, columns int) []string {
	var details []string
	window := c.Window.within(c.End())
	switch {
	case chart == IDChart || chart == OODChart:
		details = c.sets(kindOf[chart])
	case chart != LossChart && chart != NormChart:
	case c.Smoothing > 0:
		details = []string{fmt.Sprintf("smoothed %g", c.Smoothing)}
	case c.XAxis == BySteps && window.To-window.From >= 1.5*float64(columns):
		details = []string{fmt.Sprintf("mean of %.0f steps", (window.To-window.From)/float64(columns))}
	}
	if !c.Log {
		return details
	}
	for i := range details {
		details[i] += ", log"
	}
	return append(details, "log")
}

// sets names the evaluation sets of a kind, in several lengths, the longest first.
func (c *Curves) sets(kind string) []string {
	var sets []metric.Set
	for _, e := range c.entries() {
		for _, i := range e.runs {
			own := slices.DeleteFunc(c.Runs[i].Run.Sets(), func(s metric.Set) bool { return s.Kind != kind })
			if len(sets) > 0 && len(own) > 0 && !slices.Equal(own, sets) {
				return []string{"of sets that differ by run", "sets differ"}
			}
			if len(own) > 0 {
				sets = own
			}
		}
	}
	if len(sets) == 0 {
		return nil
	}
	_, brief, _ := strings.Cut(metric.NameSetsBriefly(sets), " ")
	names := []string{metric.NameSets(sets), brief}
	if len(sets) > 1 {
		names = append(names, fmt.Sprintf("mean of %d sets", len(sets)))
	}
	return names
}

// firstFitting returns the first text of at most w cells, "" if there is none.
func firstFitting(texts []string, w int) string {
	if i := slices.IndexFunc(texts, func(text string) bool { return Width(text) <= w }); i >= 0 {
		return texts[i]
	}
	return ""
}
