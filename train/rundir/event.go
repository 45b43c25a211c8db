package rundir

import "time"

// Event is one line of events.jsonl: a flat JSON object with seq, attempt, time, kind and step, followed by the
// keys of its body.
type Event struct {
	Seq     int64     // counts the log's lines from 1, over all attempts
	Attempt int       // counts from 1; resuming a run raises it
	Time    time.Time // when it was written, by the writer's clock
	Kind    string    // the body's kind; kept for kinds that this version does not know
	Step    int       // optimiser steps done
	Body    Body      // nil for a kind that this version does not know
	Raw     []byte    // the whole line, for a kind that this version does not know; else nil
}

// Body is what an event says beyond its head: one of *Start, *Resume, *Steps, *Evaluation, *Epoch, *Checkpoint,
// *Control, *Warning, *Heartbeat and *Finish. Floats that are NaN or infinite are written as null and read as NaN;
// a key that is absent is read as zero, a key that is not known is passed over.
type Body interface{ Kind() string }

// Start opens a run at step 0. A later attempt that starts over takes the place of all before it.
type Start struct {
	PID             int    `json:"pid"`
	Host            string `json:"host"`
	MaxSteps        int    `json:"max_steps"`        // the budget
	StepsPerEpoch   int    `json:"steps_per_epoch"`  // of what the run trains on
	Epochs          int    `json:"epochs"`           // over what it trains on, the last perhaps cut short
	Examples        int    `json:"examples"`         // that it trains on
	BatchSize       int    `json:"batch_size"`       // examples a step
	EvaluationSteps []int  `json:"evaluation_steps"` // an evaluation follows each of these steps
	Threads         int    `json:"threads"`
}

// Resume goes on from the event's step; what earlier attempts logged beyond that step no longer counts.
type Resume struct {
	PID        int    `json:"pid"`
	Host       string `json:"host"`
	Threads    int    `json:"threads"`
	Checkpoint string `json:"checkpoint"` // what it goes on from, relative to the run directory
}

// Steps holds the steps since the last event of its kind, up to its own step: the first loss is that of step
// Event.Step - len(Losses) + 1. The totals are those of the whole run, earlier attempts included.
type Steps struct {
	Losses       []float32 `json:"losses"`        // mean cross-entropy of each step's batch, nats
	LearningRate float64   `json:"learning_rate"` // of the last of the steps
	GradientNorm float64   `json:"gradient_norm"` // of the last of the steps, before clipping
	Tokens       int64     `json:"tokens"`        // trained on so far, no padding
	Seconds      float64   `json:"seconds"`       // spent in training steps so far
	FLOPs        float64   `json:"flops"`         // spent in training steps so far
}

// Evaluation is the outcome of one evaluation on one set. Its logits are at Dir.EvalLogits(Set, Event.Step).
type Evaluation struct {
	Set      string  `json:"set"`
	SetKind  string  `json:"set_kind"` // id | ood
	Use      string  `json:"use"`      // validation | test
	Index    int     `json:"index"`    // of the evaluation, from 1; the sets of one evaluation share it
	Examples int     `json:"examples"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Loss     float64 `json:"loss"`    // mean cross-entropy, nats
	Tokens   int64   `json:"tokens"`  // of this pass over this set
	FLOPs    float64 `json:"flops"`   // of this pass
	Seconds  float64 `json:"seconds"` // of this pass
	Hash     string  `json:"hash"`    // SHA-256 of the logits' file, hexadecimal
}

// Epoch says that an epoch is complete: the rows trained on are all in Dir.Epoch(Epoch), and on the disk.
type Epoch struct {
	Epoch int    `json:"epoch"` // from 0
	Hash  string `json:"hash"`  // SHA-256 of the file, hexadecimal
}

// Checkpoint says that a model was saved.
type Checkpoint struct {
	Path string `json:"path"` // relative to the run directory
	Best bool   `json:"best"`
	Last bool   `json:"last"`
}

// Control answers a request.
type Control struct {
	ID     string `json:"id"`     // the request's
	Action string `json:"action"` // the request's
	Answer string `json:"answer"` // what was done, or why nothing was
}

// Warning is something that a user should know and that does not end the run.
type Warning struct {
	Message string   `json:"message"`
	GUIDs   []string `json:"guids"` // the examples that it is about, if any
	Waits   bool     `json:"waits"` // the run takes no steps until it has logged something else
}

// Heartbeat says that the writer is alive. It is due every HeartbeatEvery, for readers on other hosts.
type Heartbeat struct{}

// Finish closes an attempt.
type Finish struct {
	Status          string   `json:"status"`        // complete | stopped | interrupted | failed
	Message         string   `json:"message"`       // why, where the status does not say it
	GUIDs           []string `json:"guids"`         // the batch that failed, if one did
	StoppedEarly    bool     `json:"stopped_early"` // early stopping ended it; the status is complete
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

// newBody gives an empty body of a kind, nil for an unknown one.
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

// Current drops what a later attempt has superseded: events beyond the step at which it resumed, and everything
// before a later start. A step event that reaches across a resume is cut at it, and what a user has noted stays, with the
// step of the resume. Events stay in their order; the slice given is not changed. ReadEvents gives current events; a
// reader that follows a Tail applies this.
func Current(events []Event) []Event {
	const everything = int(^uint(0) >> 1)
	limit, over := everything, false // what later attempts have left of the events before
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
