package watch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"ftft/internal/safe"
	"ftft/train/rundir"
)

// Group is an experiment with its runs in the order of the plan, or one run that belongs to no experiment. Runs that no plan names
// and whose selection was made by one of these follow them. The plan decides which runs an experiment uses: a run that several
// experiments share is in the group of each. Where the plan cannot be read, the first run stands for it with the reason, and the runs
// whose manifests name the experiment follow. A group is never empty.
type Group struct {
	Dir     rundir.StudyDir // empty without an experiment
	Name    string
	State   string // the experiment's, or the single run's; Broken where the plan cannot be read
	Created time.Time
	Config  string // of the experiment, as TOML; empty without an experiment
	Runs    []*Run

	planned *planned                // nil unless an experiment is running
	shared  map[rundir.Dir][]string // the names of the other experiments that use a run
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

// Has reports whether the group has the run of a directory.
func (g *Group) Has(dir rundir.Dir) bool {
	return slices.ContainsFunc(g.Runs, func(run *Run) bool { return run.Dir == dir })
}

// SharedWith returns the names of the other experiments that use a run of the group, the newest first.
func (g *Group) SharedWith(run *Run) []string { return g.shared[run.Dir] }

// group returns the groups of all runs, the newest first.
func (f *Feed) group(studies []rundir.StudyDir, dirs []rundir.Dir) []*Group {
	var groups []*Group
	grouped := map[rundir.Dir]bool{}
	broken := map[string]*Group{} // by name, the experiments whose plan cannot be read
	for _, dir := range studies {
		read := f.studies[dir]
		study := &read.plan
		group := &Group{
			Dir: dir, Name: safe.Word(dir.ID()), State: study.State, Created: study.Created, Config: study.Config, planned: read.planned,
		}
		if problem := read.unusable(dir); problem != nil {
			group.State, group.Config = Broken, ""
			group.Runs = []*Run{unreadable(dir, problem)}
			broken[group.Name] = group
		}
		listed := map[rundir.Dir]bool{} // in this group; others may share the run
		for _, planned := range study.Runs {
			run := f.shown(dir.Run(planned.ID))
			if listed[run.Dir] {
				continue // two launches led to the same run
			}
			listed[run.Dir], grouped[run.Dir] = true, true
			if run.Manifest.ID == "" || run.Status.State == rundir.Pending {
				run = ofPlan(dir, study, planned, run)
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
	f.addStrays(broken, dirs, grouped)
	groups = f.addOthers(groups, dirs, grouped)
	slices.SortStableFunc(groups, func(a, b *Group) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.Name, a.Name))
	})
	setShared(groups)
	return groups
}

// setShared sets which runs of each experiment others use as well.
func setShared(groups []*Group) {
	users := map[rundir.Dir][]*Group{}
	for _, group := range groups {
		if group.Dir == "" {
			continue
		}
		for _, run := range group.Runs {
			users[run.Dir] = append(users[run.Dir], group)
		}
	}
	for dir, list := range users {
		if len(list) == 1 {
			continue
		}
		for _, group := range list {
			if group.shared == nil {
				group.shared = map[rundir.Dir][]string{}
			}
			for _, other := range list {
				if other != group {
					group.shared[dir] = append(group.shared[dir], other.Name)
				}
			}
		}
	}
}

// unreadable returns what stands in the lists for an experiment whose plan cannot be read.
func unreadable(dir rundir.StudyDir, problem error) *Run {
	return &Run{
		Dir: rundir.Dir(dir), Status: rundir.Status{State: rundir.Pending}, Problem: problem, Broken: true, Experiment: true,
	}
}

// addStrays adds the runs that no plan names to the experiments that their manifests name, if the plan of these cannot be read.
func (f *Feed) addStrays(broken map[string]*Group, dirs []rundir.Dir, grouped map[rundir.Dir]bool) {
	if len(broken) == 0 {
		return
	}
	for _, dir := range dirs {
		run := f.shown(dir)
		if group := broken[run.Manifest.Study]; group != nil && !grouped[dir] {
			group.Runs, grouped[dir] = append(group.Runs, run), true
			if run.Manifest.Created.After(group.Created) {
				group.Created = run.Manifest.Created
			}
		}
	}
}

// ofPlan returns a run that has not begun, or whose manifest cannot be read, as an experiment's plan describes it.
func ofPlan(dir rundir.StudyDir, study *rundir.Study, planned rundir.StudyRun, run *Run) *Run {
	pending := *run
	if run.Manifest.ID == "" {
		m := &pending.Manifest
		m.Role, m.Arm, m.Seed, m.Parent, m.Set = planned.Role, planned.Arm, planned.Seed, safe.Word(planned.Parent), planned.Set
	}
	if run.Broken {
		return &pending
	}
	pending.Status.State = study.StateOf(planned, run.Status.State, run.Held)
	if pending.Status.State == rundir.Pending {
		pending.Status.Waits = safe.Text(study.Waits)
	}
	if run.Manifest.ID == "" {
		pending.Planned = &planned
		if pending.Missing = planned.State == rundir.Complete && !run.Held; pending.Missing {
			pending.Status.State = rundir.NotStarted
			pending.Problem = fmt.Errorf("%s is missing, and %s has it as complete: restore the folder, or train it again with ftft resume %s",
				run.Dir, dir.Study(), dir.ID())
		}
	}
	if pending.Status.State == rundir.NotStarted && !pending.Missing {
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
