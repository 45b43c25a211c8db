package cost

import (
	"time"

	"ftft/configs"
)

// A Forecast is what a launch would take, before it begins.
type Forecast struct {
	Runs     []string         // their IDs, in their order
	Changes  []configs.Change // what a config would have to say otherwise than the study's does, to have them
	Examples int              // that the last of them trains on
	Steps    int              // of each: its budget, which early stopping may not use up

	FLOPs      float64       // of training, all runs together
	Time       time.Duration // training and evaluations of all runs; 0 = there is nothing to go by
	By         string        // the run whose pace that is
	Memory     int64         // bytes of one run
	FreeMemory int64         // bytes now; 0 = the system does not say
	Disk       int64         // bytes of all runs
	FreeDisk   int64         // bytes now; 0 = the system does not say
	Ahead      int           // runs that train or wait in the same folder
}
