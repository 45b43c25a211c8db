// Package watch turns run directories into immutable snapshots for the screens, plain progress, lists and completion. It alone
// reads files for them: a screen calls it in a command, never while it updates.
//
// It may import configs, datamap, rundir and what those need, but nothing that reaches the engine. Begin reading at Feed.Poll: a
// reader folds each run's log into a rundir.Record and returns it in a Run, and a pictureReader draws the dynamics of one run
// into a Picture.
package watch

import (
	"cmp"
	"time"

	"ftft/configs"
	"ftft/internal/safe"
	"ftft/train/cost"
	"ftft/train/metric"
	"ftft/train/rundir"
)

// Run is the state of one run at a poll. It is immutable: later polls return new values.
type Run struct {
	Dir           rundir.Dir
	Manifest      rundir.Manifest // where the run is only planned, filled in from the plan, without an ID
	rundir.Record                 // its log, folded
	Status        rundir.Status
	Stop          configs.Stop // early stopping, by its config and by requests; no metric if it has no config
	Schedule      []int        // an evaluation follows each of these steps; Start's, unless a request has changed them
	Selection     *rundir.Selection
	Planned       *rundir.StudyRun // its entry in the plan, while it has no directory; else nil
	Problem       error            // why the run directory could not be read in full
	Ahead         int              // of a queued run, how many are before it; else 0
	Replay        *Replayed        // position of a replay; nil = the run is shown as it is
	Given         bool             // imported dynamics: there is a map, and no log
	Job           *rundir.JobState // of an outside run: how far its job has got; nil before the first submission
	Output        OutputVersion    // of what the job of an outside run has printed
	Uncounted     string           // why the FLOPs of an outside run are not known; empty = they are, or its log is not read whole
	Missed        string           // of a run that has not started, the ID of the incomplete run that it depends on; empty = none
	Preparing     rundir.Preparing // what its process does before the first step; without a phase: nothing of that kind
	Held          bool             // a process trains the run, waits for its turn, or supervises its job
	Broken        bool             // the manifest or the log cannot be read, and Problem has the reason
	Missing       bool             // its plan has it as complete, and its directory is gone
	Experiment    bool             // it stands for an experiment whose plan cannot be read; Dir is the experiment's
	Brief         bool             // only the ends of the log have been read (rundir.ReadBrief); without Stop and the selection's rows
}

// Validations returns the input of early stopping: for each evaluation, the mean over the OOD validation sets of the score by which
// the run stops.
func (r *Run) Validations() []metric.Validation { return r.Record.Validations(r.Stop.Metric) }

// Examples returns the number of examples that the run has trained on after a step, where each epoch counts them again; 0 before it
// has started.
func (r *Run) Examples(step int) int {
	if r.Start == nil || r.Start.StepsPerEpoch == 0 {
		return 0
	}
	epoch, rest := step/r.Start.StepsPerEpoch, step%r.Start.StepsPerEpoch
	return epoch*r.Start.Examples + min(rest*r.Start.BatchSize, r.Start.Examples)
}

// ID returns the run directory's name, as screens and lists show it.
func (r *Run) ID() string { return safe.Word(r.Dir.ID()) }

// Name returns the run's arm or "reference", and "-" if that is unknown because the run is broken.
func (r *Run) Name() string {
	switch {
	case r.Experiment:
		return "experiment"
	case r.Broken && r.Manifest.Role == "":
		return "-"
	}
	return cmp.Or(string(r.Manifest.Arm), r.Manifest.Role)
}

// Active reports whether a process is training the run.
func (r *Run) Active() bool { return r.Status.State == rundir.Running }

// The states of a run that say more than those of rundir.
const (
	Queued  = "queued"  // until a slot is free, or its scheduler starts its job
	Paused  = "paused"  // by a request
	Waiting = "waiting" // for a resource, such as space on the disk
	Broken  = "broken"  // its manifest or its log cannot be read
	Missing = "missing" // it was complete, and its directory is gone
)

// Waits reports whether a process waits for the run's turn in the queue, or for the scheduler to start its job.
func (r *Run) Waits() bool { return !r.Active() && r.Held && (r.Ahead > 0 || r.JobWaits()) }

// State returns the run's state: one of rundir's or of this package's.
func (r *Run) State() string {
	switch {
	case r.Broken:
		return Broken
	case r.Missing:
		return Missing
	case r.Active() && r.Status.Waits != "":
		return Waiting
	case r.Active() && r.Status.Paused:
		return Paused
	case !r.Active() && r.Ahead > 0, r.JobWaits():
		return Queued
	}
	return r.Status.State
}

// Left estimates the time until the budget is spent, from the mean time of a step and of an evaluation so far. Early stopping may
// end the run sooner. ok is false for a run that is not running or has not taken a step.
func (r *Run) Left() (left time.Duration, ok bool) {
	if !r.Active() || r.Start == nil || r.Status.Step == 0 || r.Steps.Seconds == 0 {
		return 0, false
	}
	left, ok = cost.Left(r.Status.Step, r.Start.MaxSteps, duration(r.Steps.Seconds))
	spent, done := r.evaluated()
	evaluating, _ := cost.Left(done, max(len(r.Schedule), done), duration(spent))
	return left + evaluating, ok
}

// evaluated returns the seconds spent on evaluations, and their number; all sets after a step are one.
func (r *Run) evaluated() (spent float64, done int) {
	last := -1
	for _, evaluation := range r.Evaluations {
		spent += evaluation.Seconds
		if evaluation.Index != last {
			last, done = evaluation.Index, done+1
		}
	}
	return spent, done
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
