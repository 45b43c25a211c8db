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
	"ftft/train/rundir"
)

// outcome is what a resumed run must have in common with one that was never interrupted: the bits of its last and its
// best weights, of dynamics and evaluations, every loss, and the events that count.
func outcome(t *testing.T, dir rundir.Dir) map[string]string {
	t.Helper()
	sums := digests(t, dir)
	finish, steps := bodies[*rundir.Finish](t, dir)
	last := len(finish) - 1
	for name := range sums {
		if strings.HasPrefix(name, "/checkpoints/") && name != fmt.Sprintf("/checkpoints/step-%d/model.safetensors", steps[last]) &&
			name != fmt.Sprintf("/checkpoints/step-%d/model.safetensors", finish[last].BestStep) {
			delete(sums, name) // which of the others are there depends on when somebody stopped
		}
	}
	evaluations, at := bodies[*rundir.Evaluation](t, dir)
	for i, e := range evaluations {
		sums["evaluations"] += fmt.Sprintln(at[i], e.Index, e.Set, e.Accuracy, e.Loss, e.Tokens)
	}
	_, ends := bodies[*rundir.Epoch](t, dir)
	sums["epochs"] = fmt.Sprint(ends)
	sums["finish"] = fmt.Sprint(finish[last].Status, steps[last], finish[last].StoppedEarly, finish[last].BestStep, finish[last].Tokens, finish[last].TrainFLOPs, finish[last].EvaluationFLOPs)
	return sums
}

func compare(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s is %q, unbroken %q", what, name, got[name], want[name])
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: there is %s, which an unbroken run has not", what, name)
		}
	}
}

// interrupted runs until so many steps are taken, by whichever attempt.
func interrupted(t *testing.T, dir rundir.Dir, m mode, steps int) rundir.Finish {
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

var resumed = []string{"train.max_steps=40", "train.evaluations=8", "stop.patience=3"}

func TestAResumedRunHasTheBitsOfAnUnbrokenOne(t *testing.T) {
	for _, arm := range []rundir.Arm{"", rundir.FTFT} {
		var rows []int
		if arm != "" {
			rows = []int{0, 3, 4, 5, 9, 10, 14, 20, 21, 22, 30, 31, 40, 46, 47}
		}
		whole := prepared(t, arm, rows, resumed...)
		trained(t, whole)
		want := outcome(t, whole)
		for threads := 1; threads <= 2; threads++ {
			dir := prepared(t, arm, rows, append([]string{fmt.Sprintf("engine.threads=%d", threads)}, resumed...)...)
			at, m := 0, mode{}
			for range 40 {
				at += 3
				finish := interrupted(t, dir, m, at)
				if m.resume = true; finish.Status == rundir.Complete {
					break
				}
			}
			compare(t, fmt.Sprintf("%q on %d threads", arm, threads), outcome(t, dir), want)
			if _, err := Resume(t.Context(), dir, false); err == nil || !strings.Contains(err.Error(), "complete") {
				t.Errorf("a complete run goes on: %v", err)
			}
		}
	}
}

func TestADamagedCheckpointIsPassedOver(t *testing.T) {
	whole := prepared(t, "", nil, resumed...)
	trained(t, whole)
	want := outcome(t, whole)
	for _, name := range []string{"model.safetensors", optimizerFile, stateFile, rundir.MarkerName} {
		dir := prepared(t, "", nil, resumed...)
		finish := interrupted(t, dir, mode{}, 15)
		if finish.Status != rundir.Interrupted {
			t.Fatal("it was too fast to be interrupted")
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
		trainedFurther(t, dir)
		warnings, _ := bodies[*rundir.Warning](t, dir)
		if len(warnings) != 1 || !strings.Contains(warnings[0].Message, "is damaged and put aside") {
			t.Errorf("%s: warnings %+v", name, warnings)
		}
		compare(t, name, outcome(t, dir), want)
	}
	// Of none is whole, the run begins anew.
	dir := prepared(t, "", nil, resumed...)
	interrupted(t, dir, mode{}, 15)
	steps, _ := dir.CheckpointSteps()
	for _, step := range steps {
		if err := os.Truncate(filepath.Join(dir.Checkpoint(step), "model.safetensors"), 100); err != nil {
			t.Fatal(err)
		}
	}
	trainedFurther(t, dir)
	compare(t, "begun anew", outcome(t, dir), want)

	// Without markers and the optimizer's state they are an older version's.
	dir = prepared(t, "", nil, resumed...)
	interrupted(t, dir, mode{}, 15)
	steps, _ = dir.CheckpointSteps()
	for _, step := range steps {
		for _, name := range []string{rundir.MarkerName, optimizerFile} {
			if err := os.RemoveAll(filepath.Join(dir.Checkpoint(step), name)); err != nil { // a best one has none
				t.Fatal(err)
			}
		}
	}
	if _, err := Resume(t.Context(), dir, false); err == nil || !strings.Contains(err.Error(), "kept no state of the optimizer") {
		t.Errorf("gone on with: %v", err)
	}
}

// A run that has stopped early, and is killed after its last checkpoint and before it says so, takes no further step. What
// was asked of the attempt that is gone is not done by the next.
func TestWhatHadStoppedStays(t *testing.T) {
	sets := []string{"train.max_steps=40", "train.evaluations=20", "stop.patience=1", "train.learning_rate=0.05"}
	dir := prepared(t, rundir.FTFT, nil, sets...)
	if finish := trained(t, dir); !finish.StoppedEarly {
		t.Fatal("it did not stop: this test needs another rate")
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
	trainedFurther(t, dir)
	compare(t, "stopped early", outcome(t, dir), want)
	answers, _ := bodies[*rundir.Control](t, dir)
	if len(answers) != 1 || !strings.Contains(answers[0].Answer, "too late") {
		t.Errorf("%+v", answers)
	}
}

func trainedFurther(t *testing.T, dir rundir.Dir) {
	t.Helper()
	if finish, err := Resume(t.Context(), dir, false); err != nil || finish.Status != rundir.Complete {
		t.Fatal(finish, err)
	}
}

var kills = flag.Int("kills", 0, "processes to kill in TestKilledRuns; 0 = 40 with FTFT_SLOW, 6 without")

// TestKilledRuns kills training processes with SIGKILL at random times, at least three times in each run, and resumes
// them, on one thread and on two.
func TestKilledRuns(t *testing.T) {
	if dir := os.Getenv("FTFT_TRAIN"); dir != "" { // the process to kill
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
		t.Skip("it kills processes for a while")
	}
	whole := prepared(t, rundir.FTFT, nil, resumed...)
	began := time.Now()
	trained(t, whole)
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
		dir := prepared(t, rundir.FTFT, nil, append([]string{fmt.Sprintf("engine.threads=%d", 1+random.IntN(2))}, resumed...)...)
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
			if status, statusErr := dir.Status(); err == nil || statusErr == nil && status.State == rundir.Complete { // killed too late
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
		compare(t, fmt.Sprintf("killed %d times", own), outcome(t, dir), want)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("kills by phase: %v", phases)
}

// phase says what a killed run was at, by what it left behind.
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
	case len(evaluation) > 0 || slices.Contains([]string{"evaluation"}, events[len(events)-1].Kind):
		return "in an evaluation"
	}
	return "in training"
}

// Patience holds for the evaluations that come after the request, whatever happens to the process meanwhile.
func TestPatienceOnRequestHoldsFromThereOn(t *testing.T) {
	s := &schedule{patience: 3}
	scores := []metric.Validation{{Step: 1, Score: 0.5}, {Step: 2, Score: 0.4}}
	one := 1
	s.settings.Patience, s.settings.PatienceAfter = &one, 2
	if s.stops(scores) {
		t.Error("an evaluation of before the request ends the run")
	}
	scores = append(scores, metric.Validation{Step: 3, Score: 0.6})
	if s.stops(scores) || s.stopping(scores).Best != 2 {
		t.Error("a better one after it ends the run, or is not the best")
	}
	scores = append(scores, metric.Validation{Step: 4, Score: 0.6})
	if !s.stops(scores) {
		t.Error("the next one does not end it")
	}
}

// Rows that somebody has changed are not trained on.
func TestAChangedSelectionIsRefused(t *testing.T) {
	dir := prepared(t, rundir.FTFT, []int{0, 3, 4, 5, 9})
	s, err := dir.ReadSelection()
	if err != nil {
		t.Fatal(err)
	}
	s.Rows[1] = 2
	if err := dir.WriteSelection(s); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "its rows are not those that it was made with") {
		t.Error(err)
	}
}

// A run may go on from the checkpoint before the last, whose best one must then still be there.
func TestTheBestOfAnOlderCheckpointStays(t *testing.T) {
	dir := prepared(t, "", nil, "train.max_steps=40", "train.evaluations=8", "train.learning_rate=0.05")
	trained(t, dir)
	steps, err := dir.CheckpointSteps()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		s, err := readState(dir.Checkpoint(step))
		if err != nil || s.Best > 0 && !slices.Contains(steps, s.Best) {
			t.Errorf("the checkpoint of step %d names %d as the best, and there are %v, %v", step, s.Best, steps, err)
		}
	}
}

// The digest changes exactly when results do: whoever changes them says so in Bits.
func TestBitsAreOfThisSource(t *testing.T) {
	hash := sha256.New()
	for _, arm := range []rundir.Arm{"", rundir.FTFT} {
		var rows []int
		if arm != "" {
			rows = []int{0, 3, 4, 5, 9, 10, 14, 20, 21, 22, 30, 31, 40, 46, 47}
		}
		dir := prepared(t, arm, rows, "train.dropout=0.1", "train.weight_decay=0.01")
		trained(t, dir)
		results := outcome(t, dir)
		for _, name := range slices.Sorted(maps.Keys(results)) {
			fmt.Fprintln(hash, name, results[name])
		}
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != Bits {
		t.Errorf("the results have the bits %s; if that is meant, Bits in identity.go must say so", got)
	}
}
