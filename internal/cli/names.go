package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// find returns the directory of a run or an experiment, given by its path or by its name in the runs folder.
func find(runs, name string) (path string, isStudy bool, err error) {
	for _, path := range []string{name, filepath.Join(runs, name)} {
		if _, err := os.Lstat(rundir.StudyDir(path).Study()); err == nil { // a link that leads nowhere is reported when it is read
			return path, true, nil
		}
		if _, err := os.Lstat(rundir.Dir(path).Manifest()); err == nil {
			return path, false, nil
		}
	}
	for _, path := range []string{name, filepath.Join(runs, name)} {
		if study, plan, ok := planOf(rundir.Dir(path)); ok {
			return "", false, &notStarted{rundir.Dir(path), study, plan}
		}
	}
	return "", false, &notFound{runs, name}
}

// notStarted is the error for a run that is only planned.
type notStarted struct {
	dir   rundir.Dir
	study rundir.StudyDir
	plan  rundir.Study
}

func (e *notStarted) Error() string {
	if e.plan.Over() {
		return fmt.Sprintf("%s has not started, and its experiment has ended: resume that with ftft resume %s", e.dir.ID(), e.study.ID())
	}
	return fmt.Sprintf("%s has not started: %s runs it later", e.dir.ID(), e.study.ID())
}

// usersOf returns the experiments beside a run that use it: the one that its manifest names first, then the others by name.
func usersOf(dir rundir.Dir) (users []rundir.StudyDir) {
	studies, _ := rundir.Studies(filepath.Dir(string(dir))) // an unreadable folder has no plans
	manifest, _ := dir.ReadManifest()                       // without one no experiment comes first
	for _, study := range studies {
		plan, err := study.ReadStudy()
		switch uses := slices.ContainsFunc(plan.Runs, func(r rundir.StudyRun) bool { return r.ID == dir.ID() }); {
		case err != nil || !uses:
		case study.ID() == manifest.Study:
			users = slices.Insert(users, 0, study)
		default:
			users = append(users, study)
		}
	}
	return users
}

// idsOf joins the names of experiments.
func idsOf(studies []rundir.StudyDir) string {
	var ids []string
	for _, study := range studies {
		ids = append(ids, study.ID())
	}
	return strings.Join(ids, ", ")
}

// planOf returns the experiment that has planned a run and that is beside it.
func planOf(dir rundir.Dir) (study rundir.StudyDir, plan rundir.Study, ok bool) {
	studies, _ := rundir.Studies(filepath.Dir(string(dir))) // an unreadable folder has no plans
	for _, study := range studies {
		plan, err := study.ReadCurrent()
		if err == nil && slices.ContainsFunc(plan.Runs, func(r rundir.StudyRun) bool { return r.ID == dir.ID() }) {
			return study, plan, true
		}
	}
	return "", plan, false
}

// notFound is the error for a name that neither a run nor an experiment has.
type notFound struct{ runs, name string }

func (e *notFound) Error() string {
	runs := names(e.runs)
	if runs == "" {
		return fmt.Sprintf("no run or experiment %s, neither by path nor in %q, which has no runs; ftft run makes them", e.name, e.runs)
	}
	return fmt.Sprintf("no run or experiment %s, neither by path nor in %q; the runs are: %s", e.name, e.runs, runs)
}

// names lists the runs in a runs folder, separated by spaces. A run that several experiments share is listed once.
func names(runs string) string {
	var list []string
	for _, row := range (watch.List{}).Rows(watch.New(runs).Poll("").Groups) {
		if id := row.Run.ID(); !row.Run.Experiment && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return strings.Join(list, " ")
}

// runOf returns the directory of a run, or of the reference of an experiment, or of its first run if it has no reference.
func runOf(runs, name string) (rundir.Dir, error) {
	path, isStudy, err := find(runs, name)
	if err != nil || !isStudy {
		return rundir.Dir(path), err
	}
	dir := rundir.StudyDir(path)
	plan, err := dir.ReadStudy()
	if err != nil {
		return "", err
	}
	run, ok := plan.Reference(rundir.AnySeed)
	if !ok && len(plan.Runs) == 0 {
		return "", dir.NoRuns()
	}
	if !ok {
		run = plan.Runs[0]
	}
	return dir.Run(run.ID), nil
}
