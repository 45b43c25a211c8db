package rundir

import (
	"encoding/json"
	"fmt"
	"math"

	"ftft/internal/disk"
)

// Preparing is what a process does before the first step of a run: preparing.json.
type Preparing struct {
	Phase string  `json:"phase"`
	Share float64 `json:"share,omitempty"` // of the phase that is done, from 0 to 1; 0 = unknown
}

// String returns the phase, and the share if it is known.
func (p Preparing) String() string {
	if p.Share > 0 && p.Share <= 1 {
		return fmt.Sprintf("%s %.0f %%", p.Phase, math.Floor(100*p.Share))
	}
	return p.Phase
}

// Preparing is a file that exists while the run's process prepares the first step.
func (d Dir) Preparing() string { return d.join("preparing.json") }

// WritePreparing writes preparing.json.
func (d Dir) WritePreparing(p Preparing) error { return disk.WriteJSON(d.Preparing(), p) }

// ReadPreparing returns what the run's process does before the first step; ok is false if it does nothing of that kind. The caller has
// found the run's lock held.
func (d Dir) ReadPreparing() (p Preparing, ok bool) {
	const most = 4 << 10
	text, err := disk.ReadFile(d.Preparing())
	if err != nil || len(text) > most || json.Unmarshal(text, &p) != nil || p.Phase == "" {
		return Preparing{}, false
	}
	return p, true
}
