package tui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ftft/configs"
	"ftft/internal/limit"
	"ftft/internal/slow"
	"ftft/train/report"
	"ftft/train/rundir"
	"ftft/train/watch"
	"ftft/train/watch/watchtest"
)

// newDamaged returns a workbench on a runs folder that is about to be damaged: two experiments that share a reference, with an arm each,
// and a run outside of experiments. It has read nothing yet.
func newDamaged(t *testing.T, random *rand.Rand) *bench {
	b := newBench(t, 100, 30, nil)
	root := b.options.Root
	config, err := configs.Parse("bench", benchConfig, "")
	if err != nil {
		t.Fatal(err)
	}
	train := func(id, role string, arm rundir.Arm, experiment string, rows []int, steps int) {
		manifest := rundir.Manifest{Role: role, Arm: arm, Study: experiment, Seed: 1}
		run := watchtest.New(rundir.Dir(filepath.Join(root, id)),
			watchtest.Plan{Manifest: manifest, Examples: 90, Rows: rows, BatchSize: 10, Steps: 36, Evaluate: 4, Speed: 1})
		run.Train(steps)
		if err := os.WriteFile(run.Dir.Config(), config.TOML(), 0o666); err != nil {
			t.Fatal(err)
		}
		if steps == 36 {
			run.Finish(rundir.Finish{Status: rundir.Complete})
		}
	}
	train("demo-reference", rundir.Reference, "", "demo", nil, 36)
	train("demo-ftft", rundir.Main, rundir.FTFT, "demo", []int{1, 2, 30, 41, 55, 66, 77, 78, 80, 81}, []int{0, 7, 36}[random.IntN(3)])
	train("demo-2-erm", rundir.Main, rundir.ERM, "demo-2", nil, 36)
	train("alone", rundir.Main, rundir.ERM, "", nil, 20)
	second := rundir.StudyDir(filepath.Join(root, "demo-2"))
	err = os.Mkdir(string(second), 0o777)
	if err == nil {
		err = second.WriteStudy(rundir.Study{
			Name: "demo-2", State: rundir.Complete, Created: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC), Config: benchConfig, Seeds: []int64{1},
			Runs: []rundir.StudyRun{
				{ID: "demo-reference", Role: rundir.Reference, Seed: 1, State: rundir.Complete, Reused: true},
				{ID: "demo-2-erm", Role: rundir.Main, Arm: rundir.ERM, Seed: 1, State: rundir.Complete},
			},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// entries returns the files and folders under root, without root.
func entries(root string) (paths []string) {
	filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && path != root {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}

// readRegular returns the content of a small regular file, nil of anything else.
func readRegular(path string) []byte {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil
	}
	text, _ := os.ReadFile(path)
	return text
}

// damage damages a random file or folder under root, and returns what it did.
func damage(random *rand.Rand, root string) string {
	paths := entries(root)
	if len(paths) == 0 {
		return ""
	}
	path := paths[random.IntN(len(paths))]
	text := readRegular(path)
	replace := func(data []byte) {
		os.RemoveAll(path)
		os.WriteFile(path, data, 0o666)
	}
	kind := random.IntN(14)
	switch kind {
	case 0:
		os.RemoveAll(path)
	case 1:
		replace(nil)
	case 2:
		replace(text[:random.IntN(len(text)+1)])
	case 3:
		os.RemoveAll(path)
		os.Mkdir(path, 0o777)
	case 4:
		os.RemoveAll(path)
		unix.Mkfifo(path, 0o666)
	case 5:
		os.RemoveAll(path)
		os.Symlink([]string{filepath.Base(path), "nowhere", "/dev/zero", ".."}[random.IntN(4)], path)
	case 6:
		for range 1 + random.IntN(4) {
			if len(text) > 0 {
				text[random.IntN(len(text))] = byte(random.IntN(256))
			}
		}
		replace(text)
	case 7:
		os.Truncate(path, int64(len(text))+1<<uint(10+random.IntN(22)))
	case 8:
		replace(readRegular(paths[random.IntN(len(paths))]))
	case 9:
		os.Rename(path, paths[random.IntN(len(paths))])
	case 10:
		os.Chmod(path, 0)
	default:
		replace(mutated(random, text))
	}
	return fmt.Sprintf("%d %s", kind, path[len(root):])
}

// mutated returns JSON, or lines of JSON, with one value replaced.
func mutated(random *rand.Rand, text []byte) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	if json.Valid(text) {
		lines = [][]byte{text}
	}
	at := random.IntN(len(lines))
	var v any
	if json.Unmarshal(lines[at], &v) != nil {
		return append(text, "\nnonsense"...)
	}
	v = mutate(random, v)
	line, err := json.Marshal(v)
	if err != nil {
		return text
	}
	lines[at] = append(line, '\n')
	return bytes.Join(lines, nil)
}

// mutate replaces a random value within v, or v itself, or repeats an element of a list.
func mutate(random *rand.Rand, v any) any {
	switch inner := v.(type) {
	case map[string]any:
		if keys := sortedKeys(inner); len(keys) > 0 && random.IntN(8) > 0 {
			key := keys[random.IntN(len(keys))]
			if random.IntN(5) == 0 {
				delete(inner, key)
				return inner
			}
			inner[key] = mutate(random, inner[key])
			return inner
		}
	case []any:
		if len(inner) > 0 && random.IntN(4) > 0 {
			at := random.IntN(len(inner))
			if random.IntN(3) == 0 {
				return append(inner, inner[at])
			}
			inner[at] = mutate(random, inner[at])
			return inner
		}
	}
	return []any{
		nil, "", "x", "running", "complete", "../x", "\x1b[2J", 0, -1, 1e9, 4294967296, 1e300, 0.5, true, []any{}, map[string]any{},
	}[random.IntN(16)]
}

func sortedKeys(m map[string]any) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// playDamage plays on a runs folder that is damaged before the workbench opens it and while it is open. What else reads the folder must
// not panic or wait either.
func playDamage(t *testing.T, seed uint64, events int) {
	random := rand.New(rand.NewPCG(seed, 2))
	var done []string
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("seed %d: %v after the damage %q", seed, r, done)
		}
	}()
	limit.Check(t, 4<<30, 120, func() {
		b := newDamaged(t, random)
		root := b.options.Root
		hurt := func() { done = append(done, damage(random, root)) }
		for range random.IntN(8) {
			hurt()
		}
		b.readRuns()
		groups := watch.New(root).Poll("").Groups
		for _, row := range (watch.List{}).Rows(groups) {
			if len(row.Group.Runs) == 0 || row.Run.Broken && row.Run.Problem == nil {
				t.Errorf("seed %d: %s is broken without a reason", seed, row.Run.ID())
			}
			report.OfRun(row.Run.Dir)
		}
		for _, group := range groups {
			if group.Dir != "" {
				report.OfStudy(group.Dir)
				Curves(root, CurveSettings{Runs: []string{string(group.Dir)}}, true, 80, 24)
			}
		}
		play(t, b, seed, random, events, hurt)
	})
}

func TestDamagedFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	sessions := uint64(6)
	if slow.Enabled() {
		sessions = 300
	}
	for seed := range sessions {
		playDamage(t, seed, 60)
	}
}

func FuzzDamagedFolders(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		t.Chdir(t.TempDir())
		playDamage(t, seed, 100)
	})
}
