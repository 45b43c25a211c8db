package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"ftft/train/rundir"
)

// folder lists the runs and experiments in a runs folder. It reads the folder again only when that has changed.
type folder struct {
	root    string
	read    time.Time // the folder's modification time when it was read; zero = read it again
	names   []string  // of the folders in it, ascending
	unknown []string  // of names: those that are no run or experiment yet
	runs    map[string]bool
	studies map[string]bool

	listedRuns    []rundir.Dir // by the last call of list, which callers must not change; valid unless stale
	listedStudies []rundir.StudyDir
	stale         bool
}

// settled is the age from which a modification time is trusted: within its granularity, another change leaves it as it is.
const settled = 2 * time.Second

// list returns the runs and experiments by name. It reads the folder again if that has changed or if again is set. A root that does
// not exist has none.
func (f *folder) list(again bool) (runs []rundir.Dir, studies []rundir.StudyDir, err error) {
	info, err := os.Stat(f.root)
	if errors.Is(err, fs.ErrNotExist) {
		*f = folder{root: f.root}
		return nil, nil, nil
	}
	if err == nil && (again || f.read.IsZero() || !info.ModTime().Equal(f.read)) {
		err = f.readNames()
		if f.read = info.ModTime(); time.Since(f.read) < settled {
			f.read = time.Time{}
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list the runs: %w", err)
	}
	f.unknown = slices.DeleteFunc(f.unknown, f.classify)
	if f.stale {
		f.listedRuns, f.listedStudies, f.stale = nil, nil, false
		for _, name := range f.names {
			if f.runs[name] {
				f.listedRuns = append(f.listedRuns, rundir.Dir(filepath.Join(f.root, name)))
			}
			if f.studies[name] {
				f.listedStudies = append(f.listedStudies, rundir.StudyDir(filepath.Join(f.root, name)))
			}
		}
	}
	return f.listedRuns, f.listedStudies, nil
}

// readNames reads the names in the folder. What is known about names that remain stays.
func (f *folder) readNames() error {
	entries, err := os.ReadDir(f.root)
	if err != nil {
		return err
	}
	was := *f
	f.names, f.unknown, f.runs, f.studies, f.stale = nil, nil, map[string]bool{}, map[string]bool{}, true
	for _, entry := range entries {
		if name := entry.Name(); name[0] != '.' {
			f.names = append(f.names, name)
			if was.runs[name] {
				f.runs[name] = true
			}
			if was.studies[name] {
				f.studies[name] = true
			}
			if !was.runs[name] && !was.studies[name] {
				f.unknown = append(f.unknown, name)
			}
		}
	}
	return nil
}

// classify finds out whether a folder is a run or an experiment, and reports whether it is. A manifest or a plan that exists counts,
// whatever it is, and so does what is left of a run or of an experiment that has lost it: such a folder is listed with the reason why it
// cannot be read.
func (f *folder) classify(name string) (known bool) {
	run, study := rundir.Dir(filepath.Join(f.root, name)), rundir.StudyDir(filepath.Join(f.root, name))
	f.studies[name] = exists(study.Study()) && readable(study.Study()) || !exists(run.Manifest()) && exists(studyLog(study))
	f.runs[name] = exists(run.Manifest()) || !f.studies[name] && (exists(run.Events()) || exists(run.Gold()))
	known = f.runs[name] || f.studies[name]
	f.stale = f.stale || known
	return known
}

// exists reports whether a folder has an entry of a name, or cannot tell: a link counts whatever it leads to.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR)
}

// readable reports whether the folder of a path lets this user see what is in it.
func readable(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// studyLog is what an experiment's process prints.
func studyLog(dir rundir.StudyDir) string { return filepath.Join(string(dir), "study.log") }
