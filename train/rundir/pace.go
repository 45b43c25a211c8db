package rundir

import "time"

// stepEvery is the shortest time between two step events: at most four a second.
const stepEvery = 250 * time.Millisecond

// Pace logs every step's loss in at most four events a second. The loop that trains calls Step after each step and
// sends its other events through Append, so that no event overtakes the steps before it. A checkpoint is saved
// after a Flush, so that no loss is missing up to the step at which a run may resume.
// Not safe for concurrent use; heartbeats, which no order concerns, go to the Log itself.
type Pace struct {
	log     *Log
	step    int   // of the last pending loss
	pending Steps // Losses is empty when nothing is pending
	written time.Time
}

// NewPace gives a Pace that writes to log.
func NewPace(log *Log) *Pace { return &Pace{log: log} }

// Step takes one step's loss, and in now what else a step event holds; now.Losses is not looked at.
func (p *Pace) Step(step int, loss float32, now Steps) error {
	now.Losses = append(p.pending.Losses, loss)
	p.step, p.pending = step, now
	if time.Since(p.written) < stepEvery {
		return nil
	}
	return p.Flush()
}

// Flush logs the pending steps, if there are any. After an error they are still pending.
func (p *Pace) Flush() error {
	if len(p.pending.Losses) == 0 {
		return nil
	}
	if err := p.log.Append(p.step, &p.pending); err != nil {
		return err
	}
	p.pending.Losses = p.pending.Losses[:0]
	p.written = time.Now()
	return nil
}

// Append logs the pending steps, then body.
func (p *Pace) Append(step int, body Body) error {
	if err := p.Flush(); err != nil {
		return err
	}
	return p.log.Append(step, body)
}

// Answer logs the pending steps, then answers a request; see Log.Answer.
func (p *Pace) Answer(dir Dir, step int, request Request, answer string) error {
	if err := p.Flush(); err != nil {
		return err
	}
	return p.log.Answer(dir, step, request, answer)
}
