package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// twoExperiments writes two experiments that use the same runs: the manifests name the older one.
func twoExperiments(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	var runs []rundir.StudyRun
	for _, id := range []string{"a-reference", "a-erm"} {
		plan := runPlan()
		plan.Manifest.Study = "a"
		if id == "a-erm" {
			plan.Manifest.Role, plan.Manifest.Arm = rundir.Main, rundir.ERM
		}
		w := watchtest.New(rundir.Dir(filepath.Join(root, id)), plan)
		w.Train(12)
		w.Finish(rundir.Finish{Status: rundir.Complete})
		role, arm := plan.Manifest.Role, plan.Manifest.Arm
		runs = append(runs, rundir.StudyRun{ID: id, Role: role, Arm: arm, Seed: 1, State: rundir.Complete})
	}
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	writePlan(t, root, rundir.Study{Name: "a", State: rundir.Complete, Created: began, Runs: runs})
	writePlan(t, root, rundir.Study{Name: "b", State: rundir.Complete, Created: began.Add(time.Hour), Runs: append(runs, runs[1])})
	return root
}

// A run is in the group of each experiment whose plan lists it, once and marked, and counts once in all.
func TestSharedRuns(t *testing.T) {
	s := New(twoExperiments(t)).Poll("")
	want := []string{"a-reference complete", "a-erm complete", "a-reference complete", "a-erm complete"}
	if got := states(s); !slices.Equal(got, want) {
		t.Fatalf("the runs are %q, want %q", got, want)
	}
	rows := (List{}).Rows(s.Groups)
	if n := Distinct(rows); n != 2 {
		t.Errorf("%d runs, want 2", n)
	}
	for _, row := range rows {
		other := map[string]string{"a": "b", "b": "a"}[row.Group.Name]
		if got := row.SharedWith(); !slices.Equal(got, []string{other}) {
			t.Errorf("%s of %s is shared with %q, want %q", row.Run.ID(), row.Group.Name, got, other)
		}
	}
	for _, group := range s.Groups {
		if reference := group.Reference(); reference.ID() != "a-reference" {
			t.Errorf("the reference of %s is %s", group.Name, reference.ID())
		}
	}
}

// damages replace a path, which exists no more.
var (
	remove   = func(string) error { return nil }
	folderAt = func(path string) error { return os.Mkdir(path, 0o777) }
	pipeAt   = func(path string) error { return unix.Mkfifo(path, 0o666) }
	loopAt   = func(path string) error { return os.Symlink(filepath.Base(path), path) }
	emptyAt  = func(path string) error { return os.WriteFile(path, nil, 0o666) }
)

// textAt returns the damage that writes a text.
func textAt(text string) func(path string) error {
	return func(path string) error { return os.WriteFile(path, []byte(text), 0o666) }
}

// An experiment whose plan cannot be read is a row with the reason, followed by the runs that name it and that no other plan lists.
func TestExperimentsThatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(path string) error
		reason string
	}{
		{"no runs", textAt(`{"format":1,"name":"a","runs":[]}`), "lists no runs"},
		{"null", textAt(`{"format":1,"name":"a","runs":null}`), "lists no runs"},
		{"empty", emptyAt, "study.json"},
		{"torn", textAt(`{"format":1,"na`), "study.json"},
		{"folder", folderAt, "study.json"},
		{"pipe", pipeAt, "study.json"},
		{"loop", loopAt, "study.json"},
		{"dangling", func(path string) error { return os.Symlink("nowhere", path) }, "is missing"},
		{"missing", func(path string) error { return emptyAt(filepath.Join(filepath.Dir(path), "study.log")) }, "is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := twoExperiments(t)
			path := rundir.StudyDir(filepath.Join(root, "a")).Study()
			if err := os.RemoveAll(filepath.Join(root, "b")); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := test.damage(path); err != nil {
				t.Fatal(err)
			}
			f := New(root)
			for range 2 { // the second poll does not read it again
				s := f.Poll("")
				want := []string{"a broken", "a-erm complete", "a-reference complete"}
				if got := states(s); !slices.Equal(got, want) {
					t.Fatalf("the runs are %q, want %q", got, want)
				}
				group := s.Groups[0]
				if group.State != Broken || group.Reference().ID() != "a-reference" {
					t.Errorf("the experiment is %s, with the reference %s", group.State, group.Reference().ID())
				}
				if problem := message(group.Runs[0].Problem); !strings.Contains(problem, test.reason) {
					t.Errorf("the reason is %q, want one with %q", problem, test.reason)
				}
			}
		})
	}
}

// A run whose manifest or log cannot be read is broken, with the reason, at every poll; one whose folder is gone is missing.
func TestRunsThatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		name, file string
		damage     func(path string) error
		state      string
	}{
		{"manifest missing", "manifest.json", remove, Broken},
		{"manifest empty", "manifest.json", emptyAt, Broken},
		{"manifest a folder", "manifest.json", folderAt, Broken},
		{"manifest a pipe", "manifest.json", pipeAt, Broken},
		{"manifest a loop", "manifest.json", loopAt, Broken},
		{"log a folder", "events.jsonl", folderAt, Broken},
		{"log a pipe", "events.jsonl", pipeAt, Broken},
		{"log a loop", "events.jsonl", loopAt, Broken},
		{"config a folder", "config.toml", folderAt, rundir.Complete},
		{"selection empty", "selection.json", emptyAt, rundir.Complete},
		{"gone", "", remove, Missing},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := twoExperiments(t)
			dir := rundir.Dir(filepath.Join(root, "a-erm"))
			path := filepath.Join(string(dir), test.file)
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			if err := test.damage(path); err != nil {
				t.Fatal(err)
			}
			for _, whole := range [][]rundir.Dir{{dir}, nil} {
				f := New(root)
				f.newest = 0
				for range 2 {
					s := f.Poll("", whole...)
					want := []string{"a-reference complete", "a-erm " + test.state, "a-reference complete", "a-erm " + test.state}
					if got := states(s); !slices.Equal(got, want) {
						t.Fatalf("the runs are %q, want %q", got, want)
					}
					run := s.Groups[0].Runs[1]
					if run.Problem == nil && (whole != nil || test.file != "config.toml") {
						t.Error("there is no reason")
					}
				}
			}
		})
	}
}
