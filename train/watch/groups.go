package watch

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"ftft/internal/safe"
	"ftft/train/rundir"
)

// Group is an experiment with its runs in the order of the plan, or one run that belongs to no experiment. Runs that no plan names
// and whose selection was made by one of these follow them. A run that several experiments share is in the group of each. A group is
// never empty.
type Group struct {
	Dir     rundir.StudyDir // empty without an experiment
	Name    string
	State   string // the experiment's, or the single run's
	Created time.Time
	Config  string // of the experiment, as TOML; empty without an experiment
	Runs    []*Run

	planned *planned // nil unless an experiment is running
}

// Reference returns the first reference of the group, or its first run if there is no reference.
func (g *Group) Reference() *Run {
	for _, run := range g.Runs {
		if run.Manifest.Role == rundir.Reference {
			return run
		}
	}
	return g.Runs[0]
}

// group returns the groups of all runs, the newest first.
func (f *Feed) group(studies []rundir.StudyDir, dirs []rundir.Dir) []*Group {
	var groups []*Group
	grouped := map[rundir.Dir]bool{}
	for _, dir := range studies {
		study := &f.studies[dir].plan
		if len(study.Runs) == 0 {
			continue
		}
		group := &Group{
			Dir: dir, Name: safe.Word(dir.ID()), State: study.State, Created: study.Created, Config: study.Config, planned: f.studies[dir].planned,
		}
		listed := map[rundir.Dir]bool{} // in this group; others may share the run
		for _, planned := range study.Runs {
			run := f.shown(dir.Run(planned.ID))
			if listed[run.Dir] {
				continue // two launches led to the same run
			}
			listed[run.Dir], grouped[run.Dir] = true, true
			if run.Manifest.ID == "" || run.Status.State == rundir.Pending {
				run = ofPlan(study, planned, run)
			}
			if !maps.Equal(run.Manifest.Set, planned.Set) { // the manifest of a reused run has the difference to another experiment
				reused := *run
				reused.Manifest.Set = planned.Set
				run = &reused
			}
			group.Runs = append(group.Runs, run)
		}
		groups = append(groups, group)
	}
	groups = f.addOthers(groups, dirs, grouped)
	slices.SortStableFunc(groups, func(a, b *Group) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.Name, a.Name))
	})
	return groups
}

// ofPlan returns a run that has not begun, as an experiment's plan describes it.
func ofPlan(study *rundir.Study, planned rundir.StudyRun, run *Run) *Run {
	pending := *run
	if run.Manifest.ID == "" {
		m := &pending.Manifest
		m.Role, m.Arm, m.Seed, m.Parent, m.Set = planned.Role, planned.Arm, planned.Seed, safe.Word(planned.Parent), planned.Set
		pending.Planned = &planned
	}
	pending.Status.State = study.StateOf(planned, run.Status.State, run.Held)
	if pending.Status.State == rundir.Pending {
		pending.Status.Waits = safe.Text(study.Waits)
	}
	if pending.Status.State == rundir.NotStarted {
		pending.Missed = safe.Word(study.Missed(planned))
	}
	return &pending
}

// addOthers adds each run that no plan names to the group of its parent, or in a group of its own.
func (f *Feed) addOthers(groups []*Group, dirs []rundir.Dir, grouped map[rundir.Dir]bool) []*Group {
	var children []*Run
	for _, dir := range dirs {
		run := f.shown(dir)
		switch {
		case grouped[dir]:
			continue
		case run.Manifest.Parent != "":
			children = append(children, run)
		default:
			groups = append(groups, alone(run))
		}
		grouped[dir] = true
	}
	if len(children) == 0 {
		return groups
	}
	// A new run comes last.
	slices.SortStableFunc(children, func(a, b *Run) int { return a.Manifest.Created.Compare(b.Manifest.Created) })
	groupOf := map[string]*Group{} // by the ID of a run, the first group that has it
	for _, group := range groups {
		for _, run := range group.Runs {
			if id := run.ID(); groupOf[id] == nil {
				groupOf[id] = group
			}
		}
	}
	for _, run := range children {
		group := groupOf[run.Manifest.Parent]
		if group == nil {
			group = alone(run)
			groups = append(groups, group)
		} else {
			group.Runs = append(group.Runs, run)
		}
		if id := run.ID(); groupOf[id] == nil {
			groupOf[id] = group
		}
	}
	return groups
}

func alone(run *Run) *Group {
	return &Group{Name: run.ID(), State: run.Status.State, Created: run.Manifest.Created, Runs: []*Run{run}}
}
