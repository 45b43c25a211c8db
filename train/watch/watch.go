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

// Group is a study with its runs in the order of the plan, or one run that belongs to none. Runs that were selected by
// one of these follow them. Studies that reuse a run share it: it is in the group of each. A group is never empty.
type Group struct {
	Dir     rundir.StudyDir // empty without a study
	Name    string
	State   string // the study's; a run's for a run alone
	Created time.Time
	Runs    []*Run
}

// Reference is the run whose dynamics the group selects by: the first reference, or else the first run.
func (g *Group) Reference() *Run {
	for _, run := range g.Runs {
		if run.Manifest.Role == rundir.Reference {
			return run
		}
	}
	return g.Runs[0]
}

// Over says that the group's study has ended, so that what is pending will not begin.
func (g *Group) Over() bool {
	return g.Dir != "" && g.State != rundir.Pending && g.State != rundir.Running
}

// Snapshot is what one poll found.
type Snapshot struct {
	Groups  []*Group // the newest first
	Picture *Picture // nil if the dynamics looked at have not changed since the last one
	Changed bool     // Groups differ from those of the poll before
	Problem error    // why the runs folder could not be read
}

// Feed follows all runs under a folder. Its methods are not safe for concurrent use: poll again when the last poll
// has returned.
type Feed struct {
	root     string
	runs     map[rundir.Dir]*reader
	studies  map[rundir.StudyDir]rundir.Study
	polls    int
	shape    []string // the groups and their runs at the last poll
	problem  string
	camera   *camera  // nil until a run is looked at
	fixed    *Picture // of somebody else's dynamics, in place of runs
	clock    *Clock   // of a replay; nil = none
	clocking sync.Mutex
	replayed *Run // as the clock shows it; nil = none
	given    bool // fixed has been given out, with
	last     []*Group
}

// New gives a feed of the runs under root, which need not exist yet.
func New(root string) *Feed {
	return &Feed{root: root, runs: map[rundir.Dir]*reader{}, studies: map[rundir.StudyDir]rundir.Study{}}
}

// Of gives a feed of one map that stays as it is: somebody else's dynamics, under a name. The seed is of random orders.
func Of(name string, m *datamap.Map, seed int64) *Feed {
	labels := m.Labels
	for class := len(labels); class < m.Classes; class++ {
		labels = append(labels, strconv.Itoa(class))
	}
	p := &Picture{Dir: rundir.Dir(name), Labels: labels, Map: m, Rankings: rankingsOf(m, seed), Epoch: -1, Examples: m.Len()}
	if m.HasLogits() {
		p.PGold = m.PGold[m.Epochs-1]
	}
	p.plot()
	return &Feed{fixed: p}
}

// everyFew is how many polls pass between two looks at runs that have ended and are not looked at.
const everyFew = 8

// Poll reads what is new, and the dynamics of one run ("" = none).
func (f *Feed) Poll(look rundir.Dir) Snapshot {
	if f.fixed != nil {
		return f.pollFixed()
	}
	var s Snapshot
	thorough := f.polls%everyFew == 0
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
		if isNew || thorough || dir == look || run.last.Status.Finish == nil {
			s.Changed = run.poll() || s.Changed
		}
	}
	waiting, err := rundir.Queue(f.root)
	s.Problem = errors.Join(s.Problem, err)
	for place, ticket := range waiting {
		if run := f.runs[rundir.Dir(filepath.Join(f.root, ticket.Run))]; run != nil && run.setPlace(ticket, place) {
			s.Changed = true
		}
	}
	s.Changed = f.updateReplay(time.Now()) || s.Changed
	s.Groups = f.groups(studies, dirs)
	shape := shapeOf(s.Groups)
	s.Changed = s.Changed || !slices.Equal(shape, f.shape) || message(s.Problem) != f.problem
	f.shape, f.problem = shape, message(s.Problem)
	if f.runs[look] != nil {
		s.Picture = f.look(f.shown(look))
	}
	return s
}

// pollFixed gives the one map, as that of a run that has ended.
func (f *Feed) pollFixed() Snapshot {
	if f.given {
		return Snapshot{Groups: f.last}
	}
	run := &Run{Dir: f.fixed.Dir, Given: true, Status: rundir.Status{State: rundir.Complete}}
	f.given, f.last = true, []*Group{alone(run)}
	return Snapshot{Groups: f.last, Picture: f.fixed, Changed: true}
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
		study.State = rundir.Interrupted // its process is gone without a word
	}
	f.studies[dir] = study
	return nil
}

func (f *Feed) groups(studies []rundir.StudyDir, dirs []rundir.Dir) []*Group {
	var groups []*Group
	taken := map[rundir.Dir]bool{}
	for _, dir := range studies {
		study, known := f.studies[dir]
		if !known || len(study.Runs) == 0 {
			continue
		}
		group := &Group{Dir: dir, Name: dir.ID(), State: study.State, Created: study.Created}
		listed := map[rundir.Dir]bool{} // within this study; another one may share the run
		for _, planned := range study.Runs {
			run := f.shown(dir.Run(planned.ID))
			if listed[run.Dir] {
				continue // two orders led to the same run
			}
			listed[run.Dir], taken[run.Dir] = true, true
			if run.Manifest.ID == "" {
				pending := *run
				pending.Manifest.Role, pending.Manifest.Arm, pending.Manifest.Seed = planned.Role, planned.Arm, planned.Seed
				if planned.State == rundir.Failed || planned.State == rundir.Stopped {
					pending.Status.State = planned.State // given up, for what it was to follow has not ended well
				}
				run = &pending
			}
			group.Runs = append(group.Runs, run)
		}
		groups = append(groups, group)
	}
	groups = f.addOthers(groups, dirs, taken)
	slices.SortStableFunc(groups, func(a, b *Group) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.Name, a.Name))
	})
	return groups
}

// addOthers puts each run that no plan names beside the run that it was selected by, or on its own.
func (f *Feed) addOthers(groups []*Group, dirs []rundir.Dir, taken map[rundir.Dir]bool) []*Group {
	var children []*Run
	for _, dir := range dirs {
		run := f.shown(dir)
		switch {
		case taken[dir]:
			continue
		case run.Manifest.Parent != "":
			children = append(children, run)
		default:
			groups = append(groups, alone(run))
		}
		taken[dir] = true
	}
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
