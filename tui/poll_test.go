package tui

import (
	"testing"
	"time"

	"ftft/train/watch"
)

// A workbench that nobody uses, on a folder in which nothing happens, polls less often. A key, a change or a run that trains makes it
// poll as often as before, and a key ends the wait that has begun.
func TestIdleWorkbenchPollsLess(t *testing.T) {
	a := New(Options{Root: t.TempDir()})
	snapshot := func(s watch.Snapshot) (wait time.Duration) {
		_, wait = a.takeSnapshot(s)
		return wait
	}
	idle := watch.Snapshot{Idle: true}
	rest := func() {
		t.Helper()
		for range restAfter {
			if wait := snapshot(idle); wait != watch.Interval {
				t.Fatalf("after %d quiet polls the wait is %s", a.quiet, wait)
			}
		}
		polls := a.polls
		if wait := snapshot(idle); wait != watch.IdleInterval || a.polls != polls+1 {
			t.Fatalf("the wait is %s", wait)
		}
		if snapshot(idle); a.polls != polls+5 {
			t.Errorf("%d polls count for one after a second", a.polls-polls-1)
		}
	}
	for name, wake := range map[string]func(){
		"a change":          func() { snapshot(watch.Snapshot{Idle: true, Changed: true}) },
		"a run that trains": func() { snapshot(watch.Snapshot{}) },
		"a key":             func() { a.Update(keyOf("x")) },
	} {
		rest()
		if wake(); a.quiet != 0 {
			t.Errorf("%s does not wake the workbench", name)
		}
		snapshot(idle)
		a.quiet = 0
	}
	began := time.Now()
	if _, ok := a.poll(time.Hour)().(watch.Snapshot); !ok || time.Since(began) > time.Minute {
		t.Error("a key did not end the wait for the next poll")
	}
}
