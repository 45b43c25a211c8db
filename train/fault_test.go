package train

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
	"ftft/internal/slow"
	"ftft/train/fsck"
	"ftft/train/rundir"
)

// faultStride is the flag behind stride.
var faultStride = flag.Int("faultstride", 0, "in the fault tests, every n-th call on a file fails; 0 = 25 with FTFT_SLOW, 200 without")

// stride is the distance between two calls on files that the fault tests make fail.
func stride() int {
	switch {
	case *faultStride > 0:
		return *faultStride
	case slow.Enabled():
		return 25
	}
	return 200
}

// shortRun is the run that faults are injected into, just long enough for each kind of file.
var shortRun = []string{"train.max_steps=12", "train.evaluations=2", "stop.patience=0"}

// faultEnv is an environment variable, OP:N. It makes the process that TestKilledRuns starts kill itself at its N-th call of a
// kind.
const faultEnv = "FTFT_FAULT"

// injectKill kills this process at the call that faultEnv's value names.
func injectKill(fault string) {
	op, at, _ := strings.Cut(fault, ":")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		panic(err)
	}
	var calls atomic.Int64
	disk.Inject(func(o disk.Op, _ string) error {
		if string(o) == op && calls.Add(1) == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	})
}

// trainWithFaults trains a run while calls of one kind ("" = of any) fail with err: the n-th and those after it, times in all. met
// reports whether any call failed.
func trainWithFaults(
	ctx context.Context, dir rundir.Dir, op disk.Op, n, times int64, err error,
) (finish rundir.Finish, runErr error, met bool) {
	var calls atomic.Int64
	disk.Inject(func(o disk.Op, _ string) error {
		if op != "" && o != op {
			return nil
		}
		if at := calls.Add(1); n <= at && at < n+times {
			return err
		}
		return nil
	})
	defer disk.Inject(nil)
	finish, runErr = runAttempt(ctx, dir, mode{resume: true})
	return finish, runErr, calls.Load() >= n
}

// checkRecovered checks that a run that met a fault opens, resumes to the same bits, and passes fsck.
func checkRecovered(t *testing.T, what string, dir rundir.Dir, want map[string]string) {
	t.Helper()
	status, err := dir.Status()
	if err != nil {
		t.Fatalf("%s: the run does not open: %v", what, err)
	}
	if status.State != rundir.Complete {
		if finish, err := Resume(t.Context(), dir, false); err != nil || finish.Status != rundir.Complete {
			t.Fatalf("%s: it does not resume: %+v, %v", what, finish, err)
		}
	}
	compareOutcomes(t, what, outcome(t, dir), want)
	if report, err := fsck.Check(dir); err != nil || len(report.Findings) > 0 {
		t.Errorf("%s: %+v, %v", what, report, err)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// TestFaultPoints makes a training fail, write half or be killed at its n-th open, write, fsync, rename and so on, for n = 1,
// 1 + stride and so on until it makes fewer calls. Afterwards the run resumes, and ends with the same bits.
func TestFaultPoints(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a thousand times")
	}
	whole := prepareRun(t, rundir.FTFT, nil, shortRun...)
	trainRun(t, whole)
	want := outcome(t, whole)
	for _, op := range []disk.Op{disk.Opening, disk.OpeningToWrite, disk.Writing, disk.Syncing, disk.Renaming, disk.Removing, disk.Making,
		disk.Truncating} {
		faults := map[string]error{"fails": unix.EIO}
		if op == disk.Writing {
			faults["half"] = &disk.Short{Err: unix.EIO}
		}
		for how, fault := range faults {
			points, ended := 0, 0
			for n := int64(1); ; n += int64(stride()) {
				dir := prepareRun(t, rundir.FTFT, nil, shortRun...)
				_, err, met := trainWithFaults(t.Context(), dir, op, n, 1, fault)
				if !met {
					break
				}
				points++
				if err != nil {
					ended++
				}
				checkRecovered(t, fmt.Sprintf("%s %d %s", op, n, how), dir, want)
			}
			t.Logf("%s %s: %d points, %d of them ended the run", op, how, points, ended)
		}
		points := 0
		for n := 1; killedAt(t, op, n, want); n += stride() {
			points++
		}
		t.Logf("%s, killed: %d points", op, points)
	}
}

// killedAt makes a training process kill itself at its n-th call of a kind, and reports whether it made as many calls.
func killedAt(t *testing.T, op disk.Op, n int, want map[string]string) bool {
	dir := prepareRun(t, rundir.FTFT, nil, shortRun...)
	command := exec.Command(os.Args[0], "-test.run=^TestKilledRuns$")
	command.Env = append(os.Environ(), "FTFT_TRAIN="+string(dir), fmt.Sprintf("%s=%s:%d", faultEnv, op, n))
	text, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled()) {
		t.Fatalf("%s %d: %v: %s", op, n, err, text)
	}
	checkRecovered(t, fmt.Sprintf("%s %d, killed", op, n), dir, want)
	return err != nil
}

// A disk that is full for a while, from some call on, delays a run and changes nothing. A run that has not started fails with
// advice and can be started again.
func TestFullDiskIsWaitedFor(t *testing.T) {
	if testing.Short() {
		t.Skip("trains many times")
	}
	silenceStderr(t)
	defer func(d time.Duration) { retryEvery = d }(retryEvery)
	retryEvery = time.Millisecond
	whole := prepareRun(t, rundir.FTFT, nil, shortRun...)
	trainRun(t, whole)
	want := outcome(t, whole)
	for _, full := range []struct {
		op     disk.Op
		fault  error
		stride int
	}{
		{disk.Writing, unix.ENOSPC, stride()},
		{disk.Writing, &disk.Short{Err: unix.EDQUOT}, stride()},
		{disk.CheckingSpace, unix.ENOSPC, max(1, stride()/50)},
	} {
		points, waited := 0, 0
		for n := int64(1); ; n += int64(full.stride) {
			dir := prepareRun(t, rundir.FTFT, nil, shortRun...)
			finish, err, met := trainWithFaults(t.Context(), dir, full.op, n, 7, full.fault)
			if !met {
				break
			}
			points++
			starts, _ := eventsOf[*rundir.Start](t, dir)
			warnings, _ := eventsOf[*rundir.Warning](t, dir)
			switch {
			case err == nil && finish.Status == rundir.Complete:
				waited += min(len(warnings), 1)
			case len(starts) > 0 || !disk.Full(err) || !strings.Contains(err.Error(), "free some space"):
				t.Fatalf("%s %d, %v: %+v, %v", full.op, n, full.fault, finish, err)
			}
			checkRecovered(t, fmt.Sprintf("full at %s %d", full.op, n), dir, want)
		}
		if waited == 0 {
			t.Errorf("no run waited in %d points", points)
		}
		t.Logf("%s, %v: %d points, %d runs waited and logged it", full.op, full.fault, points, waited)
	}

	// A run without enough room does not start.
	dir := prepareRun(t, rundir.FTFT, nil, shortRun...)
	disk.Inject(func(op disk.Op, _ string) error { return map[disk.Op]error{disk.CheckingSpace: unix.ENOSPC}[op] })
	_, err := runAttempt(t.Context(), dir, mode{})
	disk.Inject(nil)
	if starts, _ := eventsOf[*rundir.Start](t, dir); !disk.Full(err) || !strings.Contains(err.Error(), "--runs") || len(starts) > 0 {
		t.Errorf("a run without room: %v, started %d times", err, len(starts))
	}

	// A signal ends a run that waits for space, and it can be resumed.
	dir = prepareRun(t, rundir.FTFT, nil, shortRun...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if status, err := dir.Status(); err == nil && status.Waits != "" {
				cancel()
			}
		}
	}()
	disk.Inject(func(op disk.Op, path string) error {
		if op == disk.Writing && strings.HasPrefix(path, dir.Checkpoints()) {
			return unix.ENOSPC
		}
		return nil
	})
	finish, err := runAttempt(ctx, dir, mode{resume: true})
	disk.Inject(nil)
	if err != nil || finish.Status != rundir.Interrupted {
		t.Fatalf("a signal to a run that waits for space: %+v, %v", finish, err)
	}
	checkRecovered(t, "ended while waiting", dir, want)
}

// silenceStderr discards standard error during the test.
func silenceStderr(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	was := os.Stderr
	os.Stderr = null
	t.Cleanup(func() {
		os.Stderr = was
		null.Close()
	})
}

// A run directory that turns read-only gives an error that says so, and can be resumed once it is writable.
func TestReadOnlyFolder(t *testing.T) {
	whole := prepareRun(t, rundir.FTFT, nil, shortRun...)
	trainRun(t, whole)
	want := outcome(t, whole)
	for n := int64(1); n < 300; n += 7 * int64(stride()) / 5 {
		dir := prepareRun(t, rundir.FTFT, nil, shortRun...)
		changes := []disk.Op{disk.Writing, disk.Renaming, disk.Removing, disk.Making, disk.Truncating, disk.Syncing}
		_, err, met := trainWithFaults(t.Context(), dir, changes[n%2], n, 1<<40, unix.EROFS)
		if !met {
			continue
		}
		if !errors.Is(err, unix.EROFS) {
			t.Errorf("%s %d: %v", changes[n%2], n, err)
		}
		checkRecovered(t, fmt.Sprintf("read-only from %s %d on", changes[n%2], n), dir, want)
	}
}

// A run directory that disappears, or is replaced by another, is neither made again nor written to.
func TestVanishedFolder(t *testing.T) {
	whole := prepareRun(t, rundir.FTFT, nil, shortRun...)
	trainRun(t, whole)
	want := outcome(t, whole)
	for n := int64(60); n < 400; n += int64(max(30, stride())) {
		for _, another := range []bool{false, true} {
			dir := prepareRun(t, rundir.FTFT, nil, shortRun...)
			aside := string(dir) + "-moved"
			var calls atomic.Int64
			disk.Inject(func(disk.Op, string) error {
				if calls.Add(1) != n {
					return nil
				}
				err := os.Rename(string(dir), aside)
				if another {
					err = errors.Join(err, dir.Make(), os.WriteFile(dir.LockFile(), nil, 0o666))
				}
				return err
			})
			_, err := runAttempt(t.Context(), dir, mode{resume: true})
			disk.Inject(nil)
			if calls.Load() < n {
				return
			}
			if err == nil {
				t.Fatalf("call %d: no error although the folder had gone", n)
			}
			var files []string
			_ = filepath.WalkDir(string(dir), func(path string, entry fs.DirEntry, err error) error {
				if err == nil && !entry.IsDir() && filepath.Base(filepath.Dir(filepath.Dir(path))) != "checkpoints" { // one may be half written
					files = append(files, path)
				}
				return nil
			})
			if want := map[bool]int{true: 1}[another]; len(files) != want {
				t.Errorf("call %d: files in the folder's place are %q, want %d; %v", n, files, want, err)
			}
			if err := errors.Join(os.RemoveAll(string(dir)), os.Rename(aside, string(dir))); err != nil {
				t.Fatal(err)
			}
			checkRecovered(t, fmt.Sprintf("moved away at call %d and back", n), dir, want)
		}
	}
}
