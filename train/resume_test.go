package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ftft/internal/slow"
	"ftft/train/metric"
	"ftft/train/nn"
	"ftft/train/rundir"
)

// outcome returns what a resumed run must have in common with one that was never interrupted: the bits of its last and its best
// weights, of dynamics and evaluations, every loss, and the current events.
func outcome(t *testing.T, dir rundir.Dir) map[string]string {
	t.Helper()
	sums := digests(t, dir)
	finish, steps := eventsOf[*rundir.Finish](t, dir)
	last := len(finish) - 1
	for name := range sums {
		if strings.HasPrefix(name, "/checkpoints/") && name != fmt.Sprintf("/checkpoints/step-%d/model.safetensors", steps[last]) &&
			name != fmt.Sprintf("/checkpoints/step-%d/model.safetensors", finish[last].BestStep) {
			delete(sums, name) // the others depend on the steps of the interruptions
		}
	}
	evaluations, at := eventsOf[*rundir.Evaluation](t, dir)
	for i, e := range evaluations {
		sums["evaluations"] += fmt.Sprintln(at[i], e.Index, e.Set, e.Accuracy, e.Loss, e.Tokens)
	}
	_, ends := eventsOf[*rundir.Epoch](t, dir)
	sums["epochs"] = fmt.Sprint(ends)
	f := finish[last]
	sums["finish"] = fmt.Sprint(f.Status, steps[last], f.StoppedEarly, f.BestStep, f.Tokens, f.TrainFLOPs, f.EvaluationFLOPs)
	return sums
}

// compareOutcomes reports each difference between the outcome of a run and that of an uninterrupted one.
func compareOutcomes(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s is %q, uninterrupted %q", what, name, got[name], want[name])
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: has %s, unlike an uninterrupted run", what, name)
		}
	}
}

// interruptRun trains until the run has taken some steps, counted over all attempts, and then cancels it.
func interruptRun(t *testing.T, dir rundir.Dir, m mode, steps int) rundir.Finish {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if status, err := dir.Status(); err == nil && status.Step >= steps {
				cancel()
			}
		}
	}()
	finish, err := runAttempt(ctx, dir, m)
	if err != nil {
		t.Fatal(err)
	}
	return finish
}

func TestFrozenRunResumesAndKeepsItsEmbeddings(t *testing.T) {
	sets := []string{"train.max_steps=20", "train.evaluations=4", "train.freeze_embeddings=true", "train.micro_batch=3"}
	whole := prepareRun(t, rundir.ERM, nil, sets...)
	trainRun(t, whole)
	dir := prepareRun(t, rundir.ERM, nil, sets...)
	interruptRun(t, dir, mode{}, 7)
	resumeRun(t, dir)
	compareOutcomes(t, "frozen", outcome(t, dir), outcome(t, whole))

	trained := prepareRun(t, rundir.ERM, nil, sets[:2]...)
	trainRun(t, trained)
	table := func(dir rundir.Dir, step int) []float32 {
		s, weights, _, err := nn.Load(dir.Checkpoint(step), []string{"no", "yes"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return weights[s.Names().WordEmbeddings]
	}
	steps, err := dir.CheckpointSteps()
	if err != nil || len(steps) < 2 {
		t.Fatal(steps, err)
	}
	if !slices.Equal(table(dir, steps[0]), table(dir, 20)) {
		t.Error("the word embeddings have changed")
	}
	if slices.Equal(table(trained, 20), table(dir, 20)) {
		t.Error("the word embeddings of a run that trains them have not changed")
	}
}

// longRun is long enough to be interrupted several times.
var longRun = []string{"train.max_steps=40", "train.evaluations=8", "stop.patience=3"}

func TestResumedRunHasTheBitsOfAnUninterruptedOne(t *testing.T) {
	for _, arm := range []rundir.Arm{"", rundir.FTFT} {
		var rows []int
		if arm != "" {
			rows = []int{0, 3, 4, 5, 9, 10, 14, 20, 21, 22, 30, 31, 40, 46, 47}
		}
		whole := prepareRun(t, arm, rows, longRun...)
		trainRun(t, whole)
		want := outcome(t, whole)
		for threads := 1; threads <= 2; threads++ {
			dir := prepareRun(t, arm, rows, append([]string{fmt.Sprintf("engine.threads=%d", threads)}, longRun...)...)
			at, m := 0, mode{}
			for range 40 {
				at += 3
				finish := interruptRun(t, dir, m, at)
				if m.resume = true; finish.Status == rundir.Complete {
					break
				}
			}
			compareOutcomes(t, fmt.Sprintf("%q on %d threads", arm, threads), outcome(t, dir), want)
			if _, err := Resume(t.Context(), dir, false); err == nil || !strings.Contains(err.Error(), "complete") {
				t.Errorf("a complete run was resumed: %v", err)
			}
		}
	}
}

func TestDamagedCheckpointIsSkipped(t *testing.T) {
	whole := prepareRun(t, "", nil, longRun...)
	trainRun(t, whole)
	want := outcome(t, whole)
	for _, name := range []string{"model.safetensors", optimizerFile, stateFile, rundir.MarkerName} {
		dir := prepareRun(t, "", nil, longRun...)
		finish := interruptRun(t, dir, mode{}, 15)
		if finish.Status != rundir.Interrupted {
			t.Fatal("the run was too fast to be interrupted")
		}
		steps, err := dir.CheckpointSteps()
		if err != nil || len(steps) < 2 {
			t.Fatal(steps, err)
		}
		path := filepath.Join(dir.Checkpoint(steps[len(steps)-1]), name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data[:len(data)/2], 0o666); err != nil {
			t.Fatal(err)
		}
		resumeRun(t, dir)
		warnings, _ := eventsOf[*rundir.Warning](t, dir)
		if len(warnings) != 1 || !strings.Contains(warnings[0].Message, "is damaged and was renamed") {
			t.Errorf("%s: warnings %+v", name, warnings)
		}
		compareOutcomes(t, name, outcome(t, dir), want)
	}
	// Without the folder of checkpoints as well.
	dir := prepareRun(t, "", nil, longRun...)
	interruptRun(t, dir, mode{}, 15)
	if err := os.RemoveAll(dir.Checkpoints()); err != nil {
		t.Fatal(err)
	}
	resumeRun(t, dir)
	compareOutcomes(t, "without checkpoints", outcome(t, dir), want)

	// Without a whole checkpoint, the run starts at step 0.
	dir = prepareRun(t, "", nil, longRun...)
	interruptRun(t, dir, mode{}, 15)
	steps, _ := dir.CheckpointSteps()
	for _, step := range steps {
		if err := os.Truncate(filepath.Join(dir.Checkpoint(step), "model.safetensors"), 100); err != nil {
			t.Fatal(err)
		}
	}
	resumeRun(t, dir)
	compareOutcomes(t, "started again", outcome(t, dir), want)

	// Checkpoints without markers and the optimizer's state are an old version's.
	dir = prepareRun(t, "", nil, longRun...)
	interruptRun(t, dir, mode{}, 15)
	steps, _ = dir.CheckpointSteps()
	for _, step := range steps {
		for _, name := range []string{rundir.MarkerName, optimizerFile} {
			if err := os.RemoveAll(filepath.Join(dir.Checkpoint(step), name)); err != nil { // a best one has none
				t.Fatal(err)
			}
		}
	}
	if _, err := Resume(t.Context(), dir, false); err == nil || !strings.Contains(err.Error(), "without the optimizer's state") {
		t.Errorf("checkpoints of an old version: %v", err)
	}
}

// A run that has stopped early, and is killed between its last checkpoint and its finish event, takes no further step. A request
// to the killed attempt has no effect on the next one.
func TestEarlyStopSurvivesAKill(t *testing.T) {
	sets := []string{"train.max_steps=40", "train.evaluations=20", "stop.patience=1", "train.learning_rate=0.05"}
	dir := prepareRun(t, rundir.FTFT, nil, sets...)
	if finish := trainRun(t, dir); !finish.StoppedEarly {
		t.Fatal("the run did not stop early: this test needs another learning rate")
	}
	want := outcome(t, dir)
	text, err := os.ReadFile(dir.Events())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	if err := os.WriteFile(dir.Events(), []byte(strings.Join(lines[:len(lines)-1], "")), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := dir.Send(rundir.Request{ID: "late", Action: "stop"}); err != nil {
		t.Fatal(err)
	}
	resumeRun(t, dir)
	compareOutcomes(t, "stopped early", outcome(t, dir), want)
	answers, _ := eventsOf[*rundir.Control](t, dir)
	if len(answers) != 1 || !strings.Contains(answers[0].Answer, "too late") {
		t.Errorf("%+v", answers)
	}
}

// resumeRun resumes a run and trains it to its end.
func resumeRun(t *testing.T, dir rundir.Dir) {
	t.Helper()
	if finish, err := Resume(t.Context(), dir, false); err != nil || finish.Status != rundir.Complete {
		t.Fatal(finish, err)
	}
}

// kills is the number of processes that TestKilledRuns kills.
var kills = flag.Int("kills", 0, "processes to kill in TestKilledRuns; 0 = 40 with FTFT_SLOW, 6 without")

// TestKilledRuns kills training processes with SIGKILL at random times, at least three times in each run, and resumes them, on
// one thread or two.
func TestKilledRuns(t *testing.T) {
	if dir := os.Getenv("FTFT_TRAIN"); dir != "" { // this is the process to kill
		if fault := os.Getenv(faultEnv); fault != "" {
			injectKill(fault)
		}
		if _, err := Resume(context.Background(), rundir.Dir(dir), false); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if testing.Short() {
		t.Skip("kills many processes")
	}
	whole := prepareRun(t, rundir.FTFT, nil, longRun...)
	began := time.Now()
	trainRun(t, whole)
	span := time.Since(began)
	want := outcome(t, whole)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	phases := map[string]int{}
	most := *kills
	switch {
	case most > 0:
	case slow.Enabled():
		most = 40
	default:
		most = 6
	}
	for killed := 0; killed < most; {
		dir := prepareRun(t, rundir.FTFT, nil, append([]string{fmt.Sprintf("engine.threads=%d", 1+random.IntN(2))}, longRun...)...)
		own := 0
		for {
			command := exec.Command(os.Args[0], "-test.run=^TestKilledRuns$")
			command.Env = append(os.Environ(), "FTFT_TRAIN="+string(dir))
			var text strings.Builder
			command.Stderr = &text
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			var timer *time.Timer
			if own < 3 || random.IntN(2) == 0 {
				timer = time.AfterFunc(time.Duration(random.Int64N(int64(3*span/2))), func() { command.Process.Kill() })
			}
			err := command.Wait()
			if timer != nil {
				timer.Stop()
			}
			if status, statusErr := dir.Status(); err == nil || statusErr == nil && status.State == rundir.Complete { // it ended before the kill
				break
			}
			exit := (*exec.ExitError)(nil)
			if !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
				t.Fatalf("%v: %s", err, text.String())
			}
			own++
			phases[phase(t, dir)]++
		}
		killed += own
		compareOutcomes(t, fmt.Sprintf("killed %d times", own), outcome(t, dir), want)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("kills by phase: %v", phases)
}

// phase returns what a killed run was doing, judged by what it left behind.
func phase(t *testing.T, dir rundir.Dir) string {
	temporary, _ := filepath.Glob(filepath.Join(dir.Checkpoints(), ".*"))
	evaluation, _ := filepath.Glob(filepath.Join(dir.Evals(), ".*"))
	events, err := rundir.ReadEvents(dir)
	switch {
	case err != nil:
		t.Fatal(err)
	case len(events) == 0:
		return "before the start"
	case len(temporary) > 0:
		return "in a checkpoint"
	case len(evaluation) > 0 || events[len(events)-1].Kind == "evaluation":
		return "in an evaluation"
	}
	return "in training"
}

// A changed patience holds for the evaluations after the request.
func TestChangedPatienceHoldsForLaterEvaluations(t *testing.T) {
	s := &schedule{patience: 3}
	scores := []metric.Validation{{Step: 1, Score: 0.5}, {Step: 2, Score: 0.4}}
	one := 1
	s.settings.Patience, s.settings.PatienceAfter = &one, 2
	if s.stops(scores) {
		t.Error("an evaluation before the request ends the run")
	}
	scores = append(scores, metric.Validation{Step: 3, Score: 0.6})
	if s.stops(scores) || s.stopping(scores).Best != 2 {
		t.Error("a better evaluation after it ends the run, or is not the best")
	}
	scores = append(scores, metric.Validation{Step: 4, Score: 0.6})
	if !s.stops(scores) {
		t.Error("the next evaluation does not end the run")
	}
}

func TestChangedSelectionIsRefused(t *testing.T) {
	dir := prepareRun(t, rundir.FTFT, []int{0, 3, 4, 5, 9})
	s, err := dir.ReadSelection()
	if err != nil {
		t.Fatal(err)
	}
	s.Rows[1] = 2
	if err := dir.WriteSelection(s); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "its rows have other guids than when it was made") {
		t.Error(err)
	}
}

// A run may resume from the checkpoint before the last, so what was the best checkpoint then must still exist.
func TestBestOfAnOlderCheckpointStays(t *testing.T) {
	dir := prepareRun(t, "", nil, "train.max_steps=40", "train.evaluations=8", "train.learning_rate=0.05")
	trainRun(t, dir)
	steps, err := dir.CheckpointSteps()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		s, err := readState(dir.Checkpoint(step))
		if err != nil || s.Best > 0 && !slices.Contains(steps, s.Best) {
			t.Errorf("the checkpoint of step %d names %d as the best of %v, %v", step, s.Best, steps, err)
		}
	}
}

// The digest changes exactly when results do, and Bits with it.
func TestBitsMatchThisSource(t *testing.T) {
	hash := sha256.New()
	for _, arm := range []rundir.Arm{"", rundir.FTFT} {
		var rows []int
		if arm != "" {
			rows = []int{0, 3, 4, 5, 9, 10, 14, 20, 21, 22, 30, 31, 40, 46, 47}
		}
		dir := prepareRun(t, arm, rows, "train.dropout=0.1", "train.weight_decay=0.01")
		trainRun(t, dir)
		results := outcome(t, dir)
		for _, name := range slices.Sorted(maps.Keys(results)) {
			fmt.Fprintln(hash, name, results[name])
		}
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != Bits {
		t.Errorf("the results hash to %s; if the change is intended, set Bits in identity.go to it", got)
	}
}
