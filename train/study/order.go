package study

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"ftft/datamap"
	"ftft/train/rundir"
)

// takeOrders makes runs of the orders that have come in.
func (w *worker) takeOrders() error {
	orders, err := w.dir.Orders()
	if err != nil {
		return err
	}
	for _, o := range orders {
		if problem := w.wrong(o); problem != "" {
			fmt.Fprintf(os.Stderr, "order %s refused: %s\n", o.ID, problem)
		} else {
			runs := w.ordered(o)
			if o.Selection != nil {
				if err := w.dir.KeepSelection(runs[0].ID, *o.Selection); err != nil {
					return err
				}
			}
			w.plan.Runs = append(w.plan.Runs, runs...)
		}
		if err := errors.Join(w.write(), w.dir.Take(o)); err != nil {
			return err
		}
	}
	return nil
}

// launchable are the arms that can be ordered.
var launchable = []rundir.Arm{rundir.FTFT, rundir.Random, rundir.ERM, rundir.DM, rundir.Custom}

// wrong says why an order cannot be carried out, "" if it can.
func (w *worker) wrong(o rundir.Order) string {
	switch {
	case o.Problem != "":
		return o.Problem
	case !slices.Contains(launchable, o.Arm):
		return fmt.Sprintf("arm %q is none of ftft, random, erm, dm, custom", o.Arm)
	case o.Seed != 0 && !slices.Contains(w.plan.Seeds, o.Seed):
		return fmt.Sprintf("seed %d is none of the study's %v", o.Seed, w.plan.Seeds)
	case o.Selection != nil && o.Arm != rundir.Custom:
		return "rows that somebody has chosen are of the arm custom, not of " + string(o.Arm)
	case o.Selection != nil && (o.Selection.Count == 0 || o.Selection.Check() != nil):
		return fmt.Sprintf("its selection of %d examples is none: %v", o.Selection.Count, o.Selection.Check())
	case o.Arm.Selects() && o.Arm != rundir.Random && o.Selection == nil && datamap.CheckStrategy(o.Strategy) != nil:
		return datamap.CheckStrategy(o.Strategy).Error()
	case o.Arm.Selects() && !(o.Fraction > 0 && o.Fraction <= 1):
		return fmt.Sprintf("fraction %g does not lie above 0 and up to 1", o.Fraction)
	}
	return ""
}

// ordered makes the run of an order. dm selects by the dynamics of an erm run, which comes with it where the plan has
// none.
func (w *worker) ordered(o rundir.Order) []rundir.StudyRun {
	run := rundir.StudyRun{
		ID: w.unused(orderedName(w.plan.Name, o)), Role: rundir.Main, Arm: o.Arm, Seed: o.Seed, State: rundir.Pending,
		Strategy: o.Strategy, Fraction: o.Fraction,
	}
	if run.Seed == 0 {
		run.Seed = w.plan.Seeds[0]
	}
	planned := func(is func(rundir.StudyRun) bool) string {
		i := slices.IndexFunc(w.plan.Runs, func(r rundir.StudyRun) bool { return r.Seed == run.Seed && is(r) })
		if i < 0 {
			return ""
		}
		return w.plan.Runs[i].ID
	}
	switch o.Arm {
	case rundir.ERM:
		run.Strategy, run.Fraction = "", 0
	case rundir.Random:
		run.Strategy = datamap.Random
	case rundir.DM:
		run.Parent = planned(func(r rundir.StudyRun) bool { return r.Arm == rundir.ERM })
		if run.Parent == "" {
			erm := w.ordered(rundir.Order{Arm: rundir.ERM, Seed: run.Seed})
			run.Parent = erm[0].ID
			return append(erm, run)
		}
	default:
		run.Parent = planned(func(r rundir.StudyRun) bool { return r.Role == rundir.Reference })
	}
	return []rundir.StudyRun{run}
}

// orderedName says in a run's name what was ordered.
func orderedName(study string, o rundir.Order) string {
	if o.Arm == rundir.ERM {
		return study + "-" + string(rundir.ERM)
	}
	if o.Arm == rundir.Custom && slices.Contains(datamap.Strategies, o.Strategy) { // others' names are none for a folder
		return fmt.Sprintf("%s-%s-%g", study, o.Strategy, o.Fraction)
	}
	if o.Selection != nil { // a rule's share of the examples says little
		return study + "-" + string(o.Arm)
	}
	return fmt.Sprintf("%s-%s-%g", study, o.Arm, o.Fraction)
}

// unused is a run's name that no directory has: the one given, or that with a number.
func (w *worker) unused(id string) string {
	taken := func(id string) bool {
		_, err := os.Stat(string(w.dir.Run(id)))
		return err == nil || slices.ContainsFunc(w.plan.Runs, func(r rundir.StudyRun) bool { return r.ID == id })
	}
	name := id
	for i := 2; taken(name); i++ {
		name = fmt.Sprintf("%s-%d", id, i)
	}
	return name
}
