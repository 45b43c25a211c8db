package rundir

import "time"

// Event is one line of events.jsonl: a flat JSON object with seq, attempt, time, kind and step, followed by the
// keys of its body.
type Event struct {
	Seq     int64     // counts the log's lines from 1, over all attempts
	Attempt int       // counts from 1; resuming a run increments it
	Time    time.Time // by the writer's clock
	Kind    string    // the body's kind, also if it is unknown to this version
	Step    int       // optimiser steps done
	Body    Body      // nil for an unknown kind
	Raw     []byte    // the whole line, for an unknown kind; else nil
}

// Body is the content of an event after its head: one of *Start, *Resume, *Steps, *Evaluation, *Epoch, *Checkpoint, *Control,
// *Warning, *Heartbeat and *Finish. NaN and infinity are written as null and read as NaN. An absent key is read as zero, an unknown
// key is ignored.
type Body interface{ Kind() string }

// Start begins a run at step 0. A later Start, of a run that starts over, supersedes everything before it.
type Start struct {
	PID             int    `json:"pid"`
	Host            string `json:"host"`
	MaxSteps        int    `json:"max_steps"`        // the budget
	StepsPerEpoch   int    `json:"steps_per_epoch"`  // over what the run trains on
	Epochs          int    `json:"epochs"`           // over what it trains on; the last may be partial
	Examples        int    `json:"examples"`         // trained on
	BatchSize       int    `json:"batch_size"`       // examples a step
	EvaluationSteps []int  `json:"evaluation_steps"` // an evaluation follows each of these steps
	Threads         int    `json:"threads"`
}

// Resume begins an attempt at the event's step. It supersedes what earlier attempts logged beyond that step.
type Resume struct {
	PID        int    `json:"pid"`
	Host       string `json:"host"`
	Threads    int    `json:"threads"`
	Checkpoint string `json:"checkpoint"` // resumed from, relative to the run directory
}

// Steps holds the losses of the steps since the previous event of its kind, up to its own step: the first loss is that of step
// Event.Step - len(Losses) + 1. The totals cover the whole run, earlier attempts included.
type Steps struct {
	Losses       []float32 `json:"losses"`        // mean cross-entropy of each step's batch, nats
	LearningRate float64   `json:"learning_rate"` // of the last of the steps
	GradientNorm float64   `json:"gradient_norm"` // of the last of the steps, before clipping
	Tokens       int64     `json:"tokens"`        // trained on so far, without padding
	Seconds      float64   `json:"seconds"`       // spent in training steps so far
	FLOPs        float64   `json:"flops"`         // spent in training steps so far
}

// Evaluation is the result of one evaluation on one set. Its logits are in Dir.EvalLogits(Set, Event.Step).
type Evaluation struct {
	Set      string  `json:"set"`
	SetKind  string  `json:"set_kind"` // id | ood
	Use      string  `json:"use"`      // validation | test
	Index    int     `json:"index"`    // of the evaluation, from 1; all its sets have the same
	Examples int     `json:"examples"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Loss     float64 `json:"loss"`    // mean cross-entropy, nats
	Tokens   int64   `json:"tokens"`  // of this pass over this set
	FLOPs    float64 `json:"flops"`   // of this pass
	Seconds  float64 `json:"seconds"` // of this pass
	Hash     string  `json:"hash"`    // SHA-256 of the logits' file, hexadecimal
}

// Epoch marks an epoch as complete: Dir.Epoch(Epoch) holds all rows that are trained on, and is synced to the disk.
type Epoch struct {
	Epoch int    `json:"epoch"` // from 0
	Hash  string `json:"hash"`  // SHA-256 of the file, hexadecimal
}

// Checkpoint is logged when a model has been saved.
type Checkpoint struct {
	Path string `json:"path"` // relative to the run directory
	Best bool   `json:"best"`
	Last bool   `json:"last"`
}

// Control answers a request.
type Control struct {
	ID     string `json:"id"`     // the request's
	Action string `json:"action"` // the request's
	Answer string `json:"answer"` // what the run did, or why it did nothing
}

// Warning is a problem that the user should know of and that does not end the run.
type Warning struct {
	Message string   `json:"message"`
	GUIDs   []string `json:"guids"` // the examples concerned, if any
	Waits   bool     `json:"waits"` // the run takes no steps until it logs another event
}

// Heartbeat tells readers on other hosts that the writer is alive. It is logged every HeartbeatEvery.
type Heartbeat struct{}

// Finish ends an attempt.
type Finish struct {
	Status          string   `json:"status"`        // complete | stopped | interrupted | failed
	Message         string   `json:"message"`       // the reason, if the status does not tell it
	GUIDs           []string `json:"guids"`         // of the batch that failed, if one did
	StoppedEarly    bool     `json:"stopped_early"` // early stopping ended the run; its status is complete
	BestStep        int      `json:"best_step"`     // of the evaluation with the best validation score
	Tokens          int64    `json:"tokens"`        // trained on
	TrainFLOPs      float64  `json:"train_flops"`
	EvaluationFLOPs float64  `json:"evaluation_flops"`
	Seconds         float64  `json:"seconds"` // spent in training steps
}

func (*Start) Kind() string      { return "start" }
func (*Resume) Kind() string     { return "resume" }
func (*Steps) Kind() string      { return "step" }
func (*Evaluation) Kind() string { return "evaluation" }
func (*Epoch) Kind() string      { return "epoch" }
func (*Checkpoint) Kind() string { return "checkpoint" }
func (*Control) Kind() string    { return "control" }
func (*Warning) Kind() string    { return "warning" }
func (*Heartbeat) Kind() string  { return "heartbeat" }
func (*Finish) Kind() string     { return "finish" }

// newBody returns an empty body of a kind, nil for an unknown one.
func newBody(kind string) Body {
	switch kind {
	case "start":
		return new(Start)
	case "resume":
		return new(Resume)
	case "step":
		return new(Steps)
	case "evaluation":
		return new(Evaluation)
	case "epoch":
		return new(Epoch)
	case "checkpoint":
		return new(Checkpoint)
	case "control":
		return new(Control)
	case "warning":
		return new(Warning)
	case "heartbeat":
		return new(Heartbeat)
	case "finish":
		return new(Finish)
	}
	return nil
}

// Current drops the events that a later attempt has superseded: those beyond the step at which it resumed, and all before a later
// start. A step event that extends beyond a resume is cut at its step. Users' notes stay, at the step of the resume. Events keep their
// order, and the given slice is not changed. ReadEvents returns current events; a reader that follows a Tail calls Current, or lets a
// Fold do so.
func Current(events []Event) []Event {
	const everything = int(^uint(0) >> 1)
	limit, over := everything, false // events beyond limit are superseded; if over, all are
	keep := make([]bool, len(events))
	limits := make([]int, len(events))
	for i := len(events) - 1; i >= 0; i-- {
		event := events[i]
		limits[i] = limit
		steps, isSteps := event.Body.(*Steps)
		counts := event.Step <= limit || isSteps && event.Step-len(steps.Losses) < limit
		keep[i] = counts && !over || isNote(event)
		switch event.Kind {
		case "resume":
			limit = min(limit, event.Step)
		case "start":
			limit, over = 0, true
		}
	}
	var current []Event
	for i, event := range events {
		if !keep[i] {
			continue
		}
		if event.Step > limits[i] {
			if steps, ok := event.Body.(*Steps); ok {
				cut := *steps
				cut.Losses = cut.Losses[:len(cut.Losses)-(event.Step-limits[i])]
				event.Body = &cut
			}
			event.Step = limits[i]
		}
		current = append(current, event)
	}
	return current
}

func isNote(event Event) bool {
	control, ok := event.Body.(*Control)
	return ok && control.Action == "note"
}
