package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// writePlan writes the plan of an experiment.
func writePlan(t *testing.T, root string, plan rundir.Study) rundir.StudyDir {
	t.Helper()
	dir := rundir.StudyDir(filepath.Join(root, plan.Name))
	if err := os.MkdirAll(string(dir), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := dir.WriteStudy(plan); err != nil {
		t.Fatal(err)
	}
	return dir
}

// states returns the state of each run, in the order of the list.
func states(s Snapshot) (list []string) {
	for _, group := range s.Groups {
		for _, run := range group.Runs {
			list = append(list, run.ID()+" "+run.State())
		}
	}
	return list
}

// A run has failed only if it was prepared or logged: others have not started, for their reference did not complete or their
// experiment has ended.
func TestRunsThatNeverStarted(t *testing.T) {
	root := t.TempDir()
	w := watchtest.New(rundir.Dir(filepath.Join(root, "s-reference")), runPlan())
	w.Train(12)
	w.Die()
	plan := rundir.Study{Name: "s", State: rundir.Running, Created: time.Now(), Runs: []rundir.StudyRun{
		{ID: "s-reference", Role: rundir.Reference, Seed: 1, State: rundir.Interrupted},
		{ID: "s-ftft", Role: rundir.Main, Arm: rundir.FTFT, Seed: 1, State: rundir.Failed},
		{ID: "s-random", Role: rundir.Main, Arm: rundir.Random, Seed: 2, State: rundir.Pending},
		{ID: "s-erm", Role: rundir.Main, Arm: rundir.ERM, Seed: 2, State: rundir.Failed},
	}}
	f := New(root)
	check := func(random string) {
		t.Helper()
		writePlan(t, root, plan)
		s := f.Poll("")
		want := []string{"s-reference interrupted", "s-ftft not started", "s-random " + random, "s-erm failed"}
		if got := states(s); !slices.Equal(got, want) {
			t.Errorf("the runs are %q, want %q", got, want)
		}
		if got := s.Groups[0].Runs[1].Missed; got != "s-reference" {
			t.Errorf("s-ftft missed %q", got)
		}
	}
	plan.Owner = rundir.Owner{PID: 1, Host: "elsewhere"}
	check(rundir.Pending)
	plan.State = rundir.Failed
	check(rundir.NotStarted)
}

// many writes experiments of a complete reference and a stopped ftft run each, the newest last.
func many(t *testing.T, root string, experiments int) {
	t.Helper()
	for i := range experiments {
		name := fmt.Sprintf("e%03d", i)
		runs := []rundir.StudyRun{
			{ID: name + "-reference", Role: rundir.Reference, Seed: 1, State: rundir.Complete},
			{ID: name + "-ftft", Role: rundir.Main, Arm: rundir.FTFT, Seed: 1, Parent: name + "-reference", State: rundir.Stopped},
		}
		dir := writePlan(t, root, rundir.Study{
			Name: name, State: rundir.Complete, Runs: runs, Created: time.Date(2026, 1, 2, 3, 4, i, 0, time.UTC),
		})
		for k, status := range []string{rundir.Complete, rundir.Stopped} {
			plan := runPlan()
			plan.Manifest = rundir.Manifest{Role: runs[k].Role, Arm: runs[k].Arm, Parent: runs[k].Parent, Study: name, Seed: 1}
			w := watchtest.New(dir.Run(runs[k].ID), plan)
			w.Train(40 - 5*k)
			w.Finish(rundir.Finish{Status: status})
		}
	}
}

// The logs of the runs in sight are read whole, the others in part; what a list shows is the same.
func TestOfManyRunsFewAreReadWhole(t *testing.T) {
	root := t.TempDir()
	many(t, root, 5)
	f := New(root)
	f.newest = 4
	first := f.Poll("")
	for _, group := range first.Groups {
		for _, run := range group.Runs {
			whole, err := rundir.ReadRecord(run.Dir)
			if err != nil {
				t.Fatal(err)
			}
			n := len(run.Evaluations)
			if !run.Brief || run.Losses != nil || run.Status.State != whole.Status(false).State || run.Status.Step != whole.Status(false).Step ||
				run.Start.MaxSteps != 40 || n < 3 || !slices.Equal(run.Evaluations[n-3:], whole.Evaluations[len(whole.Evaluations)-3:]) {
				t.Fatalf("the brief of %s is %+v", run.ID(), run)
			}
		}
	}
	old := rundir.Dir(filepath.Join(root, "e000-ftft"))
	given := rundir.Dir(filepath.Join(root, "e001-ftft"))
	for range f.newest/wholeAtOnce + 1 {
		first = f.Poll(old, given)
	}
	var whole []string
	for _, group := range first.Groups {
		for _, run := range group.Runs {
			if !run.Brief {
				whole = append(whole, run.ID())
				if len(run.Losses) != run.Status.Step {
					t.Errorf("%s has %d losses at step %d", run.ID(), len(run.Losses), run.Status.Step)
				}
			}
		}
	}
	if !slices.Equal(whole, []string{
		"e004-reference", "e004-ftft", "e003-reference", "e003-ftft", "e001-ftft", "e000-reference", "e000-ftft",
	}) {
		t.Errorf("read whole: %q", whole)
	}
	if s := f.Poll(old, given); s.Changed {
		t.Error("a poll without new events gives a change")
	}
	for _, group := range f.Poll("").Groups {
		for _, run := range group.Runs {
			if run.ID() == "e000-ftft" && (!run.Brief || run.Losses != nil || len(run.Evaluations) == 0) {
				t.Errorf("out of sight, the run is still whole: %+v", run)
			}
		}
	}
}

// A run that has ended and is not in sight is found to have been resumed, and one that was removed to be gone.
func TestChangesOfEndedRunsAreFound(t *testing.T) {
	root := t.TempDir()
	many(t, root, 5)
	f := New(root)
	f.newest = 4
	for range pollEnded / 2 {
		f.Poll("")
	}
	dir := rundir.Dir(filepath.Join(root, "e000-ftft"))
	lock, err := rundir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	log, err := rundir.OpenLog(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	if err := log.Append(30, &rundir.Resume{PID: 1, Host: host}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(root, "e001-ftft")); err != nil {
		t.Fatal(err)
	}
	var s Snapshot
	for range pollEnded {
		s = f.Poll("")
	}
	if got := states(s); !slices.Contains(got, "e000-ftft running") {
		t.Errorf("the runs are %q", got)
	}
	for _, group := range s.Groups {
		for _, run := range group.Runs {
			if gone := run.ID() == "e001-ftft"; gone != (run.Start == nil) {
				t.Errorf("%s: %+v", run.ID(), run.Start)
			}
		}
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if got := states(f.Poll("")); !slices.Contains(got, "e000-ftft interrupted") {
		t.Errorf("the runs are %q", got)
	}
}
