package watch

import (
	"slices"
	"time"

	"ftft/train/rundir"
)

// The time between two polls: Interval while a process works on a run or the user waits for something, IdleInterval otherwise.
const (
	Interval     = 250 * time.Millisecond
	IdleInterval = time.Second
)

const (
	pollEnded   = 8  // one of so many polls, and of more in a large folder, looks at what has ended, and lists the folder again
	endedAtOnce = 64 // so many runs more make that one poll fewer; so many experiments are always looked at
	wholeNewest = 32 // so many of the newest runs are read whole, because the user is likely to look at one of them next,
	wholeAtOnce = 2  // but only so many more of them at a poll
)

// rounds tells which polls are thorough: they look at every run and experiment.
type rounds struct {
	polls int       // since the last thorough poll
	last  time.Time // its time; zero before the first
}

// next reports whether the next poll of a folder of runs is thorough. Polls that are further apart than Interval are thorough more often.
func (r *rounds) next(runs int, now time.Time) (thorough bool) {
	r.polls++
	every := pollEnded + runs/endedAtOnce
	if r.last.IsZero() || r.polls >= every || now.Sub(r.last) >= time.Duration(every)*Interval {
		r.polls, r.last = 0, now
		return true
	}
	return false
}

// openPlans are the experiments that every poll looks at: those that have not ended, and those that plan the run in focus.
type openPlans struct {
	studies []rundir.StudyDir // all experiments, of which dirs are some
	focus   rundir.Dir
	dirs    []rundir.StudyDir
}

// readStudies reads the plans that may have changed and reports whether any has.
func (f *Feed) readStudies(studies []rundir.StudyDir, focus rundir.Dir, thorough bool) (changed bool) {
	always := func(r *studyReader) bool { return len(studies) <= endedAtOnce || !r.plan.Over() || r.plans(focus) }
	o := &f.open
	all := thorough || focus != o.focus || !sameList(studies, o.studies)
	due := o.dirs
	if all {
		due = studies
	}
	for _, dir := range due {
		if r := f.studies[dir]; r == nil || thorough || always(r) {
			changed = f.readStudy(dir) || changed
		}
	}
	if all || changed {
		o.studies, o.focus, o.dirs = studies, focus, nil
		for _, dir := range studies {
			if always(f.studies[dir]) {
				o.dirs = append(o.dirs, dir)
			}
		}
	}
	return changed
}

// relatives are the runs of the experiments of the run in focus.
type relatives struct {
	groups []*Group // in which they were found
	focus  rundir.Dir
	runs   []rundir.Dir
}

// find finds the relatives again if the groups or the focus have changed.
func (r *relatives) find(groups []*Group, focus rundir.Dir) {
	if focus == r.focus && sameList(groups, r.groups) {
		return
	}
	*r = relatives{groups: groups, focus: focus}
	for _, group := range groups {
		if focus == "" || !group.Has(focus) {
			continue
		}
		for _, run := range group.Runs {
			r.runs = append(r.runs, run.Dir)
		}
	}
}

// setReaders makes a reader for each run.
func (f *Feed) setReaders(dirs []rundir.Dir) {
	for _, r := range f.readers {
		r.listed = false
	}
	f.readers, f.restless = make([]*reader, len(dirs)), nil
	for i, dir := range dirs {
		r := f.runs[dir]
		if r == nil {
			r = newReader(dir)
			f.runs[dir] = r
		}
		r.listed = true
		if f.readers[i] = r; r.restless() {
			f.restless = append(f.restless, r)
		}
	}
}

// setWanted sets which logs to read whole: those of the given runs, of the experiments of the run in focus, of the replayed run, of the
// queue, and of the newest runs, unless only given ones matter.
func (f *Feed) setWanted(focus rundir.Dir, given []rundir.Dir, queue []rundir.Ticket) {
	for _, r := range f.wanted {
		r.wanted, r.near = false, false
	}
	f.wanted = f.wanted[:0]
	near := func(dir rundir.Dir) {
		if r := f.want(dir); r != nil {
			r.near = true
		}
	}
	near(focus)
	for _, dir := range given {
		near(dir)
	}
	if clock := f.currentClock(); clock != nil {
		near(clock.Run)
	}
	for _, ticket := range queue {
		near(f.runDir(ticket))
	}
	f.related.find(f.groups, focus)
	for _, dir := range f.related.runs {
		f.want(dir)
	}
	newest, more := f.newest, wholeAtOnce
	if focus == "" && len(given) > 0 {
		newest = 0
	}
	for _, group := range f.groups {
		for _, run := range group.Runs {
			if newest == 0 {
				return
			}
			newest--
			r := f.runs[run.Dir]
			if r == nil || r.wanted || run.Brief && more == 0 {
				continue
			}
			if f.want(run.Dir); run.Brief {
				more--
			}
		}
	}
}

// want wants the whole log of a run and returns its reader, or nil if there is no such run.
func (f *Feed) want(dir rundir.Dir) *reader {
	r := f.runs[dir]
	if r == nil || !r.listed {
		return nil
	}
	if !r.wanted {
		r.wanted = true
		f.wanted = append(f.wanted, r)
	}
	return r
}

// pollRuns polls the runs that may have changed and reports whether any has.
func (f *Feed) pollRuns(thorough bool) (changed bool) {
	due := f.readers
	if !thorough {
		due = slices.Clone(f.restless)
		for _, r := range f.wanted {
			if !r.restless() { // else it is there
				due = append(due, r)
			}
		}
	}
	changes := make([]bool, len(due))
	read := make([]bool, len(due)) // for the first time, from the run's files
	readAll(len(due), func(i int) {
		r := due[i]
		first := r.polls == 0 && !r.wanted
		if changes[i] = first && r.recall(f.index); !changes[i] {
			changes[i], read[i] = r.poll(r.wanted, thorough || r.near), first
		}
	})
	f.restless = f.restless[:0]
	for i, r := range due {
		if read[i] {
			f.index.add(r.last, r.file)
		}
		if r.restless() {
			f.restless = append(f.restless, r)
		}
	}
	f.index.save(f.runs, f.folder.root)
	return slices.Contains(changes, true)
}

// idle reports whether no process works on a run or an experiment, and no replay is shown.
func (f *Feed) idle() bool {
	for _, dir := range f.open.dirs {
		if f.studies[dir].plan.State == rundir.Running {
			return false
		}
	}
	working := func(r *reader) bool { return r.last.Active() || r.last.Held }
	return len(f.queue) == 0 && f.currentClock() == nil && !slices.ContainsFunc(f.restless, working)
}

// sameList reports whether two slices are one.
func sameList[E any](a, b []E) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
