package train

import (
	"fmt"
	"os"
	"time"

	"ftft/internal/disk"
	"ftft/train/cost"
	"ftft/train/rundir"
)

// spaceEvery is how often a run that waits for disk space tries again.
var spaceEvery = 2 * time.Second

// patiently does something that writes into the run's folder, if that is still there. Where the disk is full, it says so and
// waits until there is space, or until ctx ends: what has been trained is not thrown away for somebody else's files. write
// must be such that it can be done again.
func (r *run) patiently(write func() error) error {
	if err := r.lock.Check(); err != nil {
		return err
	}
	err := write()
	if !disk.Full(err) {
		return err
	}
	began := time.Now()
	fmt.Fprintf(os.Stderr, "%s: %v; waiting for space at step %d\n", r.dir, err, r.step)
	_ = disk.Remove(r.dir.Reserve()) // room for saying it
	_ = r.pace.Append(r.step, &rundir.Warning{Message: fmt.Sprintf("the disk is full: step %d waits for space", r.step), Waits: true})
	for disk.Full(err) {
		select {
		case <-r.ends:
			return err
		case <-time.After(spaceEvery):
		}
		if err = r.lock.Check(); err == nil {
			err = write()
		}
	}
	if err != nil {
		return err
	}
	r.reserve()
	return r.tell(&rundir.Warning{Message: fmt.Sprintf("the disk was full for %v", time.Since(began).Round(time.Second))})
}

// reserved is how much is kept free for saying that there is no space left.
const reserved = 64 << 10

// reserve keeps some space, if there is any.
func (r *run) reserve() {
	if err := disk.WriteFile(r.dir.Reserve(), make([]byte, reserved)); err != nil {
		_ = disk.Remove(r.dir.Reserve())
	}
}

// checkSpace says before the run begins whether what it will write has room.
func (r *run) checkSpace() error {
	evaluated := 0
	for _, set := range r.evals {
		evaluated += set.Len()
	}
	epochs := (r.maxSteps + r.stepsPerEpoch - 1) / r.stepsPerEpoch
	rows := int64(r.set.Len())*int64(epochs) + int64(evaluated)*int64(len(r.evaluationSteps))
	if err := disk.Room(string(r.dir), cost.Disk(r.net.Spec, cost.Checkpoints, rows)); err != nil {
		return fmt.Errorf("what the run will write has no room: %w: free some space, or choose another place with --runs", err)
	}
	return nil
}
