package train

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ftft/train/rundir"
)

func TestAFullDiskIsWaitedFor(t *testing.T) {
	dir := prepared(t, "", nil)
	log, err := rundir.OpenLog(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r := &run{dir: dir, log: log, pace: rundir.NewPace(log)}
	tries := 0
	err = r.patiently(func() error {
		if tries++; tries < 2 {
			return fmt.Errorf("write: %w", unix.ENOSPC)
		}
		return nil
	})
	warnings, _ := bodies[*rundir.Warning](t, dir)
	if err != nil || tries != 2 || len(warnings) != 1 || !strings.Contains(warnings[0].Message, "the disk was full") {
		t.Errorf("%d tries, %v, %+v", tries, err, warnings)
	}
	ends := make(chan struct{})
	close(ends)
	r.ends = ends
	if err := r.patiently(func() error { return unix.ENOSPC }); !full(err) {
		t.Errorf("somebody ended it: %v", err)
	}
	if err := r.patiently(func() error { return unix.EIO }); err != unix.EIO {
		t.Errorf("another fault: %v", err)
	}
}
