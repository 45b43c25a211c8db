package train

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"ftft/internal/disk"
	"ftft/train/metric"
)

// stateFile is a checkpoint's file that holds its state.
const stateFile = "state.json"

// state is the progress of a run: state.json of a checkpoint.
type state struct {
	Step            int                 `json:"step"`  // optimiser steps done
	Epoch           int                 `json:"epoch"` // from 0, that of the next step
	Tokens          int64               `json:"tokens"`
	Best            int                 `json:"best"` // step of the best checkpoint; 0 = none
	Last            int                 `json:"last"` // step of the newest checkpoint, which is this one
	Seconds         float64             `json:"seconds"`
	FLOPs           float64             `json:"train_flops"`
	EvaluationFLOPs float64             `json:"evaluation_flops"`
	Validations     []metric.Validation `json:"validations"`          // the input of early stopping
	Evaluating      bool                `json:"evaluating,omitempty"` // the evaluation after Step is not complete
	Dynamics        string              `json:"dynamics,omitempty"`   // SHA-256 of the running epoch's file at this time, hexadecimal
	LogBytes        int64               `json:"log_bytes,omitempty"`  // length of the log at this time
	LogHash         string              `json:"log_hash,omitempty"`   // SHA-256 of those bytes, hexadecimal
}

// readState reads the state of a checkpoint that rundir.Verify accepts.
func readState(folder string) (s state, err error) {
	data, err := disk.ReadFile(filepath.Join(folder, stateFile))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("%s: %w", filepath.Join(folder, stateFile), err)
	}
	return s, nil
}
