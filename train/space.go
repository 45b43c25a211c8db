package train

import (
	"fmt"

	"ftft/internal/disk"
	"ftft/train/cost"
)

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
