package watch

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"ftft/datamap"
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
	Runs    []*Run
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

// Over reports whether the group's experiment has ended, so that its pending runs will not start.
func (g *Group) Over() bool {
	return g.Dir != "" && g.State != rundir.Pending && g.State != rundir.Running
}

// Snapshot is the result of one poll. It is immutable.
type Snapshot struct {
	Groups  []*Group // the newest first
	Picture *Picture // of the run in focus; nil if its dynamics have not changed since the last one
	Changed bool     // Groups differ from those of the previous poll
	Problem error    // why the runs folder could not be read
}

// Feed follows all runs in a folder. Except for Replay, its methods are not safe for concurrent use: poll again when the last poll
// has returned.
type Feed struct {
	root     string
	runs     map[rundir.Dir]*reader
	studies  map[rundir.StudyDir]rundir.Study
	polls    int
	shape    []string       // the groups and their runs at the last poll
	problem  string         // of the last poll
	dynamics *pictureReader // of the run in focus; nil before there is one

	clocking sync.Mutex // of clock
	clock    *Clock     // of a replay; nil = none
	replayed *Run       // as the clock shows it; nil = none

	imported *Picture // imported dynamics, instead of runs
	given    bool     // a snapshot has had imported, in groups
	groups   []*Group
}

// New returns a feed of the runs under root, which need not exist yet.
func New(root string) *Feed {
	return &Feed{root: root, runs: map[rundir.Dir]*reader{}, studies: map[rundir.StudyDir]rundir.Study{}}
}

// Of returns a feed of one map that never changes: imported dynamics, under a name. The seed is that of the random ranking.
func Of(name string, m *datamap.Map, seed int64) *Feed {
	labels := m.Labels
	for class := len(labels); class < m.Classes; class++ {
		labels = append(labels, strconv.Itoa(class))
	}
	p := &Picture{Dir: rundir.Dir(name), Labels: labels, Map: m, Rankings: rankingsOf(m, seed), Epoch: -1, Examples: m.Len()}
	if m.HasLogits() {
		p.PGold = m.PGold[m.Epochs-1]
	}
	p.setPoints()
	return &Feed{imported: p}
}

// pollEnded is the number of polls for each one that reads runs that have ended and are not in focus.
const pollEnded = 8

// Poll reads what is new, and the dynamics of the run in focus ("" = none).
func (f *Feed) Poll(focus rundir.Dir) Snapshot {
	if f.imported != nil {
		return f.pollImported()
	}
	var s Snapshot
	thorough := f.polls%pollEnded == 0
	f.polls++
	studies, err := rundir.Studies(f.root)
	dirs, err2 := rundir.Runs(f.root)
	s.Problem = errors.Join(err, err2)
	for _, study := range studies {
		s.Problem = errors.Join(s.Problem, f.readStudy(study))
		for _, planned := range f.studies[study].Runs {
			dirs = append(dirs, study.Run(planned.ID))
		}
	}
	for _, dir := range dirs {
		run := f.runs[dir]
		isNew := run == nil
		if isNew {
			run = newReader(dir)
			f.runs[dir] = run
		}
		if isNew || thorough || dir == focus || run.last.Status.Finish == nil {
			s.Changed = run.poll() || s.Changed
		}
	}
	queue, err := rundir.Queue(f.root)
	s.Problem = errors.Join(s.Problem, err)
	for place, ticket := range queue {
		if run := f.runs[rundir.Dir(filepath.Join(f.root, ticket.Run))]; run != nil && run.setPlace(ticket, place) {
			s.Changed = true
		}
	}
	s.Changed = f.updateReplay(time.Now()) || s.Changed
	s.Groups = f.group(studies, dirs)
	shape := shapeOf(s.Groups)
	s.Changed = s.Changed || !slices.Equal(shape, f.shape) || message(s.Problem) != f.problem
	f.shape, f.problem = shape, message(s.Problem)
	if f.runs[focus] != nil {
		s.Picture = f.picture(f.shown(focus))
	}
	return s
}

// pollImported returns the imported map as that of a run that has ended.
func (f *Feed) pollImported() Snapshot {
	if f.given {
		return Snapshot{Groups: f.groups}
	}
	run := &Run{Dir: f.imported.Dir, Given: true, Status: rundir.Status{State: rundir.Complete}}
	f.given, f.groups = true, []*Group{alone(run)}
	return Snapshot{Groups: f.groups, Picture: f.imported, Changed: true}
}

func (f *Feed) readStudy(dir rundir.StudyDir) error {
	study, err := dir.ReadStudy()
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if host, _ := os.Hostname(); study.State == rundir.Running && study.Owner.Host == host && !rundir.Locked(dir) {
		study.State = rundir.Interrupted // its process was killed
	}
	f.studies[dir] = study
	return nil
}

// group returns the groups of all runs, the newest first.
func (f *Feed) group(studies []rundir.StudyDir, dirs []rundir.Dir) []*Group {
	var groups []*Group
	grouped := map[rundir.Dir]bool{}
	for _, dir := range studies {
		study, known := f.studies[dir]
		if !known || len(study.Runs) == 0 {
			continue
		}
		group := &Group{Dir: dir, Name: dir.ID(), State: study.State, Created: study.Created}
		listed := map[rundir.Dir]bool{} // in this group; others may share the run
		for _, planned := range study.Runs {
			run := f.shown(dir.Run(planned.ID))
			if listed[run.Dir] {
				continue // two launches led to the same run
			}
			listed[run.Dir], grouped[run.Dir] = true, true
			if run.Manifest.ID == "" {
				pending := *run
				pending.Manifest.Role, pending.Manifest.Arm, pending.Manifest.Seed = planned.Role, planned.Arm, planned.Seed
				if planned.State == rundir.Failed || planned.State == rundir.Stopped {
					pending.Status.State = planned.State // the run that it depends on did not complete
				}
				run = &pending
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
	slices.SortStableFunc(children, func(a, b *Run) int { return a.Manifest.Created.Compare(b.Manifest.Created) }) // a new one comes last
	for _, run := range children {
		at := slices.IndexFunc(groups, func(group *Group) bool {
			return slices.ContainsFunc(group.Runs, func(other *Run) bool { return other.ID() == run.Manifest.Parent })
		})
		if at >= 0 {
			groups[at].Runs = append(groups[at].Runs, run)
		} else {
			groups = append(groups, alone(run))
		}
	}
	return groups
}

func alone(run *Run) *Group {
	return &Group{Name: run.ID(), State: run.Status.State, Created: run.Manifest.Created, Runs: []*Run{run}}
}

// shapeOf lists the groups and their runs, to compare two polls.
func shapeOf(groups []*Group) []string {
	var shape []string
	for _, group := range groups {
		shape = append(shape, group.Name+" "+group.State)
		for _, run := range group.Runs {
			shape = append(shape, " "+run.ID())
		}
	}
	return shape
}
