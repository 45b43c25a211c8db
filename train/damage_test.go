package train

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ftft/internal/slow"
	"ftft/train/fsck"
	"ftft/train/rundir"
)

// readFiles returns the contents of a run's files, by name.
func readFiles(t *testing.T, dir rundir.Dir) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(string(dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, string(dir)+"/")] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// writeFiles writes files into a new run directory.
func writeFiles(t *testing.T, files map[string]string) rundir.Dir {
	t.Helper()
	dir := rundir.Dir(filepath.Join(t.TempDir(), "run"))
	for name, data := range files {
		path := filepath.Join(string(dir), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// resumableBefore reports whether a run's newest checkpoint is of a step before the given one.
func resumableBefore(t *testing.T, dir rundir.Dir, step int) bool {
	t.Helper()
	steps, err := dir.CheckpointSteps()
	if err != nil || len(steps) == 0 {
		t.Fatal(steps, err)
	}
	return steps[len(steps)-1] < step
}

// A file of an interrupted run is truncated, garbled, empty, too long or gone. Either the run resumes to the same bits, or an error
// names the run and no file changes. fsck finds every damage that Resume refuses.
func TestEachFileDamaged(t *testing.T) {
	whole := prepareRun(t, rundir.FTFT, nil, longRun...)
	trainRun(t, whole)
	want := outcome(t, whole)
	best, _ := eventsOf[*rundir.Finish](t, whole)
	first := prepareRun(t, rundir.FTFT, nil, longRun...)
	// Before its best evaluation: damage to an older, best checkpoint cannot be repaired by training on.
	for interruptRun(t, first, mode{}, 22); !resumableBefore(t, first, best[0].BestStep); interruptRun(t, first, mode{}, 22) {
		first = prepareRun(t, rundir.FTFT, nil, longRun...)
	}
	if err := first.WriteSettings(rundir.Settings{}); err != nil {
		t.Fatal(err)
	}
	if err := first.Send(rundir.Request{ID: "1", Action: "note", Value: "a note"}); err != nil {
		t.Fatal(err)
	}
	files := readFiles(t, first)
	_, epochs := eventsOf[*rundir.Epoch](t, first)
	epoch := len(epochs) // the running one
	damages := map[string]func(string) string{
		"cut off": func(s string) string { return s[:len(s)/2] },
		"empty":   func(string) string { return "" },
		"garbled": func(s string) string {
			data := []byte(s)
			for i := len(data) / 2; i < min(len(data)/2+8, len(data)); i++ {
				data[i] ^= 0x55
			}
			return string(data)
		},
		"longer": func(s string) string { return s + "\x00\x01{" },
		"gone":   nil,
	}
	number := regexp.MustCompile(`[0-9]+`)
	tried, refusedKinds := 0, map[string]bool{}
	for i, name := range slices.Sorted(maps.Keys(files)) {
		for j, how := range slices.Sorted(maps.Keys(damages)) {
			if !slow.Enabled() && j != i%len(damages) {
				continue // one damage a file
			}
			damaged := maps.Clone(files)
			if damages[how] == nil {
				delete(damaged, name)
			} else if damaged[name] = damages[how](files[name]); damaged[name] == files[name] {
				continue
			}
			tried++
			what := name + " " + how
			dir := writeFiles(t, damaged)
			report, fsckErr := fsck.Check(dir)
			found := fsckErr != nil || slices.ContainsFunc(report.Findings, func(f fsck.Finding) bool {
				return strings.HasPrefix(name, f.File) || strings.HasPrefix(f.File, filepath.Dir(name)) && f.File != "control"
			})
			finish, err := Resume(t.Context(), dir, false)
			if err == nil {
				if finish.Status != rundir.Complete {
					t.Errorf("%s: %+v", what, finish)
				}
				got := outcome(t, dir)
				warnings, _ := eventsOf[*rundir.Warning](t, dir)
				warned := slices.ContainsFunc(warnings, func(w *rundir.Warning) bool { return strings.Contains(w.Message, name) })
				if filepath.Dir(name) == "eval" && warned && found { // the log has its scores
					got["/"+name] = want["/"+name]
				}
				compareOutcomes(t, what, got, want)
				continue
			}
			refusedKinds[number.ReplaceAllString(name, "N")] = true
			if !strings.Contains(err.Error(), string(dir)) {
				t.Errorf("%s: the error does not name the run: %v", what, err)
			}
			if unfinished := name == fmt.Sprintf("dynamics/epoch-%03d.npy", epoch) && how == "garbled"; !found && !unfinished {
				t.Errorf("%s: Resume refuses what fsck does not find: %v", what, err)
			}
			after := readFiles(t, dir)
			for other, data := range damaged {
				// The lock names its last holder; the log may have lost a torn line and gained answers; requests are answered.
				if base := filepath.Base(other); after[other] != data && base != "lock" && base != "events.jsonl" && filepath.Dir(other) != "control" &&
					!strings.Contains(other, "dynamics/") {
					t.Errorf("%s: %s was changed although Resume returned %v", what, other, err)
				}
			}
			// With the file restored, the run resumes.
			if err := os.WriteFile(filepath.Join(string(dir), name), []byte(files[name]), 0o666); err != nil {
				t.Fatal(err)
			}
			if finish, err := Resume(t.Context(), dir, false); err != nil || finish.Status != rundir.Complete {
				t.Fatalf("%s, restored: %+v, %v", what, finish, err)
			}
			compareOutcomes(t, what+", restored", outcome(t, dir), want)
		}
	}
	t.Logf("%d damages; refused: %v", tried, slices.Sorted(maps.Keys(refusedKinds)))
	if len(refusedKinds) == 0 {
		t.Error("nothing was refused")
	}
}
