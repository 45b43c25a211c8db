package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"ftft/train/rundir"
	"ftft/train/watch"
)

// find is the directory of a study or a run: a path, or a name in the runs folder.
func find(runs, name string) (place string, isStudy bool, err error) {
	for _, place := range []string{name, filepath.Join(runs, name)} {
		if _, err := os.Stat(rundir.StudyDir(place).Study()); err == nil {
			return place, true, nil
		}
		if _, err := os.Stat(rundir.Dir(place).Manifest()); err == nil {
			return place, false, nil
		}
	}
	return "", false, &noRun{runs, name}
}

// noRun is a name that no run and no experiment has.
type noRun struct{ runs, name string }

func (e *noRun) Error() string {
	return fmt.Sprintf("%s is neither a run nor an experiment, nor one in %q; there are: %s", e.name, e.runs, names(e.runs))
}

// names lists what is in a runs folder.
func names(runs string) string {
	list := ""
	for _, r := range listed(watch.New(runs).Poll("").Groups) {
		list += " " + r.Run
	}
	if list == "" {
		return "none"
	}
	return list[1:]
}

// runOf is the directory of a run, or of a study's reference.
func runOf(runs, name string) (rundir.Dir, error) {
	place, isStudy, err := find(runs, name)
	if err != nil || !isStudy {
		return rundir.Dir(place), err
	}
	plan, err := rundir.StudyDir(place).ReadStudy()
	if err != nil {
		return "", err
	}
	return rundir.StudyDir(place).Run(plan.Runs[0].ID), nil
}
