package report

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"ftft/train/metric"
	"ftft/train/rundir"
)

// Line is an arm with one selection over its seeds, a line of the results.
type Line struct {
	Name     string      // the Name of its arms
	Arms     []*Arm      // one for each seed, at least one
	Compared *Comparison // nil for a reference, for erm, and if no seed has scores of both the arm and erm
}

// Lines returns the report's arms, with the seeds of an arm in one line, in the order of Report.Arms.
func (r *Report) Lines() []Line { return r.lines }

func (r *Report) findLines() (lines []Line) {
	for i := range r.Arms {
		a := &r.Arms[i]
		at := slices.IndexFunc(lines, func(l Line) bool {
			return a.sameArm(l.Arms[0]) && !slices.ContainsFunc(l.Arms, func(b *Arm) bool { return a.Seed == b.Seed })
		})
		if at < 0 {
			at, lines = len(lines), append(lines, Line{})
		}
		lines[at].Arms = append(lines[at].Arms, a)
	}
	for _, name := range []func(a *Arm) string{
		func(a *Arm) string { return a.named(1) },
		func(a *Arm) string { return a.named(10) }, // the exact fraction
		func(a *Arm) string {
			if a.Arm == rundir.EarlyERM { // the run's log, which is erm's
				return "erm_es of " + a.Run
			}
			return a.Run
		},
	} {
		same := map[string]int{}
		for _, l := range lines {
			same[l.Name]++
		}
		for i := range lines {
			switch l, a := &lines[i], lines[i].Arms[0]; {
			case l.Name == "":
				l.Name = name(a)
			case a.Arm == rundir.ERM && a == r.erm(a.Seed): // that the others are compared with keeps its name
			case same[l.Name] > 1:
				l.Name = name(a)
			}
		}
	}
	for _, l := range lines {
		for _, a := range l.Arms {
			a.Name = l.Name
		}
	}
	return lines
}

// sameArm reports whether two arms differ at most in their seeds.
func (a *Arm) sameArm(b *Arm) bool {
	return a.Arm == b.Arm && a.Strategy == b.Strategy && a.Fraction == b.Fraction && a.MaxSteps == b.MaxSteps && maps.Equal(a.Set, b.Set)
}

// named returns the arm with what it selects, the fraction in percent rounded to some decimals, and the settings in which it differs
// from the experiment's config.
func (a *Arm) named(decimals int) string {
	parts := []string{string(a.Arm)}
	switch {
	case a.Arm == rundir.Custom && a.Strategy == "rule": // its fraction would say little
		parts = append(parts, "rule", strconv.Itoa(a.Examples))
	case a.Fraction > 0:
		if a.Arm == rundir.Custom {
			parts = append(parts, a.Strategy)
		}
		unit := math.Pow10(decimals)
		parts = append(parts, strconv.FormatFloat(math.Round(100*a.Fraction*unit)/unit, 'f', -1, 64), "%")
	}
	return strings.Join(append(parts, rundir.SettingLabels(a.Set)...), " ")
}

// Score returns the mean score on sets, over them and over the line's seeds. ok is false if a score is missing.
func (l *Line) Score(r *Report, sets []metric.Set) (mean float64, ok bool) {
	for _, a := range l.Arms {
		for _, set := range sets {
			score, known := a.Scores[set.Name]
			if !known {
				return 0, false
			}
			mean += score.value(r.Metric) / float64(len(sets)*len(l.Arms))
		}
	}
	return mean, len(sets) > 0
}

// Majority returns the mean score on sets of always predicting the majority class. ok is false if it is not known.
func (r *Report) Majority(sets []metric.Set) (mean float64, ok bool) {
	for _, set := range sets {
		at := slices.IndexFunc(r.Arms, func(a Arm) bool { _, known := a.Baseline[set.Name]; return known })
		if at < 0 {
			return 0, false
		}
		baseline := r.Arms[at].Baseline[set.Name]
		mean += baseline.value(r.Metric) / float64(len(sets))
	}
	return mean, len(sets) > 0
}

// Mean returns the mean of a number over the line's seeds.
func (l *Line) Mean(number func(*Arm) float64) (mean float64) {
	for _, a := range l.Arms {
		mean += number(a) / float64(len(l.Arms))
	}
	return mean
}

// Difference returns the difference to erm on the mean of sets. ok is false if there is none.
func (l *Line) Difference(sets []metric.Set) (d *Difference, ok bool) {
	if l.Compared == nil {
		return nil, false
	}
	return l.Compared.on(sets)
}

// SentenceOf returns what the report shows about one line.
func (r *Report) SentenceOf(l *Line) string {
	switch {
	case l.Compared != nil:
		return l.Compared.Sentence
	case len(r.Differences) == 0:
		return r.Sentence // says why nothing is compared
	}
	return r.standing(l.Arms[0])
}

// SetGroups returns the groups of sets that scores and differences are reported on: Report.Sets, then each set that this leaves out.
func (r *Report) SetGroups() [][]metric.Set {
	var groups [][]metric.Set
	if len(r.Sets) > 0 {
		groups = append(groups, r.Sets)
	}
	for _, s := range r.allSets() {
		if len(r.Sets) != 1 || s != r.Sets[0] {
			groups = append(groups, []metric.Set{s})
		}
	}
	return groups
}
