package study

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"ftft/configs"
	"ftft/datamap"
	"ftft/internal/safe"
	"ftft/train/rundir"
)

// acceptLaunches adds the runs of new launches to the plan.
func (w *worker) acceptLaunches() error {
	launches, err := w.dir.Launches()
	if err != nil {
		return err
	}
	for _, l := range launches {
		if problem := w.check(l); problem != "" {
			fmt.Fprintf(safe.NewWriter(os.Stderr), "launch %s refused: %s\n", l.ID, problem)
		} else {
			runs := w.runsFor(l)
			if l.Selection != nil {
				if err := w.dir.WriteSelection(runs[0].ID, *l.Selection); err != nil {
					return err
				}
				runs[0].SelectionHash = l.Selection.Hash
			}
			w.plan.Runs = append(w.plan.Runs, runs...)
		}
		if err := errors.Join(w.write(), w.dir.RemoveLaunch(l)); err != nil {
			return err
		}
	}
	return nil
}

// check returns why a launch cannot be carried out, "" if it can.
func (w *worker) check(l rundir.Launch) string {
	switch {
	case l.Problem != "":
		return l.Problem
	case !slices.Contains(rundir.Launchable, l.Arm):
		return fmt.Sprintf("arm %q is not one of ftft, random, erm, dm, custom", l.Arm)
	case l.Seed != 0 && !slices.Contains(w.plan.Seeds, l.Seed):
		return fmt.Sprintf("seed %d is not one of the experiment's %v", l.Seed, w.plan.Seeds)
	case l.Selection != nil && l.Arm != rundir.Custom:
		return fmt.Sprintf("a selection of its own needs the arm custom, not %s", l.Arm)
	case l.Selection != nil && l.Selection.Count == 0:
		return "its selection is empty"
	case l.Selection != nil && l.Selection.Check() != nil:
		return fmt.Sprintf("its selection is invalid: %v", l.Selection.Check())
	case l.Arm.Selects() && l.Arm != rundir.Random && l.Selection == nil && datamap.CheckStrategy(l.Strategy) != nil:
		return datamap.CheckStrategy(l.Strategy).Error()
	case l.Arm.Selects() && !(l.Fraction > 0 && l.Fraction <= 1):
		return fmt.Sprintf("fraction %g does not lie above 0 and up to 1", l.Fraction)
	}
	varied, _, err := w.config.Vary(l.Set)
	if err != nil {
		return err.Error()
	}
	if problems, _ := outsideProblems(varied, rundir.Main); len(problems) > 0 {
		return (&configs.Invalid{Problems: problems}).Error()
	}
	if budget := varied.Main.Train; l.Arm == rundir.DM && l.Strategy == datamap.Ambiguous && budget.MaxSteps == 0 && budget.Epochs == 1 {
		return "dm selects by variability, which needs two epochs of the main model, not main.train.epochs = 1"
	}
	return ""
}

// runsFor makes the run of a launch that check accepts. Before a run of DM comes the ERM run that it selects by, with the same
// settings of training, unless the plan has one.
func (w *worker) runsFor(l rundir.Launch) []rundir.StudyRun {
	_, l.Set, _ = w.config.Vary(l.Set)
	if !l.Arm.StopsEarly() {
		l.Set = training(l.Set)
	}
	run := rundir.StudyRun{
		ID: w.unused(launchName(w.plan.Name, l)), Role: rundir.Main, Arm: l.Arm, Seed: l.Seed, State: rundir.Pending,
		Strategy: l.Strategy, Fraction: l.Fraction, Set: l.Set,
	}
	if run.Seed == 0 {
		run.Seed = w.plan.Seeds[0]
	}
	switch l.Arm {
	case rundir.ERM:
		run.Strategy, run.Fraction = "", 0
	case rundir.Random:
		run.Strategy = datamap.Random
	case rundir.DM:
		set := training(l.Set)
		i := slices.IndexFunc(w.plan.Runs, func(r rundir.StudyRun) bool {
			return r.Arm == rundir.ERM && r.Seed == run.Seed && maps.Equal(r.Set, set)
		})
		if i < 0 {
			runs := w.runsFor(rundir.Launch{Arm: rundir.ERM, Seed: run.Seed, Set: set})
			run.Parent = runs[0].ID
			return append(runs, run)
		}
		run.Parent = w.plan.Runs[i].ID
	default:
		reference, _ := w.plan.Reference(run.Seed)
		run.Parent = reference.ID
	}
	return []rundir.StudyRun{run}
}

// training returns the settings of a launch that are not of early stopping, nil for none.
func training(set map[string]string) map[string]string {
	var own map[string]string
	for key, value := range set {
		if strings.HasPrefix(key, "main.train.") || strings.HasPrefix(key, "main.engine.") {
			if own == nil {
				own = map[string]string{}
			}
			own[key] = value
		}
	}
	return own
}

// unsafe matches what does not belong in the name of a folder.
var unsafe = regexp.MustCompile(`[^A-Za-z0-9.+-]+`)

// launchName returns a run's name: the arm or the strategy, the fraction, and the settings that differ from the experiment's.
func launchName(study string, l rundir.Launch) string {
	name := study + "-" + string(l.Arm)
	switch {
	case l.Arm == rundir.ERM || l.Selection != nil: // a rule's fraction of the examples says little
	case l.Arm == rundir.Custom && slices.Contains(datamap.Strategies, l.Strategy): // other strategies cannot name a folder
		name = fmt.Sprintf("%s-%s-%g", study, l.Strategy, l.Fraction)
	default:
		name = fmt.Sprintf("%s-%g", name, l.Fraction)
	}
	for _, setting := range rundir.SettingLabels(l.Set) {
		name += "-" + unsafe.ReplaceAllString(strings.ReplaceAll(strings.ReplaceAll(setting, " ", ""), "_", "-"), "-")
	}
	return name
}

// unused returns id, with a number appended if a directory or the plan has that name.
func (w *worker) unused(id string) string {
	used := func(id string) bool {
		_, err := os.Stat(string(w.dir.Run(id)))
		return err == nil || slices.ContainsFunc(w.plan.Runs, func(r rundir.StudyRun) bool { return r.ID == id })
	}
	name := id
	for i := 2; used(name); i++ {
		name = fmt.Sprintf("%s-%d", id, i)
	}
	return name
}
