package train

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ftft/internal/disk"
	"ftft/train/nn"
	"ftft/train/rundir"
)

// checkCheckpoints checks that a run's checkpoints are those of some steps and can be opened, and that the last one is logged as
// the run's last.
func checkCheckpoints(t *testing.T, dir rundir.Dir, steps ...int) {
	t.Helper()
	entries, err := os.ReadDir(dir.Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	for _, step := range steps {
		want = append(want, filepath.Base(dir.Checkpoint(step)))
		if _, _, _, err := nn.Load(dir.Checkpoint(step), []string{"no", "yes"}, 1); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		t.Errorf("checkpoints %q, want %q", got, want)
	}
	events, at := eventsOf[*rundir.Checkpoint](t, dir)
	last := steps[len(steps)-1]
	if len(events) == 0 {
		t.Fatal("no checkpoint is logged")
	}
	if e := events[len(events)-1]; !e.Last || at[len(at)-1] != last || filepath.Join(string(dir), e.Path) != dir.Checkpoint(last) {
		t.Errorf("checkpoint events at %v, the last should be of step %d", at, last)
	}
}

// checkFinish checks that a run's last event is a finish with a status at a step, and returns it.
func checkFinish(t *testing.T, dir rundir.Dir, status string, step int) *rundir.Finish {
	t.Helper()
	events, err := rundir.ReadEvents(dir)
	if err != nil {
		t.Fatal(err)
	}
	finish, ok := events[len(events)-1].Body.(*rundir.Finish)
	if !ok || finish.Status != status || events[len(events)-1].Step != step {
		t.Fatalf("the last event is %+v at step %d, want %s at step %d", events[len(events)-1].Body, events[len(events)-1].Step, status, step)
	}
	if got, err := dir.Status(); err != nil || got.State != status || got.Step != step {
		t.Errorf("status %+v, %v", got, err)
	}
	return finish
}

func TestStopRequestEndsTheRunAfterItsStep(t *testing.T) {
	dir := prepareRun(t, rundir.ERM, nil)
	requests := []rundir.Request{{ID: "1", Action: "note", Value: "hello"}, {ID: "2", Action: "pause"}, {ID: "3", Action: "stop"}}
	for _, request := range requests {
		if err := dir.Send(request); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir.Control(), "4.json"), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if finish := trainRun(t, dir); finish.Status != rundir.Stopped {
		t.Errorf("status %s", finish.Status)
	}
	checkFinish(t, dir, rundir.Stopped, 1)
	checkCheckpoints(t, dir, 1)
	answers, _ := eventsOf[*rundir.Control](t, dir)
	var got []string
	for _, a := range answers {
		got = append(got, a.ID+" "+a.Action)
	}
	if want := []string{"1 note", "2 pause", "3 stop", "4 "}; !slices.Equal(got, want) {
		t.Errorf("answered %q, want %q", got, want)
	}
	if left, err := dir.Requests(); err != nil || len(left) > 0 {
		t.Errorf("requests left: %+v, %v", left, err)
	}
}

// startedContext ends when a run has logged its start.
type startedContext struct {
	context.Context
	dir rundir.Dir
}

func (c startedContext) Err() error {
	if status, err := c.dir.Status(); err != nil || status.Started.IsZero() {
		return err
	}
	return context.Canceled
}

func TestCancelledRunIsInterruptedAndSaved(t *testing.T) {
	dir := prepareRun(t, rundir.ERM, nil)
	if finish, err := Run(startedContext{t.Context(), dir}, dir); err != nil || finish.Status != rundir.Interrupted {
		t.Errorf("%+v, %v", finish, err)
	}
	checkFinish(t, dir, rundir.Interrupted, 1)
	checkCheckpoints(t, dir, 1)

	// A cancellation at the last step interrupts the last evaluation, which is all that remains for the next attempt.
	whole := prepareRun(t, rundir.ERM, nil, "train.max_steps=1")
	trainRun(t, whole)
	dir = prepareRun(t, rundir.ERM, nil, "train.max_steps=1")
	if finish, err := Run(startedContext{t.Context(), dir}, dir); err != nil || finish.Status != rundir.Interrupted {
		t.Errorf("at the last step: %+v, %v", finish, err)
	}
	checkFinish(t, dir, rundir.Interrupted, 1)
	resumeRun(t, dir)
	compareOutcomes(t, "interrupted in the last evaluation", outcome(t, dir), outcome(t, whole))
}

func TestRunThatIsCancelledBeforeItsFirstStepResumes(t *testing.T) {
	whole := prepareRun(t, rundir.ERM, nil, "train.max_steps=1")
	trainRun(t, whole)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := prepareRun(t, rundir.ERM, nil, "train.max_steps=1")
	if finish, err := Run(ctx, dir); err != nil || finish.Status != rundir.Interrupted {
		t.Errorf("%+v, %v", finish, err)
	}
	checkFinish(t, dir, rundir.Interrupted, 0)
	if finish, err := Resume(ctx, dir, false); err != nil || finish.Status != rundir.Interrupted {
		t.Errorf("cancelled again: %+v, %v", finish, err)
	}
	resumeRun(t, dir)
	compareOutcomes(t, "interrupted before its first step", outcome(t, dir), outcome(t, whole))
}

// An interrupted evaluation keeps the sets that are complete: each is scored once, however often it is interrupted.
func TestInterruptedEvaluationIsResumed(t *testing.T) {
	whole := prepareRun(t, rundir.FTFT, nil, shortRun...)
	trainRun(t, whole)
	want := outcome(t, whole)
	dir := prepareRun(t, rundir.FTFT, nil, shortRun...)
	for range 3 * 2 { // sets, evaluations
		ctx, cancel := context.WithCancel(t.Context())
		disk.Inject(func(op disk.Op, path string) error {
			if op == disk.Renaming && strings.HasPrefix(path, dir.Evals()) && strings.HasSuffix(path, ".npy") {
				cancel() // interrupts the next set
			}
			return nil
		})
		finish, err := runAttempt(ctx, dir, mode{resume: true})
		disk.Inject(nil)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if finish.Status == rundir.Complete {
			break
		}
	}
	if attempts := len(attemptNumbers(t, dir)); attempts < 4 {
		t.Errorf("%d attempts: the evaluations were not interrupted", attempts)
	}
	if status, err := dir.Status(); err != nil || status.State != rundir.Complete {
		resumeRun(t, dir)
	}
	compareOutcomes(t, "interrupted after each set", outcome(t, dir), want)
}

// attemptNumbers returns the set of a log's attempts.
func attemptNumbers(t *testing.T, dir rundir.Dir) map[int]bool {
	t.Helper()
	events, err := rundir.ReadLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	attempts := map[int]bool{}
	for _, e := range events {
		attempts[e.Attempt] = true
	}
	return attempts
}

// modelWithOverflow returns a setting of the main model: a trained model in which the values of a tensor's last row are the greatest
// that there are, so that what is computed from them is infinite.
func modelWithOverflow(t *testing.T, tensor string) string {
	t.Helper()
	dir := prepareRun(t, rundir.ERM, nil)
	trainRun(t, dir)
	path := filepath.Join(dir.Checkpoint(12), "model.safetensors")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	values := 8 + binary.LittleEndian.Uint64(data)
	var header map[string]struct {
		Offsets [2]uint64 `json:"data_offsets"`
	}
	if err := json.Unmarshal(data[8:values], &header); err != nil {
		t.Fatal(err)
	}
	end := values + header[tensor].Offsets[1]
	for i := range uint64(32) { // the width of the model
		binary.LittleEndian.PutUint32(data[end-4*i-4:], math.Float32bits(math.MaxFloat32))
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("main={model=%q}", dir.Checkpoint(12))
}

func TestInfinityEndsTheRunAndNamesTheBatch(t *testing.T) {
	dir := prepareRun(t, rundir.ERM, nil, modelWithOverflow(t, "classifier.weight"), "train.shuffle=false")
	_, err := Run(t.Context(), dir)
	if err == nil {
		t.Fatal("weights too large gave no error")
	}
	finish := checkFinish(t, dir, rundir.Failed, 0)
	if want := []string{"t00", "t01", "t02", "t03", "t04", "t05", "t06", "t07"}; !slices.Equal(finish.GUIDs, want) {
		t.Errorf("the batch is %q, want %q", finish.GUIDs, want)
	}
	for _, part := range []string{"step 1: ", "t07", "lower learning_rate"} {
		if !strings.Contains(finish.Message, part) || !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in %q, %v", part, finish.Message, err)
		}
	}
	// The dynamics have none of these logits.
	if rows := seenRows(t, dir, 0); len(rows) > 0 {
		t.Errorf("rows %v were written", rows)
	}
}

func TestUntrainableRunsAreRefused(t *testing.T) {
	dir := prepareRun(t, rundir.ERM, nil)
	lock, err := rundir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), dir); !errors.As(err, new(*rundir.LockedError)) {
		t.Errorf("a locked run: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	trainRun(t, dir)
	before := digests(t, dir)
	if _, err := Run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "has started already") {
		t.Errorf("a run that has ended: %v", err)
	}
	if !reflect.DeepEqual(digests(t, dir), before) {
		t.Error("a run that has ended was written to")
	}

	dir = prepareRun(t, rundir.ERM, nil)
	manifest, err := dir.ReadManifest()
	if err != nil {
		t.Fatal(err)
	}
	manifest.DataHash = strings.Repeat("0", 64)
	if err := dir.WriteManifest(manifest); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "the data has changed") {
		t.Errorf("other data: %v", err)
	}
	checkFinish(t, dir, rundir.Failed, 0)

	dir = prepareRun(t, rundir.Random, []int{0, 48})
	if _, err := Run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "are not all among the 48 training examples") {
		t.Errorf("a row beyond the examples: %v", err)
	}
}
