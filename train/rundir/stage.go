package rundir

// Stage is a run's directory as presenters use it: one presenter at a time publishes what it shows, and any number of terminals
// follow.
type Stage Dir

// Present is the file of what is shown; see runs/README.md. It exists as long as there is a presenter.
func (s Stage) Present() string { return Dir(s).join("present.json") }

// LockFile is the file that the presenter locks.
func (s Stage) LockFile() string { return Dir(s).join(".presenter") }
