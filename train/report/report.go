// Package report reads run directories and compares the arms of an experiment: scores, steps and compute, the differences between
// the arms and erm with their uncertainty, and all of it in one sentence.
//
// It may import configs, rundir, metric, cost, nn/spec and datamap/dynamics, but nothing that reaches the engine. Begin reading at
// Reader.OfStudy.
package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/train/cost"
	"ftft/train/metric"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
)

// Report compares the arms of an experiment, or describes one run.
type Report struct {
	Name   string `json:"name"`
	Metric string `json:"metric"` // the score that the tables show: the one that decides early stopping
	Arms   []Arm  `json:"arms"`   // the reference first

	Sets        []metric.Set `json:"sets"`        // whose mean score decides which arm is better: see comparedSets
	Sentence    string       `json:"sentence"`    // what the table says about the first arm against erm
	Differences []Comparison `json:"differences"` // of each arm from erm

	NotStarted []string `json:"not_started,omitempty"` // the IDs of planned runs that did not start; see rundir.NotStarted
	Missing    []string `json:"missing,omitempty"`     // the IDs of runs that the plan has as complete, and that have no folder

	Problems []error `json:"-"` // why runs, or differences, that are left out cannot be read

	lines  []Line
	leader *Difference // of the reference from erm on Sets, if its score there is the best of all; nil if not
}

// Arm is one row: a run, or ERM's log replayed with early stopping.
type Arm struct {
	Name     string     `json:"name"` // the arm with its fraction and its own settings; its run's ID where another arm has the same name
	Arm      rundir.Arm `json:"arm"`  // "reference" for the reference
	Run      string     `json:"run"`
	Seed     int64      `json:"seed"`
	State    string     `json:"state"`
	Strategy string     `json:"strategy,omitempty"` // of the selection; empty for a run on everything
	Fraction float64    `json:"fraction,omitempty"` // of the training set, as asked for
	Examples int        `json:"examples"`           // trained on
	Steps    int        `json:"steps"`              // optimiser steps, up to where the run stopped
	MaxSteps int        `json:"max_steps"`          // the budget
	ScoredAt int        `json:"scored_at"`          // the step of the evaluation that Scores are from

	Set map[string]string `json:"set,omitempty"` // settings in which it differs from the experiment's config

	// Compute is in fractions of plain fine-tuning of the main model over the whole budget, as in the paper (Du et al., 2023): the
	// reference's share by parameters plus the fraction of steps taken. Compute counts parameters without embedding tables,
	// ComputeTotal counts all. For the reference both are its share alone. 0 = not known yet.
	Compute         float64 `json:"compute"`
	ComputeTotal    float64 `json:"compute_total_parameters"`
	FLOPs           float64 `json:"flops"`            // of training on real tokens, with the reference's
	EvaluationFLOPs float64 `json:"evaluation_flops"` // of this run's evaluations
	Seconds         float64 `json:"seconds"`          // spent in this run's training steps

	Uncounted string `json:"uncounted,omitempty"` // why FLOPs is 0, of a run that another program trains

	Scores   map[string]Score `json:"scores"`   // by evaluation set
	Last     map[string]Score `json:"other"`    // at the other evaluation: the last where Scores are the best one's, and vice versa
	Baseline map[string]Score `json:"baseline"` // of always predicting the majority class of the training set

	Evaluations []Point `json:"evaluations"` // quality by steps

	plain float64 // see PlainSteps
}

// PlainSteps returns the steps of the arm that take as much as plain fine-tuning of the main model over the whole budget: MaxSteps,
// unless a launch has changed the arm's own budget or batch size. 0 = not known.
func (a *Arm) PlainSteps() float64 { return a.plain }

// Point is the mean score over Report.Sets after a step.
type Point struct {
	Step    int     `json:"step"`
	Compute float64 `json:"compute"` // up to the step, in Arm.Compute's unit; 0 = not known yet
	Score   float64 `json:"score"`
}

// Score is an arm's result on one evaluation set.
type Score struct {
	Kind     string  `json:"kind"` // id | ood
	Use      string  `json:"use"`  // validation | test
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Loss     float64 `json:"loss"` // mean cross-entropy, nats
}

// OfStudy is Reader.OfStudy for a report that is read once. The report's Problems are an error.
func OfStudy(dir rundir.StudyDir) (*Report, error) { return whole(new(Reader).OfStudy(dir)) }

// OfRun is Reader.OfRun for a report that is read once. The report's Problems are an error.
func OfRun(dir rundir.Dir) (*Report, error) { return whole(new(Reader).OfRun(dir)) }

// whole returns a report from which nothing was left out.
func whole(r *Report, err error) (*Report, error) {
	if err == nil {
		err = errors.Join(r.Problems...)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// OfStudy reports on the runs of an experiment that have started. Runs that cannot be read are left out, and the report's Problems say
// why. It is an error if no run is left.
func (reader *Reader) OfStudy(dir rundir.StudyDir) (*Report, error) {
	reader.begin()
	study, err := dir.ReadCurrent()
	if err != nil {
		return nil, err
	}
	if len(study.Runs) == 0 {
		return nil, dir.NoRuns()
	}
	r := &Report{Name: study.Name}
	outcomes := map[string]*outcome{}
	plan := planOf(dir, study)
	for _, planned := range study.Runs {
		if outcomes[planned.ID] != nil {
			continue // two launches led to the same run
		}
		held := rundir.Locked(dir.Run(planned.ID))
		o, err := reader.read(dir.Run(planned.ID))
		if err != nil {
			_, noFolder := os.Stat(string(dir.Run(planned.ID)))
			_, noManifest := os.Stat(dir.Run(planned.ID).Manifest())
			complete := planned.State == rundir.Complete && !held
			if complete && noFolder != nil {
				r.Missing = append(r.Missing, planned.ID)
				continue
			}
			if complete || noManifest == nil || !errors.Is(err, fs.ErrNotExist) {
				r.Problems = append(r.Problems, lost(err))
				continue
			}
		}
		if (err != nil || o.record.Start == nil) && study.StateOf(planned, stateOf(o), held) == rundir.NotStarted {
			r.NotStarted = append(r.NotStarted, planned.ID)
		}
		if err != nil {
			continue
		}
		outcomes[planned.ID] = o
		r.Metric = o.config.Stop.Metric
		if o.record.Start == nil {
			continue
		}
		o.manifest.Parent = planned.Parent // a reused run's manifest names its first parent
		o.strategy, o.fraction, o.set = planned.Strategy, planned.Fraction, planned.Set
		o.plan = plan
		r.Arms = append(r.Arms, o.arm(outcomes))
		if o.manifest.Arm == rundir.ERM && slices.Contains(o.config.Arms.Run, rundir.EarlyERM) {
			if early, ok := o.stoppedEarly(); ok {
				r.Arms = append(r.Arms, early.arm(outcomes))
			}
		}
	}
	if len(r.Arms) == 0 && len(r.Problems) > 0 {
		return nil, errors.Join(r.Problems...)
	}
	r.setReferenceCompute(outcomes)
	reader.compare(r, outcomes)
	return r, nil
}

// lost returns the error of a file that cannot be read, in plain words if it is missing.
func lost(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: restore it from a copy", at.Path)
	}
	return err
}

// planOf returns the config of an experiment, or nil if it cannot be parsed, which leaves the compute of some launches unknown.
func planOf(dir rundir.StudyDir, study rundir.Study) *configs.Config {
	plan, err := configs.Parse(dir.Study(), study.Config, "")
	if err != nil {
		return nil
	}
	return &plan
}

// setReferenceCompute sets the compute of references: their size relative to a main model, where there is one.
func (r *Report) setReferenceCompute(outcomes map[string]*outcome) {
	main := slices.IndexFunc(r.Arms, func(a Arm) bool { return a.Arm != rundir.Reference && outcomes[a.Run].model.Layers > 0 })
	for i := range r.Arms {
		a := &r.Arms[i]
		if a.Arm != rundir.Reference {
			continue
		}
		a.Compute, a.ComputeTotal = 0, 0
		if main >= 0 {
			a.Compute, a.ComputeTotal, _ = ratio(outcomes[a.Run], outcomes[r.Arms[main].Run])
		}
	}
}

// ratio returns a reference's size relative to the main model. It is known once both have saved a model.
func ratio(reference, main *outcome) (body, total float64, known bool) {
	if reference.model.Layers == 0 || main.model.Layers == 0 {
		return 0, 0, false
	}
	body, total = cost.Ratio(reference.model, main.model)
	return body, total, true
}

// OfRun reports on one run, with the compute of the run that its selection came from.
func (reader *Reader) OfRun(dir rundir.Dir) (*Report, error) {
	reader.begin()
	o, err := reader.read(dir)
	if err != nil {
		return nil, err
	}
	if o.record.Start == nil {
		return nil, fmt.Errorf("%s: the run has not started", dir)
	}
	if o.manifest.Arm.Selects() {
		if s, err := dir.ReadSelection(); err == nil { // else the arm's name is without its fraction
			o.strategy, o.fraction = s.Strategy, s.Fraction
		}
	}
	if s := rundir.StudyDir(dir.Sibling(o.manifest.Study)); o.manifest.Study != "" {
		if study, err := s.ReadStudy(); err == nil {
			o.plan = planOf(s, study)
		}
	}
	outcomes := map[string]*outcome{o.manifest.ID: o}
	if id := o.manifest.Parent; id != "" {
		parent, err := reader.read(dir.Sibling(id))
		if err != nil {
			return nil, fmt.Errorf("read the reference of %s: %w", dir, err)
		}
		outcomes[id] = parent
	}
	r := &Report{Name: dir.ID(), Metric: o.config.Stop.Metric, Arms: []Arm{o.arm(outcomes)}}
	r.setReferenceCompute(outcomes)
	reader.compare(r, outcomes)
	return r, nil
}

// outcome holds what a report needs of a run directory.
type outcome struct {
	dir      rundir.Dir
	manifest rundir.Manifest
	strategy string  // of its selection, by the plan if there is one
	fraction float64 // of its selection, by the plan if there is one
	set      map[string]string
	plan     *configs.Config // the experiment's; nil = not known
	config   configs.Config
	model    spec.Spec // empty before the run has saved a model
	unknown  string    // why the FLOPs of an outside run are not known
	state    string
	record   rundir.Record
	steps    int // taken
	baseline map[string]Score
}

// stateOf returns the state of a run, or of none.
func stateOf(o *outcome) string {
	if o == nil {
		return rundir.Pending
	}
	return o.state
}

func (reader *Reader) read(dir rundir.Dir) (*outcome, error) {
	manifest, err := dir.ReadManifest()
	if err != nil {
		return nil, err
	}
	manifest.ID = dir.ID() // the directory may have been renamed
	o := &outcome{dir: dir, manifest: manifest, set: manifest.Set, baseline: map[string]Score{}}
	o.config, err = configs.OfRun(dir)
	if errors.Is(err, fs.ErrNotExist) && manifest.Open() {
		o.config, err = configs.Config{Stop: configs.Stop{Metric: "accuracy"}}, nil
	}
	if err != nil {
		return nil, err
	}
	locked := rundir.Locked(dir) // before the log: a process that ends between the two has logged its finish
	if o.record, err = rundir.ReadRecord(dir); err != nil {
		return nil, err
	}
	o.state = o.record.Status(locked).State
	if n := len(o.record.Totals); n > 0 {
		o.steps = o.record.Totals[n-1].Step
	}
	if o.record.Start == nil {
		return o, nil
	}
	if o.model, err = ModelOf(dir); err != nil {
		return nil, err
	}
	if manifest.Engine == rundir.Outside {
		reckoner := NewReckoner(dir, &manifest)
		reckoner.Record(&o.record)
		o.model, o.unknown = reckoner.Model(), reckoner.Reason
	}
	for _, e := range o.record.Evaluations {
		if _, ok := o.baseline[e.Set]; ok {
			continue
		}
		scores, err := reader.baseline(dir, e.Set, len(manifest.Labels))
		if err != nil {
			return nil, err
		}
		o.baseline[e.Set] = score(&e.Evaluation, scores)
	}
	return o, nil
}

// ModelOf returns the Spec of the model that a run has saved, empty before it has saved one.
func ModelOf(dir rundir.Dir) (spec.Spec, error) {
	steps, err := dir.CheckpointSteps()
	if err != nil {
		return spec.Spec{}, err
	}
	for _, step := range slices.Backward(steps) {
		path := filepath.Join(dir.Checkpoint(step), "config.json")
		text, err := disk.ReadFile(path)
		if err != nil {
			continue
		}
		if file, err := spec.Parse(path, text); err == nil { // else try an older one
			return file.Spec, nil
		}
	}
	return spec.Spec{}, nil
}

func score(set *rundir.Evaluation, scores metric.Scores) Score {
	return Score{set.SetKind, set.Use, scores.Accuracy, scores.MacroF1, scores.Loss}
}

// stopping replays early stopping over the log with a patience, and returns the validations that it uses.
func (o *outcome) stopping(patience int) (metric.Stopping, []metric.Validation) {
	list := o.record.Validations(o.config.Stop.Metric)
	return metric.Stop(list, patience, o.config.Stop.Metric == "loss"), list
}

// stoppedEarly returns an ERM run as it would have been with early stopping.
func (o *outcome) stoppedEarly() (*outcome, bool) {
	stopping, list := o.stopping(o.config.Stop.Patience)
	if len(list) == 0 || !stopping.HasStop {
		return nil, false
	}
	early := *o
	early.manifest.Arm = rundir.EarlyERM
	if stopping.Stop {
		early.steps = list[stopping.StopAt].Step
	}
	later := func(e rundir.Scored) bool { return e.Step > early.steps }
	early.record.Evaluations = slices.DeleteFunc(slices.Clone(o.record.Evaluations), later)
	return &early, true
}

// arm makes the row. outcomes are the runs by ID; the run's reference is looked up among them.
func (o *outcome) arm(outcomes map[string]*outcome) Arm {
	maxSteps := o.record.Start.MaxSteps
	a := Arm{
		Arm: o.manifest.Arm, Run: o.manifest.ID, Seed: o.manifest.Seed, State: o.state, Strategy: o.strategy, Fraction: o.fraction, Set: o.set,
		Examples: o.record.Start.Examples, Steps: o.steps, MaxSteps: maxSteps, Baseline: o.baseline, plain: o.plainSteps(outcomes),
	}
	if o.manifest.Role == rundir.Reference {
		a.Arm = rundir.Reference
	}
	body, total, known := 0.0, 0.0, true
	if reference := outcomes[o.manifest.Parent]; reference != nil && o.manifest.Parent != "" {
		body, total, known = ratio(reference, o)
		a.FLOPs, _ = reference.spentAt(reference.steps)
		a.Uncounted = reference.unknown
	}
	if known && a.plain > 0 {
		fraction := float64(o.steps) / a.plain
		a.Compute, a.ComputeTotal = cost.Compute(body, fraction), cost.Compute(total, fraction)
	}
	flops, seconds := o.spentAt(o.steps)
	a.FLOPs += flops
	a.Seconds = seconds
	if o.unknown != "" {
		a.Uncounted = o.unknown
	}
	if a.Uncounted != "" {
		a.FLOPs = 0 // a part of the sum would look like the whole
	}
	best, last := 0, 0
	if stopping, list := o.stopping(0); stopping.Best >= 0 {
		best = list[stopping.Best].Step
	}
	for _, e := range o.record.Evaluations {
		last = e.Step
		a.EvaluationFLOPs += e.FLOPs
	}
	a.ScoredAt = last
	other := best
	if o.manifest.Role == rundir.Main && o.manifest.Arm.StopsEarly() && best > 0 {
		a.ScoredAt, other = best, last
	}
	a.Scores, a.Last = o.scoresAt(a.ScoredAt), o.scoresAt(other)
	return a
}

// plainSteps returns the arm's PlainSteps. A run without a parent, and a parent that selects nothing, train on all examples.
func (o *outcome) plainSteps(outcomes map[string]*outcome) float64 {
	own := false
	for _, key := range []string{"main.train.max_steps", "main.train.epochs", "main.train.batch_size"} {
		own = own || o.set[key] != ""
	}
	switch {
	case !own:
		return float64(o.record.Start.MaxSteps)
	case o.plan == nil:
		return 0
	}
	all := o
	if parent := outcomes[o.manifest.Parent]; parent != nil && parent.record.Start != nil {
		all = parent
	}
	usual := o.plan.Main.Train
	sequences := o.plan.FullSteps(usual, all.record.Start.Examples) * usual.BatchSize
	return float64(sequences) / float64(max(o.config.Main.Train.BatchSize, 1))
}

// spentAt returns the training FLOPs and seconds up to a step. Each step at which an evaluation follows ends a step event.
func (o *outcome) spentAt(step int) (flops, seconds float64) {
	for _, totals := range o.record.Totals {
		if totals.Step <= step {
			flops, seconds = totals.FLOPs, totals.Seconds
		}
	}
	return flops, seconds
}

func (o *outcome) scoresAt(step int) map[string]Score {
	scores := map[string]Score{}
	for _, e := range o.record.Evaluations {
		if e.Step == step {
			scores[e.Set] = score(&e.Evaluation, e.Scores())
		}
	}
	return scores
}

// value returns the score with a config's name.
func (s Score) value(name string) float64 {
	return metric.Scores{Accuracy: s.Accuracy, MacroF1: s.MacroF1, Loss: s.Loss}.Value(name)
}
