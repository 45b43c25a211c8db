package train

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ftft/train/fsck"
	"ftft/train/rundir"
)

// faultStride is how many calls TestFaultPoints goes on by: 1 is every one.
var faultStride = flag.Int("faultstride", 40, "every so-manieth system call that TestFaultPoints makes fail; 1 = all")

// TestFaultPoints kills a training process at its n-th write, fsync, rename or open, or has that call fail, for n = 1, 1 +
// stride and so on until the run gets through. Afterwards the run resumes, and ends in the same bits. strace does it.
func TestFaultPoints(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("no strace to make system calls fail with")
	}
	if testing.Short() {
		t.Skip("it runs many processes")
	}
	sets := []string{"train.max_steps=12", "train.evaluations=2", "stop.patience=0"}
	whole := prepared(t, "ftft", nil, sets...)
	trained(t, whole)
	want := outcome(t, whole)
	for _, call := range []string{"write", "pwrite64", "fsync", "renameat", "openat"} {
		for _, fault := range []string{"signal=KILL", "error=EIO"} {
			points, failed, killed := 0, 0, 0
			for n := 1; ; n += *faultStride {
				dir := prepared(t, "ftft", nil, sets...)
				command := exec.Command(strace, "-f", "-qq", "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", call, fault, n), "-o", os.DevNull,
					os.Args[0], "-test.run=^TestKilledRuns$")
				command.Env = append(os.Environ(), "FTFT_TRAIN="+string(dir))
				text, err := command.CombinedOutput()
				if strings.Contains(string(text), "ptrace") {
					t.Skipf("no system calls can be made to fail here: %s", text)
				}
				status, statusErr := dir.Status()
				if statusErr != nil {
					t.Fatalf("%s, %s, %d: the run does not open: %v", call, fault, n, statusErr)
				}
				if err == nil && status.State == rundir.Complete {
					break
				}
				points++
				if status.State == rundir.Failed {
					failed++
				} else {
					killed++
				}
				if status.State != rundir.Complete {
					trainedFurther(t, dir)
				}
				compare(t, fmt.Sprintf("%s, %s, %d", call, fault, n), outcome(t, dir), want)
				if report, err := fsck.Check(dir); err != nil || len(report.Findings) > 0 {
					t.Errorf("%s, %s, %d: %+v, %v", call, fault, n, report, err)
				}
				if t.Failed() {
					t.FailNow()
				}
			}
			t.Logf("%s, %s: %d points, %d of them logged as failures, %d cut off", call, fault, points, failed, killed)
		}
	}
}
