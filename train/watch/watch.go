package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"ftft/datamap"
	"ftft/internal/parallel"
	"ftft/train/rundir"
)

// Snapshot is the result of one poll. It is immutable.
type Snapshot struct {
	Groups  []*Group // the newest first
	Picture *Picture // of the run in focus; nil if its dynamics have not changed since the last one
	Changed bool     // Groups differ from those of the previous poll
	Idle    bool     // no process works on a run or an experiment: the next poll may wait for IdleInterval
	Problem error    // why the runs folder could not be read
}

// Feed follows all runs in a folder. Except for Replay, its methods are not safe for concurrent use: poll again when the last poll
// has returned.
type Feed struct {
	folder   folder
	newest   int // so many of the newest runs are read whole
	runs     map[rundir.Dir]*reader
	studies  map[rundir.StudyDir]*studyReader
	found    []rundir.Dir // at the last poll: runs in the folder
	dirs     []rundir.Dir // and then those that are only planned
	readers  []*reader    // of dirs
	restless []*reader    // of readers: those that every poll looks at
	wanted   []*reader    // of readers: those whose logs are read whole
	open     openPlans
	related  relatives
	queue    []rundir.Ticket
	rounds   rounds
	index    *index         // of the runs that have ended; nil before the first poll
	problem  string         // of the last poll
	dynamics *pictureReader // of the run in focus; nil before there is one

	clocking sync.Mutex // of clock
	clock    *Clock     // of a replay; nil = none
	replayed *Run       // as the clock shows it; nil = none

	imported *Picture // imported dynamics, instead of runs
	groups   []*Group // of the last snapshot
}

// New returns a feed of the runs under root, which need not exist yet.
func New(root string) *Feed {
	return &Feed{
		folder: folder{root: root}, newest: wholeNewest, runs: map[rundir.Dir]*reader{}, studies: map[rundir.StudyDir]*studyReader{},
	}
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

// Poll reads what is new: the logs of the run in focus ("" = none), of its experiment, of the given runs and of those that train, the
// beginnings and ends of the other logs, and the dynamics of the run in focus.
func (f *Feed) Poll(focus rundir.Dir, whole ...rundir.Dir) Snapshot {
	if f.imported != nil {
		return f.pollImported()
	}
	thorough := f.rounds.next(len(f.dirs), time.Now())
	if f.index == nil {
		f.index = openIndex(f.folder.root)
	}
	var s Snapshot
	found, studies, err := f.folder.list(thorough)
	s.Problem = err
	s.Changed = f.readStudies(studies, focus, thorough)
	if dirs := f.dirs; s.Changed || !sameList(found, f.found) {
		f.dirs, f.found = f.addPlanned(found, studies), found
		f.setReaders(f.dirs)
		s.Changed = s.Changed || !slices.Equal(dirs, f.dirs)
	}
	queue, err := rundir.Queue(f.folder.root)
	s.Problem = errors.Join(s.Problem, err)
	f.setWanted(focus, whole, queue)
	s.Changed = f.pollRuns(thorough) || s.Changed
	s.Changed = f.setPlaces(queue) || s.Changed
	s.Changed = f.updateReplay(time.Now()) || s.Changed
	s.Changed = s.Changed || message(s.Problem) != f.problem
	f.problem = message(s.Problem)
	if s.Changed {
		f.groups = f.group(studies, f.dirs)
	}
	s.Groups, s.Idle = f.groups, f.idle()
	if f.runs[focus] != nil {
		s.Picture = f.picture(f.shown(focus))
	}
	return s
}

// readAll calls read for each of n files or more. Some calls run at the same time, because most of their time they wait for the disk.
func readAll(n int, read func(i int)) {
	const atOnce = 8
	var next atomic.Int64
	var wait sync.WaitGroup
	var caught parallel.Catcher
	for range min(atOnce, n) {
		wait.Go(func() {
			defer caught.Catch()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				read(i)
				runtime.Gosched() // leaves time for the screen, which must answer a key at once
			}
		})
	}
	wait.Wait()
	caught.Repeat()
}

// addPlanned appends to the runs in the folder those that are only planned.
func (f *Feed) addPlanned(dirs []rundir.Dir, studies []rundir.StudyDir) []rundir.Dir {
	dirs = slices.Clip(dirs) // the list of the folder stays as it is
	found := make(map[rundir.Dir]bool, len(dirs))
	for _, dir := range dirs {
		found[dir] = true
	}
	for _, study := range studies {
		for _, planned := range f.studies[study].plan.Runs {
			dir := study.Run(planned.ID)
			if found[dir] {
				continue
			}
			found[dir] = true
			dirs = append(dirs, dir)
			if r := f.runs[dir]; r != nil && r.known {
				delete(f.runs, dir) // it was removed
			}
		}
	}
	return dirs
}

// setPlaces sets the places of runs in the queue and reports whether any has changed.
func (f *Feed) setPlaces(queue []rundir.Ticket) (changed bool) {
	for _, ticket := range f.queue {
		gone := !slices.ContainsFunc(queue, func(t rundir.Ticket) bool { return t.Run == ticket.Run })
		if run := f.runs[f.runDir(ticket)]; run != nil && gone {
			changed = run.setPlace(0) || changed
		}
	}
	for place, ticket := range queue {
		if ticket.Trains {
			place = 0
		}
		if run := f.runs[f.runDir(ticket)]; run != nil {
			changed = run.setPlace(place) || changed
		}
	}
	f.queue = queue
	return changed
}

func (f *Feed) runDir(ticket rundir.Ticket) rundir.Dir {
	return rundir.Dir(filepath.Join(f.folder.root, ticket.Run))
}

// pollImported returns the imported map as that of a run that has ended.
func (f *Feed) pollImported() Snapshot {
	if f.groups != nil {
		return Snapshot{Groups: f.groups, Idle: true}
	}
	run := &Run{Dir: f.imported.Dir, Given: true, Status: rundir.Status{State: rundir.Complete}}
	f.groups = []*Group{alone(run)}
	return Snapshot{Groups: f.groups, Picture: f.imported, Changed: true, Idle: true}
}

// studyReader reads the plan of an experiment again when its file has changed.
type studyReader struct {
	plan    rundir.Study // empty before it has been read
	problem error        // why it could not be read
	file    os.FileInfo
	planned *planned // nil unless the experiment is running
}

// plans reports whether a run is in the plan.
func (r *studyReader) plans(run rundir.Dir) bool {
	id := run.ID()
	return slices.ContainsFunc(r.plan.Runs, func(planned rundir.StudyRun) bool { return planned.ID == id })
}

// unusable returns why an experiment cannot be shown by its plan, nil if it can.
func (r *studyReader) unusable(dir rundir.StudyDir) error {
	if r.problem == nil && len(r.plan.Runs) == 0 {
		return dir.NoRuns()
	}
	return r.problem
}

// readStudy reads an experiment's plan and reports whether it or the experiment's state has changed. An unreadable plan has no runs.
func (f *Feed) readStudy(dir rundir.StudyDir) (changed bool) {
	r := f.studies[dir]
	if r == nil {
		r = &studyReader{}
		f.studies[dir] = r
	}
	file, err := os.Stat(dir.Study())
	if err == nil && sameFile(file, r.file) && r.plan.State != rundir.Running && time.Since(file.ModTime()) > settled {
		return false
	}
	var plan rundir.Study
	if err == nil {
		plan, err = dir.ReadCurrent()
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s is missing: restore it from a copy, or remove the folder and run the experiment again with ftft run", dir.Study())
	}
	changed = (file != nil || r.file != nil) && !sameFile(file, r.file) || plan.State != r.plan.State || message(err) != message(r.problem)
	switch last := r.planned; {
	case plan.State != rundir.Running:
		r.planned = nil
	case last == nil || len(last.plan.Runs) != len(plan.Runs) || last.plan.Config != plan.Config:
		r.planned = readPlanned(dir, plan)
	}
	r.plan, r.file, r.problem = cleanPlan(plan), file, err
	return changed
}

// sameFile reports whether a file has not changed between two calls of os.Stat, as far as that tells.
func sameFile(a, b os.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
