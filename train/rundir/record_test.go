package rundir

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"
	"time"

	"ftft/train/metric"
)

// attempts makes a log of a run that was resumed, and once started over, at random steps.
func attempts(random *rand.Rand) []Event {
	var events []Event
	attempt, began := 0, time.Now().Add(-time.Hour)
	add := func(step int, body Body) {
		n := len(events)
		at := began.Add(time.Duration(n) * time.Second)
		events = append(events, Event{Seq: int64(n + 1), Attempt: attempt, Time: at, Kind: body.Kind(), Step: step, Body: body})
	}
	step, furthest := 0, 0
	for attempt = 1; attempt <= 5; attempt++ {
		if attempt == 1 || random.IntN(6) == 0 {
			step = 0
			add(0, &Start{PID: attempt, Host: "h", MaxSteps: 1000, EvaluationSteps: []int{7, 14}})
		} else {
			step = random.IntN(furthest + 1)
			add(step, &Resume{PID: attempt, Host: "h", Checkpoint: fmt.Sprint("checkpoints/step-", step)})
		}
		for range random.IntN(12) {
			losses := make([]float32, 1+random.IntN(5))
			for i := range losses {
				losses[i] = random.Float32()
			}
			step += len(losses)
			furthest = max(furthest, step)
			add(step, &Steps{Losses: losses, Tokens: int64(step), Seconds: random.Float64()})
			switch random.IntN(8) {
			case 0:
				add(step, &Evaluation{Set: "s", SetKind: "ood", Use: "validation", Index: step, Accuracy: random.Float64()})
			case 1:
				add(step, &Epoch{Epoch: step / 10, Hash: fmt.Sprint(attempt)})
			case 2:
				add(step, &Checkpoint{Path: fmt.Sprint("checkpoints/step-", step)})
			case 3:
				add(step, &Warning{Message: "full", Waits: true})
			case 4:
				add(step, &Control{ID: fmt.Sprint(step), Action: []string{"pause", "resume", "note"}[random.IntN(3)]})
			case 5:
				add(step, &Heartbeat{})
			}
		}
		if random.IntN(2) == 0 {
			add(step, &Finish{Status: Interrupted})
		}
	}
	return events
}

func TestALogFoldsTheSameInAnyPortions(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 20))
		log := attempts(random)
		var want Record // of the current events, one by one
		for _, event := range Current(log) {
			want.add(event)
		}
		var fold Fold
		type snapshot struct{ record, copied Record }
		var snapshots []snapshot
		for rest := log; len(rest) > 0; {
			n := min(1+random.IntN(9), len(rest))
			fold.Add(rest[:n])
			rest = rest[n:]
			snapshots = append(snapshots, snapshot{fold.Record, deep(fold.Record)})
			read := log[:len(log)-len(rest)]
			if !reflect.DeepEqual(fold.Events, Current(read)) {
				t.Fatalf("seed %d: after %d events the current ones differ", seed, len(read))
			}
			for _, locked := range []bool{false, true} {
				if got, want := fold.Record.Status(locked), StatusOf(Current(read), locked); got != want {
					t.Fatalf("seed %d: after %d events the status is %+v, want %+v", seed, len(read), got, want)
				}
			}
		}
		if !reflect.DeepEqual(fold.Record, want) {
			t.Fatalf("seed %d: got %+v, want %+v", seed, fold.Record, want)
		}
		for i, s := range snapshots {
			if !reflect.DeepEqual(s.record, s.copied) {
				t.Fatalf("seed %d: the copy taken after portion %d has changed", seed, i)
			}
		}
	}
}

// deep copies the slices that a fold appends to.
func deep(r Record) Record {
	r.Losses = append([]float32(nil), r.Losses...)
	r.Totals = append([]Totals(nil), r.Totals...)
	r.Evaluations = append([]Scored(nil), r.Evaluations...)
	r.EpochEnds = append([]EpochEnd(nil), r.EpochEnds...)
	r.Attempts = append([]Attempt(nil), r.Attempts...)
	return r
}

func TestRecordOfALog(t *testing.T) {
	dir := Dir(t.TempDir())
	if record, err := ReadRecord(dir); err != nil || record.Start != nil || record.Status(true).State != Pending {
		t.Fatalf("without a log: %+v, %v", record, err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	log, err := OpenLog(dir, 0)
	check(err)
	check(log.Append(0, &Start{MaxSteps: 20, Examples: 40}))
	check(log.Append(4, &Steps{Losses: []float32{4, 3, 2, 1}, FLOPs: 40}))
	for i, use := range []string{"validation", "test", "validation"} {
		check(log.Append(4, &Evaluation{Set: fmt.Sprint(i), SetKind: "ood", Use: use, Index: 1, Accuracy: float64(i), Loss: 0.5}))
	}
	check(log.Append(4, &Epoch{Epoch: 0, Hash: "abc"}))
	check(log.Append(6, &Steps{Losses: []float32{9, 8}, FLOPs: 60}))
	check(log.Close())
	log, err = OpenLog(dir, 0)
	check(err)
	check(log.Append(5, &Resume{PID: 7, Checkpoint: "checkpoints/step-5"}))
	check(log.Append(6, &Steps{Losses: []float32{5}, FLOPs: 61}))
	check(log.Close())

	r, err := ReadRecord(dir)
	check(err)
	if want := []float32{4, 3, 2, 1, 9, 5}; !reflect.DeepEqual(r.Losses, want) {
		t.Errorf("losses %v, want %v", r.Losses, want)
	}
	if len(r.Totals) != 3 || r.Totals[1].Step != 5 || r.Totals[2].FLOPs != 61 || r.Steps.FLOPs != 61 {
		t.Errorf("totals %+v", r.Totals)
	}
	if r.Epochs != 1 || !reflect.DeepEqual(r.EpochEnds, []EpochEnd{{4, 0, "abc"}}) {
		t.Errorf("%d epochs, %+v", r.Epochs, r.EpochEnds)
	}
	if a := r.Attempts; len(a) != 2 || a[0].Checkpoint != "" || a[1].Number != 2 || a[1].Step != 5 || a[1].PID != 7 {
		t.Errorf("attempts %+v", a)
	}
	if v := r.Validations("accuracy"); len(v) != 1 || v[0].Step != 4 || v[0].Score != 1 {
		t.Errorf("validations %+v", v)
	}
	if v := r.Validations("loss"); len(v) != 1 || v[0].Score != 0.5 {
		t.Errorf("validations by loss %+v", v)
	}
	check(os.WriteFile(dir.Events(), []byte("{}\n"), 0o666))
	if _, err := ReadRecord(dir); err == nil {
		t.Error("a line that is not an event is no error")
	}
}

func TestMeansAreOverTheChosenSets(t *testing.T) {
	tune, other := metric.Set{Name: "tune", Kind: "ood", Use: "validation"}, metric.Set{Name: "other", Kind: "ood", Use: "test"}
	var r Record
	for step := 1; step <= 2; step++ {
		for i, s := range []metric.Set{tune, other} {
			accuracy := float64(step+2*i) / 8
			r.Evaluations = append(r.Evaluations, Scored{step, Evaluation{Set: s.Name, SetKind: s.Kind, Use: s.Use, Accuracy: accuracy}})
		}
	}
	if got := r.Sets(); !reflect.DeepEqual(got, []metric.Set{tune, other}) {
		t.Errorf("sets %v", got)
	}
	for _, c := range []struct {
		use  string
		want []metric.Validation
	}{
		{"test", []metric.Validation{{Step: 1, Score: 3. / 8}, {Step: 2, Score: 4. / 8}}},
		{"", []metric.Validation{{Step: 1, Score: 2. / 8}, {Step: 2, Score: 3. / 8}}},
	} {
		got := r.Means("accuracy", func(s metric.Set) bool { return c.use == "" || s.Use == c.use })
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %v, want %v", c.use, got, c.want)
		}
	}
}
