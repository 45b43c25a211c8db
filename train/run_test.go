package train

import (
	"crypto/sha256"
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
	"ftft/internal/disk"
	"ftft/train/corpus"
	"ftft/train/rundir"
)

// tiny is the config of the experiment in testdata at the module's root: 48 examples in batches of 8, 12 steps.
const tiny = "../testdata/tiny/tiny.toml"

// prepareRun makes a run directory as an experiment does: of the reference if arm is empty, on all examples if rows is nil.
func prepareRun(t testing.TB, arm rundir.Arm, rows []int, sets ...string) rundir.Dir {
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
	gold := make([]int32, len(data.Train.Examples))
	for i, e := range data.Train.Examples {
		gold[i] = int32(e.Gold)
	}
	err = errors.Join(dir.Make(), disk.WriteFile(dir.Config(), cfg.TOML()),
		rundir.WriteExamples(dir.Examples(), data.Train.Records(cfg.Labels)), dynamics.WriteNPY(dir.Gold(), gold))
	if err == nil && rows != nil {
		var guids []string
		for _, row := range rows {
			if row < len(data.Train.Examples) { // a test selects a row that does not exist
				guids = append(guids, data.Train.Examples[row].GUID)
			}
		}
		err = dir.WriteSelection(rundir.Selection{Rows: rows, Count: len(rows), Hash: rundir.HashGUIDs(guids)})
	}
	if err == nil {
		manifest.Files, err = dir.HashPlan()
	}
	if err == nil {
		err = dir.WriteManifest(manifest)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// trainRun trains a prepared run to its end.
func trainRun(t *testing.T, dir rundir.Dir) rundir.Finish {
	t.Helper()
	finish, err := Run(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return finish
}

// eventsOf returns the current events of a kind in a run's log, with their steps.
func eventsOf[B rundir.Body](t *testing.T, dir rundir.Dir) (list []B, steps []int) {
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

// seenRows returns the rows of an epoch that have logits. It fails on a NaN that is not the mark of an unseen row.
func seenRows(t *testing.T, dir rundir.Dir, epoch int) (rows []int) {
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
			t.Fatalf("epoch %d, row %d is incomplete", epoch, row)
		}
	}
	return rows
}

// firstRows returns 0 to n-1.
func firstRows(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// digests returns the SHA-256 of a run's weights, dynamics and evaluations, by file, and its losses.
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
	steps, _ := eventsOf[*rundir.Steps](t, dir)
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
		dir := prepareRun(t, rundir.ERM, nil, fmt.Sprintf("engine.threads=%d", threads), fmt.Sprintf("train.micro_batch=%d", threads%3*3))
		trainRun(t, dir)
		start, _ := eventsOf[*rundir.Start](t, dir)
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
	other := prepareRun(t, rundir.ERM, nil, "seeds=[2]")
	trainRun(t, other)
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
		rest     int // rows of the last epoch, which the budget cuts short
	}{
		{"everything", nil, 2, 8}, // 13 steps: twice 6, and one
		{"a selection", selection, 6, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := prepareRun(t, rundir.Random, c.rows, "train.max_steps=13", "stop.patience=0")
			trainRun(t, dir)
			want := c.rows
			if want == nil {
				want = firstRows(48)
			}
			epochs, at := eventsOf[*rundir.Epoch](t, dir)
			if len(epochs) != c.complete {
				t.Fatalf("the log has %d complete epochs, want %d", len(epochs), c.complete)
			}
			for i, e := range epochs {
				if e.Epoch != i || at[i] != (i+1)*((len(want)+7)/8) {
					t.Errorf("epoch %d is complete at step %d", e.Epoch, at[i])
				}
				if got := seenRows(t, dir, i); !slices.Equal(got, want) {
					t.Errorf("epoch %d has rows %v, want %v", i, got, want)
				}
			}
			if got := seenRows(t, dir, c.complete); len(got) != c.rest {
				t.Errorf("the last epoch has rows %v, want %d", got, c.rest)
			}
			if _, err := os.Stat(dir.Epoch(c.complete + 1)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a further epoch: %v", err)
			}
		})
	}
}

func TestLossOfEveryStepIsLoggedOnce(t *testing.T) {
	dir := prepareRun(t, "", nil)
	trainRun(t, dir)
	list, at := eventsOf[*rundir.Steps](t, dir)
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

// firstBatch returns the rows of a run's first batch.
func firstBatch(t *testing.T, rows []int, sets ...string) []int {
	t.Helper()
	dir := prepareRun(t, rundir.ERM, rows, append(sets, "train.max_steps=1", "train.evaluations=1")...)
	if _, err := Run(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return seenRows(t, dir, 0)
}

func TestWithoutShuffleBatchesFollowTheDataset(t *testing.T) {
	if got := firstBatch(t, nil, "train.shuffle=false"); !slices.Equal(got, firstRows(8)) {
		t.Errorf("the first batch has rows %v", got)
	}
	selection := []int{2, 3, 5, 7, 11, 13, 17, 19, 23, 29}
	if got := firstBatch(t, selection, "train.shuffle=false"); !slices.Equal(got, selection[:8]) {
		t.Errorf("the first batch of a selection has rows %v", got)
	}
	one, two := firstBatch(t, nil), firstBatch(t, nil, "seeds=[2]")
	if len(one) != 8 || slices.Equal(one, firstRows(8)) || slices.Equal(one, two) {
		t.Errorf("shuffled, the first batch has rows %v, and with another seed %v", one, two)
	}
}
