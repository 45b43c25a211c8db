package rundir

import (
	"os"
	"slices"
	"time"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// Study is the plan of an experiment and its progress: study.json.
type Study struct {
	Format  int        `json:"format"`
	Name    string     `json:"name"`
	Config  string     `json:"config"` // the resolved config, as TOML
	Seeds   []int64    `json:"seeds"`
	Created time.Time  `json:"created"`
	Owner   Owner      `json:"owner"`           // the process that carries the plan out
	State   string     `json:"state"`           // as a run's
	Waits   string     `json:"waits,omitempty"` // why the process does nothing though the state is Running, such as a full disk
	Runs    []StudyRun `json:"runs"`            // in the order of the plan
}

// Owner is a process on a host.
type Owner struct {
	PID  int    `json:"pid"`
	Host string `json:"host"`
}

// StudyRun is one run of a plan.
type StudyRun struct {
	ID     string `json:"id"`            // the run directory's name, beside the study's
	Role   string `json:"role"`          // reference | main
	Arm    Arm    `json:"arm,omitempty"` // empty for a reference
	Seed   int64  `json:"seed"`
	State  string `json:"state"`            // where the run has a log, that log decides
	Reused bool   `json:"reused"`           // an earlier complete run with the same hashes took its place
	Parent string `json:"parent,omitempty"` // the run whose dynamics its selection is made by

	Strategy string  `json:"strategy,omitempty"` // of its selection; empty for a run on everything
	Fraction float64 `json:"fraction,omitempty"` // of the training set

	SelectionHash string            `json:"selection_hash,omitempty"` // of the rows that it was launched with; see HashGUIDs
	Set           map[string]string `json:"set,omitempty"`            // settings that differ from the experiment's config
}

// AnySeed stands for the first seed of a plan that fits.
const AnySeed int64 = -1

// Reference returns the plan's reference of a seed, or its first reference for AnySeed. ok is false if there is none.
func (s *Study) Reference(seed int64) (run StudyRun, ok bool) {
	i := slices.IndexFunc(s.Runs, func(r StudyRun) bool { return (seed == AnySeed || r.Seed == seed) && r.Role == Reference })
	if i < 0 {
		return run, false
	}
	return s.Runs[i], true
}

// NotStarted is the state of a planned run that has not started and will not start unless its experiment is run again: the run that
// it depends on did not complete, or the experiment has ended. Logs and plans do not contain it.
const NotStarted = "not started"

// Needs reports whether a run of the plan depends on another: on the run that its selection is made by, which before it is prepared is
// the reference of its seed.
func (r *StudyRun) Needs(other StudyRun) bool {
	return r.Parent == other.ID || other.Role == Reference && r.Role == Main && r.Seed == other.Seed
}

// Missed returns the ID of the run that a run of the plan depends on and that has not completed, empty if there is none.
func (s *Study) Missed(run StudyRun) string {
	i := slices.IndexFunc(s.Runs, func(other StudyRun) bool { return run.Needs(other) && other.State != Complete })
	if i < 0 {
		return ""
	}
	return s.Runs[i].ID
}

// Over reports whether the experiment has ended, so that its pending runs will not start.
func (s *Study) Over() bool {
	return s.State == Complete || s.State == Stopped || s.State == Interrupted || s.State == Failed
}

// StateOf returns the state of a run of the plan. logged is its state by its own log, Pending if it has none. held reports whether a
// process holds the run's lock: it may train as soon as it is its turn.
func (s *Study) StateOf(run StudyRun, logged string, held bool) string {
	ended := run.State == Failed || run.State == Stopped
	switch {
	case logged != Pending || held:
		return logged
	case ended && s.Missed(run) != "", !ended && s.Over():
		return NotStarted
	case ended:
		return run.State // it could not be prepared
	}
	return Pending
}

// WriteStudy writes study.json. A zero Format is filled in.
func (s StudyDir) WriteStudy(study Study) error {
	if study.Format == 0 {
		study.Format = Format
	}
	return disk.WriteJSON(s.Study(), study)
}

// ReadStudy reads study.json. An ID that does not name a folder beside the experiment's is an error.
func (s StudyDir) ReadStudy() (Study, error) {
	var study Study
	if err := readJSON(s.Study(), &study); err != nil {
		return study, err
	}
	ids := []string{study.Name}
	for _, run := range study.Runs {
		ids = append(ids, run.ID)
		if run.Parent != "" {
			ids = append(ids, run.Parent)
		}
	}
	for _, id := range ids {
		if err := CheckID(id); err != nil {
			return study, fault.At(s.Study(), 0, err.Error())
		}
	}
	return study, nil
}

// NoRuns returns the error for a plan that lists no runs.
func (s StudyDir) NoRuns() error {
	return fault.At(s.Study(), 0, "it lists no runs: restore it from a copy, or remove the folder and run the experiment again with ftft run")
}

// ReadCurrent is ReadStudy, but the state of an experiment whose process was killed is Interrupted.
func (s StudyDir) ReadCurrent() (Study, error) {
	study, err := s.ReadStudy()
	if err == nil && s.killed(study) {
		study.State = Interrupted
	}
	return study, err
}

// killed reports whether the process of a running experiment has ended without writing the state. That of another host is taken to
// live: its lock may be invisible here.
func (s StudyDir) killed(study Study) bool {
	if study.State != Running {
		return false
	}
	host, _ := os.Hostname()
	return study.Owner.Host == host && !Locked(s)
}
