package rundir

// Stage is a run's directory as presenters share it: one of them at a time shows where to look, any number follow.
type Stage Dir

// Present is the file that says where to look: see runs/README.md. It is there as long as somebody presents.
func (s Stage) Present() string { return Dir(s).join("present.json") }

// LockFile is what the presenter holds locked.
func (s Stage) LockFile() string { return Dir(s).join(".presenter") }
