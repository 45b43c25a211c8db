package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ftft/configs"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// A damaged file of a run or an experiment is bad data for each command that reads it, and the message begins with its place.
func TestDamagedRunsAreBadData(t *testing.T) {
	folder := t.TempDir()
	config, err := configs.Load("../../testdata/tiny/tiny.toml")
	if err != nil {
		t.Fatal(err)
	}
	run := func(id string) {
		w := watchtest.New(rundir.Dir(filepath.Join(folder, id)), watchtest.Plan{
			Manifest: rundir.Manifest{Role: rundir.Main, Arm: rundir.FTFT}, Examples: 60, BatchSize: 10, Steps: 24, Evaluate: 2, Speed: 1,
		})
		w.Train(24)
		if err := w.Dir.WriteSelection(rundir.Selection{Strategy: "ambiguous", Count: 1, Rows: []int{0}}); err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile(w.Dir.Config(), config.TOML()); err != nil {
			t.Fatal(err)
		}
		w.Finish(rundir.Finish{Status: rundir.Complete})
	}
	for _, damage := range []struct{ file, content, message string }{
		{"manifest.json", "{\"format\": 1,\n \"role\": [", ":2: not JSON"},
		{"manifest.json", "{\"format\": 1,\n \"role\": 3}", ":2: role: "},
		{"manifest.json", `{"format": 1, "role": "x"}`, `: role "x"`},
		{"manifest.json", `{"format": 99, "role": "main"}`, ": format 99"},
		{"manifest.json", "", ": is empty"},
		{"examples.jsonl", "{\"row\": 0}\n{\"row\": 5}\n", ":2: holds row 5"},
		{"examples.jsonl", "{\"row\": 0}\n{\"row\": \"x\"}\n", ":2: row: "},
		{"examples.jsonl", "{\"row\": 0}\n\x00\x00", ":2: not JSON"},
		{"events.jsonl", "\x00\x00\n", ":1: not an event"},
		{"events.jsonl", "{\"seq\": 1, \"kind\": \"start\", \"step\": 0}\n{\"kind\": \"step\", \"losses\": 3}\n", ":2: not an event: losses: "},
		{"events.jsonl", "{\"seq\": 1, \"kind\": \"start\"}\n{\"seq\": 2}\n", ":2: not an event: it has no kind"},
		{"selection.json", "{\"rows\": [3, 2], \"count\": 2}", ": row 2"},
		{"selection.json", "{\"rows\": 7}", ":1: rows: "},
		{"dynamics/epoch-001.npy", "\x93NUMPY\x01\x00\x04\x00{'a'", ": "},
		{"gold.npy", "not an array", ": not a NumPy array"},
		{"study.json", "{\"runs\":\n 3}", ":2: runs: "},
		{"study.json", "{", ":1: not JSON"},
	} {
		run("one")
		path := filepath.Join(folder, "one", damage.file)
		lines := []string{"map one --fraction 0.3", "select one", "curves one", "fsck one", "triage one"}
		switch damage.file {
		case "study.json":
			path = filepath.Join(folder, "plan", damage.file)
			if err := disk.MkdirAll(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
			lines = []string{"report plan", "map plan", "resume plan", "curves plan", "study " + filepath.Join(folder, "plan")}
		case "manifest.json":
			lines = append(lines, "embed one")
		}
		if err := os.WriteFile(path, []byte(damage.content), 0o644); err != nil {
			t.Fatal(err)
		}
		if damage.file == "manifest.json" || damage.file == "events.jsonl" { // a complete run: its state comes from a damaged file
			lines = append(lines, "control one pause", "stop one", "resume one")
		}
		refused := 0
		for _, line := range lines {
			var out bytes.Buffer
			cmd := root()
			cmd.SetOut(&out)
			cmd.SetErr(&out)
			cmd.SetArgs(append(strings.Fields(line), "--runs", folder))
			err := cmd.Execute()
			if err == nil { // it does not need the file
				continue
			}
			refused++
			if strings.HasPrefix(line, "fsck") { // it names files within the run
				if exitCode(err) != exitData || !strings.Contains(err.Error(), damage.file+": ") {
					t.Errorf("%s %q: ftft %s: exit code %d: %v", damage.file, damage.content, line, exitCode(err), err)
				}
				continue
			}
			if bad := (*fault.Bad)(nil); exitCode(err) != exitData || !errors.As(err, &bad) || !strings.Contains(err.Error(), path+damage.message) {
				t.Errorf("%s %q: ftft %s: exit code %d: %v", damage.file, damage.content, line, exitCode(err), err)
			}
		}
		if refused == 0 {
			t.Errorf("%s %q is bad data to no command", damage.file, damage.content)
		}
		for _, name := range []string{"one", "plan"} {
			if err := os.RemoveAll(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A run that a process trains takes requests, whatever is damaged in its folder. Without the process the damage is named.
func TestADamagedRunInTrainingTakesRequests(t *testing.T) {
	dir := rundir.Dir(filepath.Join(t.TempDir(), "one"))
	w := watchtest.New(dir, watchtest.Plan{
		Manifest: rundir.Manifest{Role: rundir.Main, Arm: rundir.ERM}, Examples: 60, BatchSize: 10, Steps: 24, Evaluate: 2, Speed: 1,
	})
	w.Train(12)
	w.Finish(rundir.Finish{Status: rundir.Interrupted})
	for _, path := range []string{dir.Events(), dir.Manifest()} {
		if err := os.WriteFile(path, []byte("{\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := rundir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, answers, err := statusOf(dir); !answers || err != nil {
		t.Errorf("in training: %t, %v", answers, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if _, answers, err := statusOf(dir); answers || exitCode(err) != exitData || !strings.Contains(err.Error(), dir.Manifest()) {
		t.Errorf("after its end: %t, %v", answers, err)
	}
}
