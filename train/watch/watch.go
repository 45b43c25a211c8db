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
	queue    []rundir.Ticket
	polls    int
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

const (
	pollEnded   = 8  // one of so many polls, and of more in a large folder, looks at what has ended, and lists the folder again
	endedAtOnce = 64 // so many runs more make that one poll fewer; so many experiments are always looked at
	wholeNewest = 32 // so many of the newest runs are read whole, because the user is likely to look at one of them next,
	wholeAtOnce = 2  // but only so many more of them at a poll
)

// Poll reads what is new: the logs of the run in focus ("" = none), of its experiment, of the given runs and of those that train, the
// beginnings and ends of the other logs, and the dynamics of the run in focus.
func (f *Feed) Poll(focus rundir.Dir, whole ...rundir.Dir) Snapshot {
	if f.imported != nil {
		return f.pollImported()
	}
	thorough := f.polls%(pollEnded+len(f.dirs)/endedAtOnce) == 0
	f.polls++
	if f.index == nil {
		f.index = openIndex(f.folder.root)
	}
	var s Snapshot
	found, studies, err := f.folder.list(thorough)
	s.Problem = err
	for _, dir := range studies {
		r := f.studies[dir]
		if r == nil || thorough || len(studies) <= endedAtOnce || !r.plan.Over() || r.plans(focus) {
			s.Changed = f.readStudy(dir) || s.Changed
		}
	}
	dirs := f.dirs
	if sameList := len(found) == len(f.found) && (len(found) == 0 || &found[0] == &f.found[0]); s.Changed || !sameList {
		dirs, f.found = f.addPlanned(found, studies), found
	}
	queue, err := rundir.Queue(f.folder.root)
	s.Problem = errors.Join(s.Problem, err)
	wanted := f.wanted(focus, whole)
	for _, ticket := range queue {
		wanted[f.runDir(ticket)] = true
	}
	s.Changed = f.pollRuns(dirs, wanted, thorough) || s.Changed
	s.Changed = f.setPlaces(queue) || s.Changed
	s.Changed = f.updateReplay(time.Now()) || s.Changed
	s.Changed = s.Changed || !slices.Equal(dirs, f.dirs) || message(s.Problem) != f.problem
	f.dirs, f.problem = dirs, message(s.Problem)
	if s.Changed {
		f.groups = f.group(studies, dirs)
	}
	s.Groups = f.groups
	if f.runs[focus] != nil {
		s.Picture = f.picture(f.shown(focus))
	}
	return s
}

// wanted returns the runs whose logs to read whole: the given ones, those of the experiments of the run in focus, the replayed one, and
// the newest, unless only given ones matter.
func (f *Feed) wanted(focus rundir.Dir, given []rundir.Dir) map[rundir.Dir]bool {
	wanted := map[rundir.Dir]bool{focus: true}
	for _, dir := range given {
		wanted[dir] = true
	}
	if clock := f.currentClock(); clock != nil {
		wanted[clock.Run] = true
	}
	newest, more := f.newest, wholeAtOnce
	if focus == "" && len(given) > 0 {
		newest = 0
	}
	for _, group := range f.groups {
		focused := slices.ContainsFunc(group.Runs, func(run *Run) bool { return run.Dir == focus })
		for _, run := range group.Runs {
			if focused {
				wanted[run.Dir] = true
			}
			if newest--; newest >= 0 && !wanted[run.Dir] && (!run.Brief || more > 0) {
				wanted[run.Dir] = true
				if run.Brief {
					more--
				}
			}
		}
	}
	return wanted
}

// pollRuns polls the runs that may have changed and reports whether any has.
func (f *Feed) pollRuns(dirs []rundir.Dir, wanted map[rundir.Dir]bool, thorough bool) (changed bool) {
	var due []*reader
	for _, dir := range dirs {
		r := f.runs[dir]
		if r == nil {
			r = newReader(dir)
			f.runs[dir] = r
		}
		if r.polls == 0 || thorough || wanted[dir] || r.whole ||
			r.last.Status.Finish == nil && (!r.last.Broken || r.last.Held) {
			due = append(due, r)
		}
	}
	changes := make([]bool, len(due))
	read := make([]bool, len(due)) // for the first time, from the run's files
	readAll(len(due), func(i int) {
		r := due[i]
		first := r.polls == 0 && !wanted[r.dir]
		if changes[i] = first && r.recall(f.index); !changes[i] {
			changes[i], read[i] = r.poll(wanted[r.dir]), first
		}
	})
	for i, r := range due {
		if read[i] {
			f.index.add(r.last, r.file)
		}
	}
	f.index.save(f.runs, f.folder.root)
	return slices.Contains(changes, true)
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
		return Snapshot{Groups: f.groups}
	}
	run := &Run{Dir: f.imported.Dir, Given: true, Status: rundir.Status{State: rundir.Complete}}
	f.groups = []*Group{alone(run)}
	return Snapshot{Groups: f.groups, Picture: f.imported, Changed: true}
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
	return slices.ContainsFunc(r.plan.Runs, func(planned rundir.StudyRun) bool { return planned.ID == run.ID() })
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
