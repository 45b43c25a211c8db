// Package report reads run directories and makes of them what a user wants to see at the end: the table of arms.
package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ftft/configs"
	"ftft/train/cost"
	"ftft/train/metric"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
)

// A Report compares the arms of a study, or is about one run.
type Report struct {
	Name   string `json:"name"`
	Metric string `json:"metric"` // the score that the tables show: the one that decides early stopping
	Arms   []Arm  `json:"arms"`   // the reference first
}

// An Arm is one row: a run, or erm's log read as if it had stopped early.
type Arm struct {
	Arm      rundir.Arm `json:"arm"` // "reference" for the reference
	Run      string     `json:"run"`
	Seed     int64      `json:"seed"`
	State    string     `json:"state"`
	Examples int        `json:"examples"`  // trained on
	Steps    int        `json:"steps"`     // optimiser steps taken, up to where the run stopped
	MaxSteps int        `json:"max_steps"` // the budget
	ScoredAt int        `json:"scored_at"` // the step of the evaluation whose scores are given

	// Compute is in fractions of plain fine-tuning of the main model over the whole budget, in the paper's way: the
	// reference's share by parameters plus the fraction of steps taken. Parameters are counted without embedding tables;
	// ComputeTotal counts them all. Of the reference itself it is its share alone. 0 = not known yet.
	Compute         float64 `json:"compute"`
	ComputeTotal    float64 `json:"compute_total_parameters"`
	FLOPs           float64 `json:"flops"`            // of training on real tokens, with the reference's
	EvaluationFLOPs float64 `json:"evaluation_flops"` // of this run's evaluations
	Seconds         float64 `json:"seconds"`          // spent in this run's training steps

	Scores   map[string]Score `json:"scores"`   // by evaluation set
	Last     map[string]Score `json:"other"`    // at the other evaluation: the last one where Scores are the best one's, and the other way round
	Baseline map[string]Score `json:"baseline"` // of always predicting the majority class of the training set
}

// A Score is how an arm did on one evaluation set.
type Score struct {
	Kind     string  `json:"kind"` // id | ood
	Use      string  `json:"use"`  // validation | test
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Loss     float64 `json:"loss"`
}

// OfStudy reports on the runs of a study that have begun.
func OfStudy(dir rundir.StudyDir) (*Report, error) {
	study, err := dir.ReadStudy()
	if err != nil {
		return nil, err
	}
	r := &Report{Name: study.Name}
	begun := map[string]*outcome{}
	for _, planned := range study.Runs {
		if begun[planned.ID] != nil {
			continue // an order that came to the same run
		}
		o, err := read(dir.Run(planned.ID))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		begun[planned.ID] = o
		r.Metric = o.config.Stop.Metric
		if o.start == nil {
			continue
		}
		o.manifest.Parent = planned.Parent // of a run that is used again the plan has the last word
		r.Arms = append(r.Arms, o.arm(begun))
		if o.manifest.Arm == rundir.ERM && slices.Contains(o.config.Arms.Run, rundir.EarlyERM) {
			if early, ok := o.stoppedEarly(); ok {
				r.Arms = append(r.Arms, early.arm(begun))
			}
		}
	}
	r.shares(begun)
	return r, nil
}

// shares gives references their compute: their size in main models, which takes a main model to say.
func (r *Report) shares(runs map[string]*outcome) {
	main := slices.IndexFunc(r.Arms, func(a Arm) bool { return a.Arm != rundir.Reference && runs[a.Run].model.Layers > 0 })
	for i := range r.Arms {
		a := &r.Arms[i]
		if a.Arm != rundir.Reference {
			continue
		}
		a.Compute, a.ComputeTotal = 0, 0
		if main >= 0 {
			a.Compute, a.ComputeTotal, _ = ratio(runs[a.Run], runs[r.Arms[main].Run])
		}
	}
}

// ratio is a reference's size in main models, once both have saved a model: before, nobody knows it.
func ratio(reference, main *outcome) (body, total float64, known bool) {
	if reference.model.Layers == 0 || main.model.Layers == 0 {
		return 0, 0, false
	}
	body, total = cost.Ratio(reference.model, main.model)
	return body, total, true
}

// OfRun reports on one run, and on the one that its selection came from.
func OfRun(dir rundir.Dir) (*Report, error) {
	o, err := read(dir)
	if err != nil {
		return nil, err
	}
	if o.start == nil {
		return nil, fmt.Errorf("%s: the run has not begun", dir)
	}
	others := map[string]*outcome{o.manifest.ID: o}
	if id := o.manifest.Parent; id != "" {
		parent, err := read(dir.Sibling(id))
		if err != nil {
			return nil, fmt.Errorf("the run that %s was selected by: %w", dir, err)
		}
		others[id] = parent
	}
	r := &Report{Name: dir.ID(), Metric: o.config.Stop.Metric, Arms: []Arm{o.arm(others)}}
	r.shares(others)
	return r, nil
}

// An outcome is what a run directory says about a run.
type outcome struct {
	manifest    rundir.Manifest
	config      configs.Config
	model       spec.Spec
	state       string
	start       *rundir.Start
	steps       []rundir.Event // step events
	evaluations []rundir.Event
	taken       int // steps
	baseline    map[string]Score
}

func read(dir rundir.Dir) (*outcome, error) {
	manifest, err := dir.ReadManifest()
	if err != nil {
		return nil, err
	}
	manifest.ID = dir.ID() // by which it is found, should it have been renamed
	o := &outcome{manifest: manifest, baseline: map[string]Score{}}
	if o.config, err = configs.Load(dir.Config()); err != nil {
		return nil, err
	}
	events, err := rundir.ReadEvents(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		switch body := e.Body.(type) {
		case *rundir.Start:
			o.start = body
		case *rundir.Steps:
			o.steps, o.taken = append(o.steps, e), e.Step
		case *rundir.Evaluation:
			o.evaluations = append(o.evaluations, e)
		}
	}
	status, err := dir.Status()
	if err != nil {
		return nil, err
	}
	o.state = status.State
	if o.start == nil {
		return o, nil
	}
	if o.model, err = ModelOf(dir); err != nil {
		return nil, err
	}
	return o, o.readBaseline(dir)
}

// ModelOf is the Spec of the model that a run has saved; a run that has saved none yet gives an empty one.
func ModelOf(dir rundir.Dir) (spec.Spec, error) {
	steps, err := dir.CheckpointSteps()
	if err != nil {
		return spec.Spec{}, err
	}
	for _, step := range slices.Backward(steps) {
		text, err := os.ReadFile(filepath.Join(dir.Checkpoint(step), "config.json"))
		if err != nil {
			continue
		}
		if s, err := spec.Parse(text); err == nil { // a damaged one has others beside it
			return s, nil
		}
	}
	return spec.Spec{}, nil
}

// readBaseline scores the constant that predicts the training set's most frequent class.
func (o *outcome) readBaseline(dir rundir.Dir) error {
	examples, err := rundir.ReadExamples(dir.Examples())
	if err != nil {
		return err
	}
	classes := len(o.manifest.Labels)
	for _, e := range o.evaluations {
		set := e.Body.(*rundir.Evaluation)
		if _, ok := o.baseline[set.Set]; ok {
			continue
		}
		of, err := rundir.ReadExamples(dir.EvalExamples(set.Set))
		if err != nil {
			return err
		}
		scores := metric.Constant(metric.Majority(golds(examples), classes), golds(of), classes)
		o.baseline[set.Set] = Score{set.SetKind, set.Use, scores.Accuracy, scores.MacroF1, scores.Loss}
	}
	return nil
}

func golds(examples []rundir.ExampleRecord) []int32 {
	list := make([]int32, len(examples))
	for i, e := range examples {
		list[i] = int32(e.Gold)
	}
	return list
}

// stopping replays early stopping over the log, with a patience.
func (o *outcome) stopping(patience int) (metric.Stopping, []metric.Validation) {
	var sets []metric.Validation
	for _, e := range o.evaluations {
		set := e.Body.(*rundir.Evaluation)
		if metric.Validates(set.SetKind, set.Use) {
			scores := metric.Scores{Accuracy: set.Accuracy, MacroF1: set.MacroF1, Loss: set.Loss}
			sets = append(sets, metric.Validation{Step: e.Step, Score: scores.Value(o.config.Stop.Metric)})
		}
	}
	list := metric.Means(sets)
	return metric.Stop(list, patience, o.config.Stop.Metric == "loss"), list
}

// stoppedEarly is an erm run as it would have been with early stopping.
func (o *outcome) stoppedEarly() (*outcome, bool) {
	stopping, list := o.stopping(o.config.Stop.Patience)
	if len(list) == 0 || !stopping.HasStop {
		return nil, false
	}
	early := *o
	early.manifest.Arm = rundir.EarlyERM
	if stopping.Stop {
		early.taken = list[stopping.StopAt].Step
	}
	early.evaluations = slices.DeleteFunc(slices.Clone(o.evaluations), func(e rundir.Event) bool { return e.Step > early.taken })
	return &early, true
}

// arm makes the row. others are the runs by ID among which its reference is.
func (o *outcome) arm(others map[string]*outcome) Arm {
	a := Arm{
		Arm: o.manifest.Arm, Run: o.manifest.ID, Seed: o.manifest.Seed, State: o.state,
		Examples: o.start.Examples, Steps: o.taken, MaxSteps: o.start.MaxSteps, Baseline: o.baseline,
	}
	if o.manifest.Role == rundir.Reference {
		a.Arm = rundir.Reference
	}
	body, total, known := 0.0, 0.0, true
	if reference := others[o.manifest.Parent]; reference != nil && o.manifest.Parent != "" {
		body, total, known = ratio(reference, o)
		a.FLOPs, _ = reference.spentAt(reference.taken)
	}
	fraction := float64(o.taken) / float64(o.start.MaxSteps)
	if known {
		a.Compute, a.ComputeTotal = cost.Compute(body, fraction), cost.Compute(total, fraction)
	}
	flops, seconds := o.spentAt(o.taken)
	a.FLOPs += flops
	a.Seconds = seconds
	best, last := 0, 0
	if stopping, list := o.stopping(0); stopping.Best >= 0 {
		best = list[stopping.Best].Step
	}
	for _, e := range o.evaluations {
		last = e.Step
		a.EvaluationFLOPs += e.Body.(*rundir.Evaluation).FLOPs
	}
	a.ScoredAt = last
	other := best
	if o.manifest.Role == rundir.Main && o.manifest.Arm.StopsEarly() && best > 0 {
		a.ScoredAt, other = best, last
	}
	a.Scores, a.Last = o.scoresAt(a.ScoredAt), o.scoresAt(other)
	return a
}

// spentAt is the training FLOPs and seconds up to a step that ends a step event, as every evaluation's does.
func (o *outcome) spentAt(step int) (flops, seconds float64) {
	for _, e := range o.steps {
		if e.Step <= step {
			body := e.Body.(*rundir.Steps)
			flops, seconds = body.FLOPs, body.Seconds
		}
	}
	return flops, seconds
}

func (o *outcome) scoresAt(step int) map[string]Score {
	scores := map[string]Score{}
	for _, e := range o.evaluations {
		if set := e.Body.(*rundir.Evaluation); e.Step == step {
			scores[set.Set] = Score{set.SetKind, set.Use, set.Accuracy, set.MacroF1, set.Loss}
		}
	}
	return scores
}
