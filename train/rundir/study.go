package rundir

import (
	"time"

	"ftft/internal/disk"
)

// Study is a plan over several runs, and how far it has come: study.json.
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
	Arm    Arm    `json:"arm,omitempty"` // a reference has none
	Seed   int64  `json:"seed"`
	State  string `json:"state"`            // as a run's; the run's own log has the last word
	Reused bool   `json:"reused"`           // it was there already, complete, with the same hashes
	Parent string `json:"parent,omitempty"` // the run whose dynamics it is selected by

	Strategy string  `json:"strategy,omitempty"` // of its selection; a run on everything has none
	Fraction float64 `json:"fraction,omitempty"` // of the training set
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
