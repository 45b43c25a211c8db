package job

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
	"ftft/train/rundir"
)

// fillDisk makes writes fail as on a full disk, until free is called.
func fillDisk(t *testing.T) (free func()) {
	var full atomic.Bool
	full.Store(true)
	disk.Inject(func(op disk.Op, _ string) error {
		if op == disk.Writing && full.Load() {
			return unix.ENOSPC
		}
		return nil
	})
	t.Cleanup(func() { disk.Inject(nil) })
	return func() { full.Store(false) }
}

// A full disk ends no supervisor: it follows the job, and logs its end once there is space.
func TestFullDiskOfTheSupervisor(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	done := supervise(t.Context(), dir)
	id := submitted(t, dir)
	s.start(t, id)
	trains(t, dir)
	free := fillDisk(t)
	polls := s.lines("polls")
	until(t, "it is polled", func() bool { return s.lines("polls") > polls+2 })
	j, _ := s.read(id)
	text, err := os.ReadFile(s.file(id))
	if err != nil {
		t.Fatal(err)
	}
	must(os.WriteFile(s.file(id), []byte(strings.Replace(string(text), "RUNNING", "OUT_OF_MEMORY", 1)), 0o666))
	must(unix.Kill(j.PID, unix.SIGKILL))
	select {
	case got := <-done:
		t.Fatalf("it ended without space: %+v", got)
	case <-time.After(20 * tick):
	}
	free()
	result(t, done, dir, rundir.Interrupted, "out of memory")
}

func TestFullDiskBeforeTheSubmission(t *testing.T) {
	e, s := scheduledEngine(t)
	dir := prepared(t, t.TempDir(), "run", e)
	free := fillDisk(t)
	done := supervise(t.Context(), dir)
	time.Sleep(20 * tick)
	free()
	got := <-done
	if got.err == nil || !strings.Contains(got.err.Error(), "no space left") || len(s.jobs()) != 0 {
		t.Errorf("%+v, %v", got, s.jobs())
	}
}
