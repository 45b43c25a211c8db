package train

import (
	"context"
	"time"

	"ftft/internal/disk"
	"ftft/train/rundir"
)

// phases tell readers what a process does before the first step of a run: preparing.json. It serves display alone, so a failure to
// write it is no failure of the run.
type phases struct {
	ctx     context.Context
	dir     rundir.Dir
	lock    *rundir.Held
	written time.Time
}

// shareEvery is the time between two shares of a phase that are written.
const shareEvery = time.Second / 2

// begin tells the next phase. It returns the error of the context, if that has ended.
func (p *phases) begin(phase string) error {
	p.write(rundir.Preparing{Phase: phase})
	return p.ctx.Err()
}

// share returns a function that tells the share of a phase that is done. It returns the error of the context, if that has ended.
func (p *phases) share(phase string) func(share float64) error {
	return func(share float64) error {
		if time.Since(p.written) >= shareEvery {
			p.write(rundir.Preparing{Phase: phase, Share: share})
		}
		return p.ctx.Err()
	}
}

func (p *phases) write(now rundir.Preparing) {
	p.written = time.Now()
	if p.lock.Check() == nil {
		_ = p.dir.WritePreparing(now)
	}
}

// end tells that the run begins, or that the attempt ends.
func (p *phases) end() {
	if p.lock.Check() == nil {
		_ = disk.Remove(p.dir.Preparing())
	}
}
