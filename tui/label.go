package tui

import (
	"fmt"
	"slices"
	"strings"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/tui/view"
)

// label is how the screens call a run. No two runs of an experiment have one name. The seeds of an arm share the arm.
type label struct{ name, arm string }

// labelsOf returns the labels of runs, which depend on the experiment but not on what is drawn. A run outside experiments is called by
// its ID. A run that several experiments share has the label that the oldest of them gives it.
func labelsOf(groups []*watch.Group) map[rundir.Dir]label {
	labels := map[rundir.Dir]label{}
	configs := map[string]map[string]bool{} // of the runs outside experiments, by the name
	for _, group := range groups {
		if run := group.Runs[0]; group.Dir == "" {
			name := nameOf(run, false)
			if configs[name] == nil {
				configs[name] = map[string]bool{}
			}
			configs[name][run.Manifest.ConfigHash] = true
		}
	}
	for _, group := range slices.Backward(groups) {
		if group.Dir != "" {
			labelGroup(labels, group.Runs)
			continue
		}
		for k, run := range group.Runs {
			l := label{name: run.ID(), arm: nameOf(run, false)}
			if hash := run.Manifest.ConfigHash; k == 0 && len(configs[l.arm]) > 1 { // one arm only where the config is the same
				l.arm += " " + hash[:min(len(hash), 4)]
			}
			labels[run.Dir] = l
		}
	}
	return labels
}

// labelGroup labels the runs of an experiment: by the arm and the fraction and, where these are the same, by the seed, the exact
// fraction, both, or the ID.
func labelGroup(labels map[rundir.Dir]label, runs []*watch.Run) {
	alike, used := map[string][]*watch.Run{}, map[string]bool{}
	for _, run := range runs {
		name := nameOf(run, false)
		alike[name] = append(alike[name], run)
		used[labels[run.Dir].name] = true // of a run that an older experiment has labelled
	}
	for _, same := range alike {
		detail := 0
		for detail < details && !distinct(same, detail) {
			detail++
		}
		for _, run := range same {
			if labels[run.Dir].name != "" {
				continue
			}
			l := label{detailed(run, detail), nameOf(run, detail >= exactly)}
			if detail == details || used[l.name] { // the same arm was trained again, in another way: not another seed
				l = label{run.ID(), run.ID()}
			}
			labels[run.Dir], used[l.name] = l, true
		}
	}
}

// The details of names: none, the seed, the exact fraction, both.
const exactly, details = 2, 4

// distinct reports whether the names of runs differ at a level of detail.
func distinct(runs []*watch.Run, detail int) bool {
	names := map[string]bool{}
	for _, run := range runs {
		names[detailed(run, detail)] = true
	}
	return len(names) == len(runs)
}

// detailed returns a run's name at a level of detail.
func detailed(run *watch.Run, detail int) string {
	name := nameOf(run, detail >= exactly)
	if detail%2 == 1 {
		name += fmt.Sprint(" seed ", run.Manifest.Seed)
	}
	return name
}

// nameOf returns a run's arm with what it trains on, and the settings in which it differs from its experiment's config. exact gives
// all digits of the fraction.
func nameOf(run *watch.Run, exact bool) string {
	return strings.Join(append([]string{selectedBy(run, exact)}, rundir.SettingLabels(run.Manifest.Set)...), " ")
}

// selectedBy returns a run's arm with what it trains on.
func selectedBy(run *watch.Run, exact bool) string {
	s := run.Selection
	if planned := run.Planned; s == nil && planned != nil && planned.Arm.Selects() && planned.SelectionHash == "" {
		s = &rundir.Selection{Strategy: planned.Strategy, Fraction: planned.Fraction}
	}
	if s == nil {
		return run.Name()
	}
	share := view.Percent(s.Fraction)
	if exact {
		share = datamap.Percent(s.Fraction)
	}
	switch {
	case s.Rule != "":
		return run.Name() + " rule " + view.Count(s.Count)
	case run.Manifest.Arm == rundir.Custom:
		return run.Name() + " " + s.Strategy + " " + share
	}
	return run.Name() + " " + share
}

// labelOf returns the name of a run in its experiment.
func (w *workspace) labelOf(run *watch.Run) string { return w.names[run.Dir].name }
