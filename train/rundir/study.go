package rundir

import (
	"slices"
	"time"

	"ftft/internal/disk"
)

// Study is the plan of an experiment and its progress: study.json.
type Study struct {
	Format  int        `json:"format"`
	Name    string     `json:"name"`
	Config  string     `json:"config"` // the resolved config, as TOML
	Seeds   []int64    `json:"seeds"`
	Created time.Time  `json:"created"`
	Owner   Owner      `json:"owner"` // the process that carries the plan out
	State   string     `json:"state"` // as a run's
	Runs    []StudyRun `json:"runs"`  // in the order of the plan
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
	return s.find(seed, func(r StudyRun) bool { return r.Role == Reference })
}

// Arm returns the plan's first run of an arm and a seed. ok is false if there is none.
func (s *Study) Arm(arm Arm, seed int64) (run StudyRun, ok bool) {
	return s.find(seed, func(r StudyRun) bool { return r.Arm == arm })
}

func (s *Study) find(seed int64, is func(StudyRun) bool) (run StudyRun, ok bool) {
	i := slices.IndexFunc(s.Runs, func(r StudyRun) bool { return (seed == AnySeed || r.Seed == seed) && is(r) })
	if i < 0 {
		return run, false
	}
	return s.Runs[i], true
}

// WriteStudy writes study.json. A zero Format is filled in.
func (s StudyDir) WriteStudy(study Study) error {
	if study.Format == 0 {
		study.Format = Format
	}
	return disk.WriteJSON(s.Study(), study)
}

// ReadStudy reads study.json.
func (s StudyDir) ReadStudy() (Study, error) {
	var study Study
	err := readJSON(s.Study(), &study)
	return study, err
}
