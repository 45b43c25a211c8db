package train

import (
	"context"
	"time"

	"ftft/configs"
	"ftft/train/rundir"
)

// queue waits until it is the run's turn to train: as many at a time as its config has slots. Where ctx ends, or a request
// stops the run before its turn, status says how it finished, and there is no ticket.
func (r *run) queue(ctx context.Context) (ticket *rundir.Ticket, status string, err error) {
	cfg, err := configs.Load(r.dir.Config())
	if err != nil {
		return nil, "", err
	}
	if ticket, err = rundir.Enqueue(r.dir); err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil || status != "" {
			_ = ticket.Release() // the process ends, and with it the place
		}
	}()
	for {
		turn, _, err := ticket.Turn(cfg.Engine.Slots)
		if turn || err != nil {
			return ticket, "", err
		}
		if err := r.answer(); err != nil || r.leaving != nil {
			return ticket, rundir.Stopped, err
		}
		select {
		case <-ctx.Done():
			return ticket, rundir.Interrupted, nil
		case <-time.After(controlEvery):
		}
	}
}
