package train

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"ftft/train/cost"
	"ftft/train/rundir"
)

// spaceEvery is how often a run that waits for disk space tries again.
const spaceEvery = 2 * time.Second

// patiently does something that writes. Where the disk is full, it waits until there is space, or until ctx ends: what has been
// trained is not thrown away for somebody else's files. write must be such that it can be done again.
func (r *run) patiently(write func() error) error {
	err := write()
	if !full(err) {
		return err
	}
	began := time.Now()
	fmt.Fprintf(os.Stderr, "%s: %v; waiting for space at step %d\n", r.dir, err, r.step)
	for full(err) {
		select {
		case <-r.ends:
			return err
		case <-time.After(spaceEvery):
		}
		err = write()
	}
	if err == nil {
		err = r.pace.Append(r.step, &rundir.Warning{Message: fmt.Sprintf("the disk was full for %v", time.Since(began).Round(time.Second))})
	}
	return err
}

func full(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// checkSpace says before the run begins whether what it will write has room.
func (r *run) checkSpace() error {
	var stat unix.Statfs_t
	if err := unix.Statfs(string(r.dir), &stat); err != nil {
		return nil // some file systems cannot say; the run waits when it comes to it
	}
	free := int64(stat.Bavail) * int64(stat.Bsize)
	evaluated := 0
	for _, set := range r.evals {
		evaluated += set.Len()
	}
	epochs := (r.maxSteps + r.stepsPerEpoch - 1) / r.stepsPerEpoch
	rows := int64(r.set.Len())*int64(epochs) + int64(evaluated)*int64(len(r.evaluationSteps))
	if need := cost.Disk(r.net.Spec, keptLast+1, rows); need > free {
		return fmt.Errorf("the run will write about %d MB, and %s has %d MB free: free some space, or choose another place with --runs", need>>20, r.dir, free>>20)
	}
	return nil
}
