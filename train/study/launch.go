package study

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"ftft/datamap"
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
			fmt.Fprintf(os.Stderr, "launch %s refused: %s\n", l.ID, problem)
		} else {
			runs := w.runsFor(l)
			if l.Selection != nil {
				if err := w.dir.WriteSelection(runs[0].ID, *l.Selection); err != nil {
					return err
				}
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
	return ""
}

// runsFor makes the run of a launch, after an ERM run where the launch is for DM, which needs one, and the plan has none.
func (w *worker) runsFor(l rundir.Launch) []rundir.StudyRun {
	run := rundir.StudyRun{
		ID: w.unused(launchName(w.plan.Name, l)), Role: rundir.Main, Arm: l.Arm, Seed: l.Seed, State: rundir.Pending,
		Strategy: l.Strategy, Fraction: l.Fraction,
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
		erm, ok := w.plan.Arm(rundir.ERM, run.Seed)
		if !ok {
			runs := w.runsFor(rundir.Launch{Arm: rundir.ERM, Seed: run.Seed})
			run.Parent = runs[0].ID
			return append(runs, run)
		}
		run.Parent = erm.ID
	default:
		reference, _ := w.plan.Reference(run.Seed)
		run.Parent = reference.ID
	}
	return []rundir.StudyRun{run}
}

// launchName returns a run's name, which says what was launched.
func launchName(study string, l rundir.Launch) string {
	if l.Arm == rundir.ERM {
		return study + "-" + string(l.Arm)
	}
	if l.Arm == rundir.Custom && slices.Contains(datamap.Strategies, l.Strategy) { // other strategies cannot name a folder
		return fmt.Sprintf("%s-%s-%g", study, l.Strategy, l.Fraction)
	}
	if l.Selection != nil { // a rule's fraction of the examples says little
		return study + "-" + string(l.Arm)
	}
	return fmt.Sprintf("%s-%s-%g", study, l.Arm, l.Fraction)
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
