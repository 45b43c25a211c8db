package configs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ftft/train/rundir"
)

// patienceKey, mainTrain and mainEngine are the settings in which one run of the main model may differ from the others of its
// experiment.
const (
	patienceKey = "stop.patience"
	mainTrain   = "main.train."
	mainEngine  = "main.engine."
)

// Vary returns the config of a run of the main model with its own settings: stop.patience and the keys of main.train and main.engine,
// with values as --set has them. changed holds the settings that differ from c, with values as TOML writes them; it is nil if none
// does. A set that has main.train.epochs without main.train.max_steps makes the budget one of epochs; one with another
// main.engine.kind keeps no keys that the new kind does not have. An error names every setting that is unknown, invalid or the same
// for all runs of an experiment.
func (c Config) Vary(set map[string]string) (varied Config, changed map[string]string, err error) {
	if len(set) == 0 {
		return c, nil, nil
	}
	var problems []error
	sets := make([]string, 0, len(set))
	for _, key := range slices.Sorted(maps.Keys(set)) {
		if problem := checkVaries(key, set[key]); problem != nil {
			problems = append(problems, problem)
		}
		sets = append(sets, key+"="+set[key])
	}
	if err := errors.Join(problems...); err != nil {
		return c, nil, err
	}
	if _, own := set[mainTrain+"max_steps"]; !own && set[mainTrain+"epochs"] != "" {
		sets = append(sets, mainTrain+"max_steps=0")
	}
	varied, err = Parse("", string(c.TOML()), "", sets...)
	if invalid := (*Invalid)(nil); errors.As(err, &invalid) {
		for _, problem := range invalid.Problems {
			problems = append(problems, fmt.Errorf("%s: %s", problem.Key, problem.Message))
		}
		return c, nil, errors.Join(problems...)
	}
	if err != nil {
		return c, nil, err
	}
	changed = map[string]string{}
	for _, change := range Differences(c, varied) {
		if !strings.HasPrefix(change.Key, mainEngine) {
			changed[change.Key] = change.To
		}
	}
	engineChanges(c.EngineFor(rundir.Main), varied.EngineFor(rundir.Main), set, changed)
	if len(changed) == 0 {
		return c, nil, nil
	}
	return varied, changed, nil
}

// engineChanges adds the settings of a main engine that make it another one: those of set that differ, or all with another kind. The
// keys that follow from them are left out.
func engineChanges(from, to Engine, set, changed map[string]string) {
	was, is := values(Config{Main: Model{Engine: &from}}), values(Config{Main: Model{Engine: &to}})
	for key := range set {
		if value := is[key]; strings.HasPrefix(key, mainEngine) && (value != was[key] || from.Kind != to.Kind) {
			changed[key] = value
			if value == "" { // printed as an absent key
				changed[key] = set[key]
			}
		}
	}
}

// checkVaries returns why a setting cannot differ between the runs of an experiment, nil if it can.
func checkVaries(key, value string) error {
	switch {
	case key == patienceKey, strings.HasPrefix(key, mainTrain), strings.HasPrefix(key, mainEngine):
		return nil
	case strings.HasPrefix(key, "train."):
		return fmt.Errorf("%s is a setting of both models, and the reference is not trained again; use main.%s", key, key)
	case key == "selection.strategy", key == "selection.fraction":
		return fmt.Errorf("%s cannot be set: a launch has its own %s", key, strings.TrimPrefix(key, "selection."))
	}
	return fmt.Errorf("%s cannot differ between the arms of an experiment, only %s and the keys of main.train and main.engine can; "+
		"start another experiment with --set %s=%s", key, patienceKey, key, value)
}

// OfLaunches returns the config of an experiment that has the runs of launches: their arms, seeds, strategy, fraction and settings.
// The settings of all launches are the same. A launch of chosen rows keeps its arm, custom, which no config can have.
func (c Config) OfLaunches(launches []rundir.Launch) (Config, error) {
	made := c
	made.Arms.Run, made.Seeds = nil, nil
	for i, l := range launches {
		if i == 0 {
			varied, _, err := c.Vary(l.Set)
			if err != nil {
				return c, err
			}
			made.Main, made.Stop = varied.Main, varied.Stop
		}
		arms := []rundir.Arm{l.Arm}
		switch {
		case l.Arm == rundir.DM: // it selects by the erm run
			arms = []rundir.Arm{rundir.ERM, rundir.DM}
		case l.Arm == rundir.Custom && l.Selection == nil:
			arms = []rundir.Arm{rundir.FTFT}
		}
		for _, arm := range arms {
			if !slices.Contains(made.Arms.Run, arm) {
				made.Arms.Run = append(made.Arms.Run, arm)
			}
		}
		if l.Arm.Selects() && l.Selection == nil {
			made.Selection.Fraction = l.Fraction
			if l.Arm != rundir.Random {
				made.Selection.Strategy = l.Strategy
			}
		}
		if l.Seed != 0 && !slices.Contains(made.Seeds, l.Seed) {
			made.Seeds = append(made.Seeds, l.Seed)
		}
	}
	if made.Seeds == nil {
		made.Seeds = c.Seeds[:min(1, len(c.Seeds))]
	}
	return made, nil
}
