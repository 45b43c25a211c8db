package session

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"sync"
	"time"

	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/train/rundir"
	"ftft/tui/view"
)

// Pose is the schema of present.json: what a presenter shows.
type Pose struct {
	View
	Presenter string    `json:"presenter"` // "PID on HOST"
	Time      time.Time `json:"time"`      // when it was written; it is rewritten every few seconds

	Run     string          `json:"run"`                  // the run that is viewed; it may differ from the one presented
	Within  string          `json:"experiment,omitempty"` // the experiment that it is viewed in, of several that share it
	Over    string          `json:"over,omitempty"`       // the open overlay, one of Overlays
	Line    int             `json:"line,omitempty"`       // the overlay's cursor, first line or page
	Listed  string          `json:"listed"`               // the run under the cursor in the list of runs
	Search  string          `json:"search,omitempty"`
	Box     *[4]float64     `json:"box,omitempty"`  // the brush: variability from, to; confidence from, to
	Arm     int             `json:"arm,omitempty"`  // the index of the first arm of the launch form
	Seed    int             `json:"seed,omitempty"` // the index of the launch form's seed; the number of seeds = several
	Launch  *PoseLaunch     `json:"launch,omitempty"`
	Curves  *PoseCurves     `json:"curves,omitempty"`
	Compare *PoseComparison `json:"compare,omitempty"`
	Runs    *PoseRuns       `json:"runs,omitempty"` // nil = all runs, by experiment
	Results *PoseResults    `json:"results,omitempty"`
	Replay  *PoseClock      `json:"replay,omitempty"`
}

// PoseLaunch describes the launch form of a presenter. The settings are 0 before the experiment's config is known.
type PoseLaunch struct {
	Cursor   int          `json:"cursor,omitempty"` // the field, from 0
	Arms     []rundir.Arm `json:"arms"`
	Seeds    []int64      `json:"seeds,omitempty"` // absent = the experiment's first
	Rate     float64      `json:"rate,omitempty"`  // the learning rate
	Epochs   int          `json:"epochs,omitempty"`
	Steps    int          `json:"steps,omitempty"` // the budget in steps; 0 = by epochs
	Patience int          `json:"patience,omitempty"`
}

// PoseCurves describes how a presenter shows the curves.
type PoseCurves struct {
	Curves
	Cross    *float64 `json:"cross,omitempty"`    // the x of the crosshair
	Patience *int     `json:"patience,omitempty"` // the patience with which early stopping is replayed
	Picking  bool     `json:"picking,omitempty"`  // whether the list of runs is open
}

// PoseRuns describes the order and the filter of the list of runs.
type PoseRuns struct {
	Sort     string `json:"sort"` // the name of one of watch.Columns
	Reversed bool   `json:"reversed,omitempty"`
	Words    string `json:"words,omitempty"` // only runs that have all of these words
}

// PoseComparison describes how a presenter shows the comparison of two runs.
type PoseComparison struct {
	With   string `json:"with"` // the other run
	Cell   int    `json:"cell"` // the cell of the table of moves; -1 = all examples that moved
	Cursor int    `json:"cursor"`
}

// PoseResults describes how a presenter shows the results.
type PoseResults struct {
	Cursor int  `json:"cursor"`          // the index of the arm
	Set    int  `json:"set,omitempty"`   // the index of the evaluation sets in the first column of scores
	Steps  bool `json:"steps,omitempty"` // the chart's x axis is steps, not compute
	Parts  int  `json:"parts,omitempty"` // 0 = table and chart, 1 = chart, 2 = table
}

// PoseClock is the position of a presenter's replay.
type PoseClock struct {
	Run    string    `json:"run"`
	From   float64   `json:"from"`  // seconds of the run at the time Since
	Since  time.Time `json:"since"` // when the replay was at From
	Speed  float64   `json:"speed"` // seconds of the run per second
	Paused bool      `json:"paused,omitempty"`
}

// Overlays are the names of the overlays that a pose can show.
var Overlays = []string{"", "read", "neighbours", "explain", "command", "help"}

// Check returns an error that names the first value out of range. screens are the numbers of the screens.
func (p *Pose) Check(screens []int) error {
	if err := p.View.Check(screens); err != nil {
		return err
	}
	const cells = len(datamap.Places) * len(datamap.Places)
	switch d, c := p.Compare, p.Replay; {
	case p.Run == "":
		return errors.New("no run")
	case !slices.Contains(Overlays, p.Over) || p.Line < 0:
		return fmt.Errorf("over %q, line %d", p.Over, p.Line)
	case p.Arm < 0 || p.Arm >= len(view.Arms) || p.Seed < 0:
		return fmt.Errorf("arm %d, seed %d", p.Arm, p.Seed)
	case p.Launch != nil && p.Launch.Cursor < 0:
		return fmt.Errorf("cursor %d of the launch form", p.Launch.Cursor)
	case d != nil && (d.Cell < -1 || d.Cell >= cells || d.Cursor < 0):
		return fmt.Errorf("cell %d, cursor %d of compare", d.Cell, d.Cursor)
	case p.Results != nil && p.Results.check() != nil:
		return p.Results.check()
	case c != nil && !(c.From >= 0 && c.Speed > 0):
		return fmt.Errorf("replay from %g, speed %g", c.From, c.Speed)
	case p.Curves != nil && p.Curves.Patience != nil && *p.Curves.Patience < 0:
		return fmt.Errorf("patience %d", *p.Curves.Patience)
	case p.Curves != nil:
		return p.Curves.Apply(new(view.Curves))
	}
	return nil
}

func (r *PoseResults) check() error {
	if r.Cursor < 0 || r.Set < 0 || r.Parts < 0 || r.Parts >= int(view.ResultChoices) {
		return fmt.Errorf("cursor %d, set %d, parts %d of results", r.Cursor, r.Set, r.Parts)
	}
	return nil
}

// Same reports whether two poses show the same, regardless of when they were written.
func (p Pose) Same(other Pose) bool {
	p.Time = other.Time
	return reflect.DeepEqual(p, other)
}

// ReadPose reads present.json of a run. Without a presenter the error is fs.ErrNotExist.
func ReadPose(run rundir.Dir, screens []int) (p Pose, err error) {
	path := run.Stage().Present()
	text, err := disk.ReadFile(path)
	if err != nil {
		return p, err
	}
	if ofNewerFormat(text, 1) {
		err = newerFormat(path)
	} else if err = fault.DecodeJSON(path, text, &p); err == nil {
		err = p.Check(screens)
	}
	if err != nil {
		err = fmt.Errorf("cannot read present.json: %s (%s)", fault.Message(err), path)
	}
	return p, err
}

// Stage writes the poses of one presenter. Its methods may be called from several goroutines.
type Stage struct {
	mutex sync.Mutex
	left  bool
}

// Write writes present.json of a run, unless the presenter has left.
func (s *Stage) Write(run rundir.Dir, p Pose) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.left {
		return nil
	}
	return WriteBeside(run, run.Stage().Present(), p)
}

// Leave removes present.json. Later calls of Write do nothing.
func (s *Stage) Leave(run rundir.Dir) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.left = true
	if err := disk.Remove(run.Stage().Present()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
