package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"ftft/internal/disk"
	"ftft/train/cost"
	"ftft/train/nn/spec"
	"ftft/train/rundir"
)

// A Reckoner reckons the FLOPs of an outside run, whose trainer logs none, from the sizes of its model and the tokens in its log. It
// takes all sequences as long as their mean, which counts a little less than their own lengths would.
type Reckoner struct {
	Reason string // why the FLOPs are not known; empty = they are

	model spec.Spec
	batch int
}

// NewReckoner returns the reckoner of a run, by the config.json of its newest checkpoint or else of the folder of its model.
func NewReckoner(dir rundir.Dir, m *rundir.Manifest) *Reckoner {
	k := &Reckoner{Reason: "neither a checkpoint nor the folder of its model has a config.json, which tells the sizes of the model"}
	steps, _ := dir.CheckpointSteps() // without them the folder of the model remains
	var folders []string
	for _, step := range slices.Backward(steps) {
		folders = append(folders, dir.Checkpoint(step))
	}
	if filepath.IsAbs(m.Model) {
		folders = append(folders, m.Model)
	}
	for _, folder := range folders {
		path := filepath.Join(folder, "config.json")
		text, err := disk.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			k.Reason = err.Error()
			continue
		}
		file, err := spec.Parse(path, text)
		if err == nil {
			k.model, k.Reason = file.Spec, ""
			return k
		}
		var of struct {
			Type string `json:"model_type"`
		}
		if json.Unmarshal(text, &of) == nil && of.Type != "" && !slices.Contains(spec.Families(), of.Type) {
			k.Reason = fmt.Sprintf("ftft does not know the FLOPs of models of the type %s", of.Type)
		} else {
			k.Reason = err.Error()
		}
		return k
	}
	return k
}

// Known reports whether the sizes of the model are known.
func (k *Reckoner) Known() bool { return k.model.Layers > 0 }

// Model returns the sizes of the model, empty if they are not known.
func (k *Reckoner) Model() spec.Spec { return k.model }

// Events sets the FLOPs of events in which the trainer has logged tokens and no FLOPs. Those of a run come in their order.
func (k *Reckoner) Events(events []rundir.Event) {
	for _, event := range events {
		switch body := event.Body.(type) {
		case *rundir.Start:
			k.batch = body.BatchSize
		case *rundir.Steps:
			k.training(event.Step, body)
		case *rundir.Evaluation:
			k.evaluation(body)
		}
	}
}

// Record sets the FLOPs of a record that nothing else holds, in place.
func (k *Reckoner) Record(record *rundir.Record) {
	if record.Start != nil {
		k.batch = record.Start.BatchSize
	}
	for i := range record.Totals {
		k.training(record.Totals[i].Step, &record.Totals[i].Steps)
		record.Steps.FLOPs = record.Totals[i].FLOPs
	}
	for i := range record.Evaluations {
		k.evaluation(&record.Evaluations[i].Evaluation)
	}
	if len(record.Totals) == 0 {
		k.Reason = ""
	}
}

func (k *Reckoner) training(step int, totals *rundir.Steps) {
	if totals.Tokens == 0 && totals.FLOPs == 0 && k.Reason == "" {
		k.Reason = "its trainer logs no tokens"
	}
	if sequences := float64(step * k.batch); totals.FLOPs == 0 && totals.Tokens > 0 && k.Known() && sequences > 0 {
		totals.FLOPs = sequences * cost.Sequence(k.model, float64(totals.Tokens)/sequences)
	}
	if totals.FLOPs > 0 { // by this program, or by the trainer
		k.Reason = ""
	}
}

func (k *Reckoner) evaluation(e *rundir.Evaluation) {
	if n := int64(e.Examples); e.FLOPs == 0 && e.Tokens > 0 && n > 0 && k.Known() {
		e.FLOPs = cost.Forward(k.model, n, e.Tokens, e.Tokens*e.Tokens/n)
	}
}
