package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/datamap/dynamics"
	"ftft/train/corpus"
	"ftft/train/metric"
	"ftft/train/nn"
	"ftft/train/rundir"
)

// tiny is the config of the experiment in testdata at the module's root: 48 examples in batches of 8, 12 steps.
const tiny = "../testdata/tiny/tiny.toml"

// prepared makes a run directory as a study does: of the reference where arm is empty, on all examples where rows are nil.
func prepared(t *testing.T, arm string, rows []int, sets ...string) rundir.Dir {
	t.Helper()
	cfg, err := configs.Load(tiny, sets...)
	if err != nil {
		t.Fatal(err)
	}
	data, err := corpus.Load(cfg, cfg.Seeds[0])
	if err != nil {
		t.Fatal(err)
	}
	manifest := rundir.Manifest{Name: cfg.Name, Role: rundir.Reference, DataHash: data.Hash(), Seed: cfg.Seeds[0], Labels: cfg.Labels}
	if arm != "" {
		manifest.Role, manifest.Arm = rundir.Main, arm
	}
	dir := rundir.Dir(filepath.Join(t.TempDir(), "run"))
	err = errors.Join(dir.Make(), rundir.WriteFile(dir.Config(), cfg.TOML()), dir.WriteManifest(manifest))
	if err == nil && rows != nil {
		err = dir.WriteSelection(rundir.Selection{Rows: rows, Count: len(rows)})
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// trained runs what is prepared, to its end.
func trained(t *testing.T, dir rundir.Dir) rundir.Finish {
	t.Helper()
	finish, err := Run(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return finish
}

// bodies are the events of a kind in a run's log, with the steps that they stand at.
func bodies[B rundir.Body](t *testing.T, dir rundir.Dir) (list []B, steps []int) {
	t.Helper()
	events, err := rundir.ReadEvents(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if body, ok := e.Body.(B); ok {
			list, steps = append(list, body), append(steps, e.Step)
		}
	}
	return list, steps
}

// seen are the rows of an epoch that hold logits; what is neither a number nor the mark of a row not seen fails.
func seen(t *testing.T, dir rundir.Dir, epoch int) (rows []int) {
	t.Helper()
	e, err := dynamics.ReadEpoch(dir.Epoch(epoch))
	if err != nil {
		t.Fatal(err)
	}
	for row := range e.Rows {
		missing := 0
		for _, v := range e.Logits[row*e.Classes : (row+1)*e.Classes] {
			if dynamics.Unseen(v) {
				missing++
			} else if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("epoch %d, row %d: %v", epoch, row, v)
			}
		}
		switch missing {
		case 0:
			rows = append(rows, row)
		case e.Classes:
		default:
			t.Fatalf("epoch %d, row %d is there in part", epoch, row)
		}
	}
	return rows
}

// upTo is 0 to n-1.
func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// digests are the SHA-256 of a run's weights, dynamics and evaluations, by file, and of its losses.
func digests(t *testing.T, dir rundir.Dir) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, pattern := range []string{"checkpoints/*/model.safetensors", "dynamics/*.npy", "eval/*.npy"} {
		paths, err := filepath.Glob(filepath.Join(string(dir), pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sums[strings.TrimPrefix(path, string(dir))] = fmt.Sprintf("%x", sha256.Sum256(data))
		}
	}
	steps, _ := bodies[*rundir.Steps](t, dir)
	var losses []float32
	for _, s := range steps {
		losses = append(losses, s.Losses...)
	}
	sums["losses"] = fmt.Sprint(losses)
	return sums
}

func TestSameSeedAndConfigGiveTheSameBits(t *testing.T) {
	var want map[string]string
	for i, threads := range []int{1, 1, 3} {
		dir := prepared(t, "erm", nil, fmt.Sprintf("engine.threads=%d", threads))
		trained(t, dir)
		start, _ := bodies[*rundir.Start](t, dir)
		if start[0].Threads != threads {
			t.Fatalf("%d threads, want %d", start[0].Threads, threads)
		}
		got := digests(t, dir)
		if i == 0 {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("run %d, on %d threads:\n%v\nwant\n%v", i, threads, got, want)
		}
	}
	other := prepared(t, "erm", nil, "seeds=[2]")
	trained(t, other)
	for file, sum := range digests(t, other) {
		if sum == want[file] {
			t.Errorf("another seed gives the same %s", file)
		}
	}
}

func TestEveryExampleHasARowInEveryEpoch(t *testing.T) {
	selection := []int{0, 3, 4, 5, 9, 10, 14, 20, 21, 22, 30, 31, 40, 46, 47}
	for _, c := range []struct {
		name     string
		rows     []int
		complete int // epochs
		rest     int // rows of the epoch that the budget cuts short
	}{
		{"everything", nil, 2, 8}, // 13 steps: twice 6, and one
		{"a selection", selection, 6, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := prepared(t, "random", c.rows, "train.max_steps=13", "stop.patience=0")
			trained(t, dir)
			want := c.rows
			if want == nil {
				want = upTo(48)
			}
			epochs, at := bodies[*rundir.Epoch](t, dir)
			if len(epochs) != c.complete {
				t.Fatalf("%d epochs are said to be complete, want %d", len(epochs), c.complete)
			}
			for i, e := range epochs {
				if e.Epoch != i || at[i] != (i+1)*((len(want)+7)/8) {
					t.Errorf("epoch %d is complete at step %d", e.Epoch, at[i])
				}
				if got := seen(t, dir, i); !slices.Equal(got, want) {
					t.Errorf("epoch %d has rows %v, want %v", i, got, want)
				}
			}
			if got := seen(t, dir, c.complete); len(got) != c.rest {
				t.Errorf("the last epoch has rows %v, want %d", got, c.rest)
			}
			if _, err := os.Stat(dir.Epoch(c.complete + 1)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("an epoch more: %v", err)
			}
		})
	}
}

func TestLossOfEveryStepIsLoggedOnce(t *testing.T) {
	dir := prepared(t, "", nil)
	trained(t, dir)
	list, at := bodies[*rundir.Steps](t, dir)
	done := 0
	for i, s := range list {
		if at[i]-len(s.Losses) != done {
			t.Errorf("the losses of steps %d to %d follow step %d", at[i]-len(s.Losses)+1, at[i], done)
		}
		done = at[i]
		for _, loss := range s.Losses {
			if !(loss > 0) || math.IsInf(float64(loss), 0) {
				t.Errorf("a loss of %v up to step %d", loss, at[i])
			}
		}
	}
	if done != 12 {
		t.Errorf("losses up to step %d, want 12", done)
	}
}

// The budget is that of the full training set, and the evaluations divide it, whatever is trained on.
func TestEvaluationsDivideTheBudget(t *testing.T) {
	for _, c := range []struct {
		sets []string
		want []int
	}{
		{[]string{"train.max_steps=13", "train.evaluations=4"}, []int{3, 6, 9, 13}},
		{[]string{"train.max_steps=0", "train.epochs=3", "train.evaluations=5"}, []int{3, 7, 10, 14, 18}},
		{[]string{"train.max_steps=3", "train.evaluations=7"}, []int{1, 2, 3}},
	} {
		dir := prepared(t, "random", upTo(10), append(c.sets, "stop.patience=0")...)
		finish := trained(t, dir)
		start, _ := bodies[*rundir.Start](t, dir)
		last := c.want[len(c.want)-1]
		if finish.Status != rundir.Complete || start[0].MaxSteps != last || !slices.Equal(start[0].EvaluationSteps, c.want) {
			t.Errorf("%v: %s; the log says at first %d steps, evaluations at %v", c.sets, finish.Status, start[0].MaxSteps, start[0].EvaluationSteps)
		}
		evaluations, at := bodies[*rundir.Evaluation](t, dir)
		var got []string
		for i, e := range evaluations {
			got = append(got, fmt.Sprintf("%s %d %d", e.Set, e.Index, at[i]))
			logits, shape, err := dynamics.ReadNPYFloat32(dir.EvalLogits(e.Set, at[i]))
			if err != nil || !slices.Equal(shape, []int{12, 2}) {
				t.Errorf("%v: logits of shape %v, %v", c.sets, shape, err)
				continue
			}
			examples, err := rundir.ReadExamples(dir.EvalExamples(e.Set))
			if err != nil {
				t.Fatal(err)
			}
			right := 0
			for _, x := range examples {
				if metric.Predict(logits[2*x.Row:2*x.Row+2]) == x.Gold {
					right++
				}
			}
			if accuracy := float64(right) / 12; math.Abs(accuracy-e.Accuracy) > 1e-12 {
				t.Errorf("%v: %s at step %d: accuracy %v is logged, the logits have %v", c.sets, e.Set, at[i], e.Accuracy, accuracy)
			}
		}
		var want []string
		for i, step := range c.want {
			for _, set := range []string{"same", "tune", "other"} {
				want = append(want, fmt.Sprintf("%s %d %d", set, i+1, step))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: evaluations %q, want %q", c.sets, got, want)
		}
	}
}

// first are the rows of a run's first batch.
func first(t *testing.T, rows []int, sets ...string) []int {
	t.Helper()
	dir := prepared(t, "erm", rows, sets...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, dir); err != nil {
		t.Fatal(err)
	}
	return seen(t, dir, 0)
}

func TestWithoutShuffleTheOrderIsTheDataset(t *testing.T) {
	if got := first(t, nil, "train.shuffle=false"); !slices.Equal(got, upTo(8)) {
		t.Errorf("the first batch is of rows %v", got)
	}
	selection := []int{2, 3, 5, 7, 11, 13, 17, 19, 23, 29}
	if got := first(t, selection, "train.shuffle=false"); !slices.Equal(got, selection[:8]) {
		t.Errorf("the first batch of a selection is of rows %v", got)
	}
	one, two := first(t, nil), first(t, nil, "seeds=[2]")
	if len(one) != 8 || slices.Equal(one, upTo(8)) || slices.Equal(one, two) {
		t.Errorf("shuffled, the first batch is of rows %v, and by another seed %v", one, two)
	}
}

// saved checks that a run's checkpoints are those after the given steps and can be opened, and that the last says where
// the run stands.
func saved(t *testing.T, dir rundir.Dir, steps ...int) {
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
	events, at := bodies[*rundir.Checkpoint](t, dir)
	if last := steps[len(steps)-1]; len(events) == 0 || !events[len(events)-1].Last || at[len(at)-1] != last || filepath.Join(string(dir), events[len(events)-1].Path) != dir.Checkpoint(last) {
		t.Errorf("checkpoint events at %v, the last should be of step %d", at, last)
	}
}

// ended checks how a run says, in its last event, that it ended.
func ended(t *testing.T, dir rundir.Dir, status string, step int) *rundir.Finish {
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

func TestStopRequestEndsARunAfterItsStep(t *testing.T) {
	dir := prepared(t, "erm", nil)
	for _, request := range []rundir.Request{{ID: "1", Action: "note", Value: "hello"}, {ID: "2", Action: "pause"}, {ID: "3", Action: "stop"}} {
		if err := dir.Send(request); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir.Control(), "4.json"), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if finish := trained(t, dir); finish.Status != rundir.Stopped {
		t.Errorf("status %s", finish.Status)
	}
	ended(t, dir, rundir.Stopped, 1)
	saved(t, dir, 1)
	answers, _ := bodies[*rundir.Control](t, dir)
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

func TestCancelledRunIsInterruptedAndSaved(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := prepared(t, "erm", nil)
	if finish, err := Run(ctx, dir); err != nil || finish.Status != rundir.Interrupted {
		t.Errorf("%+v, %v", finish, err)
	}
	ended(t, dir, rundir.Interrupted, 1)
	saved(t, dir, 1)

	// A signal that comes at the last step takes nothing away.
	dir = prepared(t, "erm", nil, "train.max_steps=1")
	if finish, err := Run(ctx, dir); err != nil || finish.Status != rundir.Complete {
		t.Errorf("at the last step: %+v, %v", finish, err)
	}
	ended(t, dir, rundir.Complete, 1)
}

// replay is early stopping over a run's log, by the mean score of its OOD validation sets.
func replay(t *testing.T, dir rundir.Dir, patience int, value func(*rundir.Evaluation) float64, lowerIsBetter bool) (metric.Stopping, []metric.Validation) {
	t.Helper()
	evaluations, at := bodies[*rundir.Evaluation](t, dir)
	sums, counts := map[int]float64{}, map[int]int{}
	for i, e := range evaluations {
		if e.SetKind == "ood" && e.Use == "validation" {
			sums[at[i]] += value(e)
			counts[at[i]]++
		}
	}
	var list []metric.Validation
	for step, sum := range sums {
		list = append(list, metric.Validation{Step: step, Score: sum / float64(counts[step])})
	}
	slices.SortFunc(list, func(a, b metric.Validation) int { return a.Step - b.Step })
	return metric.Stop(list, patience, lowerIsBetter), list
}

func TestEarlyStoppingIsTheReplayOfItsLog(t *testing.T) {
	accuracy := func(e *rundir.Evaluation) float64 { return e.Accuracy }
	loss := func(e *rundir.Evaluation) float64 { return e.Loss }
	for _, c := range []struct {
		arm, metric string
		value       func(*rundir.Evaluation) float64
		stops       bool
	}{
		{"ftft", "accuracy", accuracy, true}, {"random", "loss", loss, true}, {"erm", "accuracy", accuracy, false}, {"", "accuracy", accuracy, false},
	} {
		t.Run(c.arm+" "+c.metric, func(t *testing.T) {
			// Two validation sets, so that the mean counts, and a rate at which scores soon go up and down.
			dir := prepared(t, c.arm, nil, "stop.patience=1", "stop.metric="+c.metric, "train.evaluations=12", "train.learning_rate=0.05", "data.eval.other.use=validation")
			finish := trained(t, dir)
			patience := 0
			if c.stops {
				patience = 1
			}
			stopping, list := replay(t, dir, patience, c.value, c.metric == "loss")
			last := list[len(list)-1].Step
			ended(t, dir, rundir.Complete, last)
			if finish.StoppedEarly != c.stops || stopping.Stop != c.stops || list[stopping.StopAt].Step != last {
				t.Errorf("the run ended at step %d, early: %v; by its log %+v", last, finish.StoppedEarly, stopping)
			}
			if !c.stops && last != 12 {
				t.Errorf("ended at step %d of its budget of 12", last)
			}
			best := list[stopping.Best].Step
			if finish.BestStep != best {
				t.Errorf("the best step is %d, by the log %d", finish.BestStep, best)
			}
			saved(t, dir, best, last)
			checkpoints, at := bodies[*rundir.Checkpoint](t, dir)
			for i, c := range checkpoints {
				if !c.Last && !c.Best || c.Last && c.Best != (at[i] == best) {
					t.Errorf("the checkpoint of step %d: %+v", at[i], c)
				}
			}
		})
	}
}

// What is kept as the best is the model as it was then.
func TestBestCheckpointHasItsScores(t *testing.T) {
	dir := prepared(t, "erm", nil, "train.evaluations=12", "train.learning_rate=0.05")
	finish := trained(t, dir)
	if finish.BestStep == 12 {
		t.Fatal("the best step is the last: this test needs another rate")
	}
	cfg, err := configs.Load(tiny)
	if err != nil {
		t.Fatal(err)
	}
	data, err := corpus.Load(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Main.Model = dir.Checkpoint(finish.BestStep)
	model, err := OpenModel(cfg, cfg.Main, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	set := Encode(model.Tokenizer, data.Evals[1].Examples, 16)
	net, err := nn.New[float32](model.Spec, model.Weights, nn.Options{MaxTokens: set.Capacity(8), MaxSequences: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	got, _, _, err := Predict(net, set, 8, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := dynamics.ReadNPYFloat32(dir.EvalLogits(data.Evals[1].Name, finish.BestStep))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("logits %v, logged %v, %v", got, want, err)
	}
}

// poisoned is a trained model in which the last value of a tensor is infinite.
func poisoned(t *testing.T, tensor string) string {
	t.Helper()
	dir := prepared(t, "erm", nil)
	trained(t, dir)
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
	binary.LittleEndian.PutUint32(data[end-4:end], math.Float32bits(float32(math.Inf(1))))
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("main={model=%q}", dir.Checkpoint(12))
}

func TestInfinityEndsARunWithTheBatch(t *testing.T) {
	dir := prepared(t, "erm", nil, poisoned(t, "classifier.weight"), "train.shuffle=false")
	_, err := Run(t.Context(), dir)
	if err == nil {
		t.Fatal("an infinite weight went unnoticed")
	}
	finish := ended(t, dir, rundir.Failed, 1)
	if want := []string{"t00", "t01", "t02", "t03", "t04", "t05", "t06", "t07"}; !slices.Equal(finish.GUIDs, want) {
		t.Errorf("the batch is %q, want %q", finish.GUIDs, want)
	}
	for _, part := range []string{"step 1: ", "t07", "lower learning_rate"} {
		if !strings.Contains(finish.Message, part) || !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in %q, %v", part, finish.Message, err)
		}
	}
	// None of it is in the dynamics, where it would look like an example that was seen.
	if rows := seen(t, dir, 0); len(rows) > 0 {
		t.Errorf("rows %v were written", rows)
	}
}

// An evaluation set may reach weights that training does not: here a position beyond all training texts.
func TestInfinityInAnEvaluationEndsARun(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long.jsonl")
	if err := os.WriteFile(long, []byte(`{"id": "long", "text": "`+strings.Repeat("film ", 20)+`", "label": "no"}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	dir := prepared(t, "erm", nil, poisoned(t, "bert.embeddings.position_embeddings.weight"), "data.eval.other.path="+long)
	_, err := Run(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "step 3") || !strings.Contains(err.Error(), "other") {
		t.Errorf("the error is %v", err)
	}
	ended(t, dir, rundir.Failed, 3)
}

func TestWhatCannotBeTrainedIsRefused(t *testing.T) {
	dir := prepared(t, "erm", nil)
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
	trained(t, dir)
	before := digests(t, dir)
	if _, err := Run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "has begun already") {
		t.Errorf("a run that has ended: %v", err)
	}
	if !reflect.DeepEqual(digests(t, dir), before) {
		t.Error("a run that has ended was written to")
	}

	dir = prepared(t, "erm", nil)
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
	ended(t, dir, rundir.Failed, 0)

	dir = prepared(t, "random", []int{0, 48})
	if _, err := Run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "do not lie within the 48 training examples") {
		t.Errorf("a row too many: %v", err)
	}
}
