package rundir

// Arm is a way to train the main model. A reference has none: its Arm is empty.
type Arm string

// The arms of an experiment. EarlyERM is not a run of its own: reports replay ERM's log with early stopping.
const (
	FTFT     Arm = "ftft"   // trains on a selection by the reference's dynamics
	Random   Arm = "random" // trains on as many examples, drawn at random
	ERM      Arm = "erm"    // trains on everything for the whole budget
	EarlyERM Arm = "erm_es" // ERM, stopped early
	DM       Arm = "dm"     // trains on a selection by the dynamics of the ERM run, which is the main model's own
	Custom   Arm = "custom" // trains on a selection that the user made
)

// Selects reports whether the arm trains on a selection rather than on the whole training set.
func (a Arm) Selects() bool { return a != "" && a != ERM && a != EarlyERM }

// StopsEarly reports whether early stopping can end the arm. ERM and references spend the whole budget.
func (a Arm) StopsEarly() bool { return a != "" && a != ERM }
