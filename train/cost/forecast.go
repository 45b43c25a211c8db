package cost

import (
	"time"

	"ftft/configs"
)

// A Forecast is what launches would cost.
type Forecast struct {
	Runs     []string         // IDs, in the order in which they would run
	Changes  []configs.Change // from the experiment's config to one that has these runs
	Examples int              // that the last run trains on
	Steps    int              // the budget of the last run; early stopping may use less
	Outside  bool             // another program trains one of the runs: what they cost is unknown

	FLOPs      float64       // of training, over all runs
	Time       time.Duration // of training and evaluations, over all runs; 0 = unknown
	By         string        // ID of the run whose speed Time assumes
	Memory     int64         // bytes of the largest run
	FreeMemory int64         // bytes; 0 = unknown
	Disk       int64         // bytes of all runs
	FreeDisk   int64         // bytes; 0 = unknown
	Ahead      int           // runs that train or wait in the same runs folder
}
