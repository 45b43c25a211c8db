package rundir

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// bodies has one body of each kind, with all fields set.
var bodies = []Body{
	&Start{
		PID: 7, Host: "h", MaxSteps: 100, StepsPerEpoch: 25, Epochs: 4, Examples: 800, BatchSize: 32,
		EvaluationSteps: []int{8, 16}, Threads: 2,
	},
	&Resume{PID: 8, Host: "h", Threads: 2, Checkpoint: "checkpoints/step-50"},
	&Steps{Losses: []float32{1.5, 0.1}, LearningRate: 5e-5, GradientNorm: 1e-7, Tokens: 1 << 40, Seconds: 1.25, FLOPs: 1e21},
	&Evaluation{
		Set: "sick", SetKind: "ood", Use: "test", Index: 3, Examples: 10,
		Accuracy: 0.5, MacroF1: 0.25, Loss: 1, Tokens: 5, FLOPs: 2, Seconds: 3,
	},
	&Epoch{Epoch: 2},
	&Checkpoint{Path: "checkpoints/step-50", Best: true, Last: true},
	&Control{ID: "a", Action: "stop", Answer: "stopping"},
	&Warning{Message: "line\nbreak \"quoted\" ü", GUIDs: []string{"g1", "g,2"}},
	&Heartbeat{},
	&Finish{
		Status: Complete, Message: "m", GUIDs: []string{"g"}, StoppedEarly: true, BestStep: 4,
		Tokens: 9, TrainFLOPs: 1, EvaluationFLOPs: 2, Seconds: 3,
	},
}

func TestEventsSurviveTheLog(t *testing.T) {
	for _, body := range bodies {
		event := Event{Seq: 3, Attempt: 2, Time: time.Date(2026, 1, 2, 3, 4, 5, 60, time.UTC), Kind: body.Kind(), Step: 9, Body: body}
		line, err := event.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !reflect.DeepEqual(back, event) {
			t.Errorf("%s\nis read as %+v, want %+v", line, back, event)
		}
	}
}

func TestEventLine(t *testing.T) {
	event := Event{Seq: 1, Attempt: 1, Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), Step: 12, Body: &Steps{
		Losses:       []float32{0.1, float32(math.NaN()), float32(math.Inf(1))},
		GradientNorm: math.Inf(-1), LearningRate: math.NaN(), Tokens: 3,
	}}
	line, err := event.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"seq":1,"attempt":1,"time":"2026-01-02T03:04:05.000006000Z","kind":"step","step":12,` +
		`"losses":[0.1,null,null],"learning_rate":null,"gradient_norm":null,"tokens":3,"seconds":0,"flops":0}`
	if string(line) != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
	var back Event
	if err := json.Unmarshal(line, &back); err != nil {
		t.Fatal(err)
	}
	steps := back.Body.(*Steps)
	if steps.Losses[0] != 0.1 || steps.Losses[1] == steps.Losses[1] || !math.IsNaN(steps.GradientNorm) || !math.IsNaN(steps.LearningRate) {
		t.Errorf("null is read as %+v, want NaN", steps)
	}
}

func TestEventReader(t *testing.T) {
	tests := []struct {
		name, line string
		want       Event
		err        string
	}{
		{"unknown kind", `{"seq":4,"kind":"lunch","step":2,"menu":["soup"]}`,
			Event{Seq: 4, Kind: "lunch", Step: 2, Raw: []byte(`{"seq":4,"kind":"lunch","step":2,"menu":["soup"]}`)}, ""},
		{"unknown key", `{"seq":4,"kind":"epoch","epoch":1,"mood":{"a":[1]}}`, Event{Seq: 4, Kind: "epoch", Body: &Epoch{Epoch: 1}}, ""},
		{"key left out", `{"seq":4,"kind":"checkpoint","path":"p"}`, Event{Seq: 4, Kind: "checkpoint", Body: &Checkpoint{Path: "p"}}, ""},
		{"null list", `{"kind":"warning","message":"m","guids":null}`, Event{Kind: "warning", Body: &Warning{Message: "m"}}, ""},
		{"no kind", `{"seq":4}`, Event{}, "no kind"},
		{"wrong type", `{"kind":"epoch","epoch":"one"}`, Event{}, "epoch"},
		{"not an object", `[1]`, Event{}, "array"},
		{"zeros", "\x00\x00", Event{}, "invalid character"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var event Event
			err := json.Unmarshal([]byte(test.line), &event)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(event, test.want) {
				t.Fatalf("got %+v, %v, want %+v", event, err, test.want)
			}
		})
	}
}

func TestUnknownEventIsWrittenAsRead(t *testing.T) {
	line := `{"seq":4,"kind":"lunch","step":2,"menu":["soup"]}`
	var event Event
	if err := json.Unmarshal([]byte(line), &event); err != nil {
		t.Fatal(err)
	}
	if back, err := json.Marshal(event); err != nil || string(back) != line {
		t.Errorf("got %s, %v", back, err)
	}
	if _, err := json.Marshal(Event{Kind: "lunch"}); err == nil {
		t.Error("an event without body or line was written")
	}
}

func at(attempt, step int, body Body) Event {
	return Event{Attempt: attempt, Kind: body.Kind(), Step: step, Body: body}
}

func steps(attempt, step int, losses ...float32) Event {
	return at(attempt, step, &Steps{Losses: losses})
}

func TestCurrent(t *testing.T) {
	start, resume, finish := &Start{}, &Resume{}, &Finish{}
	tests := []struct {
		name       string
		logged     []Event
		want       []Event
		unchanging int // the index of an event of logged that Current must not change, with 3 losses
	}{
		{"one attempt", []Event{at(1, 0, start), steps(1, 2, 1, 2)}, []Event{at(1, 0, start), steps(1, 2, 1, 2)}, -1},
		{"resumed", []Event{at(1, 0, start), steps(1, 2, 1, 2), steps(1, 4, 3, 4), at(2, 2, resume), steps(2, 3, 9)},
			[]Event{at(1, 0, start), steps(1, 2, 1, 2), at(2, 2, resume), steps(2, 3, 9)}, -1},
		{"steps across the resume", []Event{at(1, 0, start), steps(1, 3, 1, 2, 3), at(2, 2, resume)},
			[]Event{at(1, 0, start), steps(1, 2, 1, 2), at(2, 2, resume)}, 1},
		{"resumed twice, farther back",
			[]Event{at(1, 0, start), steps(1, 4, 1, 2, 3, 4), at(2, 4, resume), steps(2, 5, 5), at(3, 1, resume), steps(3, 2, 7)},
			[]Event{at(1, 0, start), steps(1, 1, 1), at(3, 1, resume), steps(3, 2, 7)}, -1},
		{"resumed twice, farther on", []Event{at(1, 0, start), steps(1, 2, 1, 2), at(2, 1, resume), steps(2, 2, 5), at(3, 2, resume)},
			[]Event{at(1, 0, start), steps(1, 1, 1), at(2, 1, resume), steps(2, 2, 5), at(3, 2, resume)}, -1},
		{"started over", []Event{at(1, 0, start), steps(1, 1, 1), at(1, 1, finish), at(2, 0, start), steps(2, 1, 3)},
			[]Event{at(2, 0, start), steps(2, 1, 3)}, -1},
		{"extreme steps", []Event{at(1, math.MinInt, finish), steps(1, math.MaxInt, 1), at(2, math.MinInt, resume)},
			[]Event{at(1, math.MinInt, finish), at(2, math.MinInt, resume)}, -1},
		{"empty", nil, nil, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Current(test.logged); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if i := test.unchanging; i >= 0 && len(test.logged[i].Body.(*Steps).Losses) != 3 {
				t.Error("the logged events were changed")
			}
		})
	}
}
