package watch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ftft/train/rundir"
	"ftft/train/watch/watchtest"
)

// A poll that is not thorough finds a new run, and sees that a run that has ended and been read whole was resumed, or is gone.
func TestQuickPollsFindChanges(t *testing.T) {
	root := t.TempDir()
	many(t, root, 3)
	f := New(root)
	quick := func() []string {
		f.rounds.polls = 0 // the next poll is not thorough
		s := f.Poll(rundir.Dir(filepath.Join(root, "e002-reference")))
		return states(s)
	}
	for range 2 * pollEnded {
		quick()
	}
	dir := rundir.Dir(filepath.Join(root, "e000-ftft"))
	if r := f.runs[dir]; !r.whole || !r.complete() {
		t.Fatalf("%s is not read whole", dir)
	}
	if s := f.Poll(""); !s.Idle || s.Changed {
		t.Errorf("nothing happens, and the snapshot is %+v", s)
	}
	lock, err := rundir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	log, err := rundir.OpenLog(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	if err := log.Append(35, &rundir.Resume{PID: 1, Host: host}); err != nil {
		t.Fatal(err)
	}
	if got := quick(); !slices.Contains(got, "e000-ftft running") {
		t.Errorf("the runs are %q", got)
	}
	if f.Poll("").Idle {
		t.Error("a run trains, and the snapshot is idle")
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if got := quick(); !slices.Contains(got, "e000-ftft interrupted") {
		t.Errorf("the runs are %q", got)
	}
	w := watchtest.New(rundir.Dir(filepath.Join(root, "new")), runPlan())
	if got := quick(); !slices.Contains(got, "new running") {
		t.Errorf("the runs are %q", got)
	}
	w.Die()
	if err := os.RemoveAll(string(w.Dir)); err != nil {
		t.Fatal(err)
	}
	if got := quick(); len(got) != 6 {
		t.Errorf("the runs are %q", got)
	}
}
