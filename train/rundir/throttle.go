package rundir

import "time"

// stepEvery is the shortest time between two step events: at most four a second.
const stepEvery = 250 * time.Millisecond

// Throttle logs every step's loss in at most four events a second. The training loop calls Step after each step and sends its
// other events through Append, so that no event overtakes the steps before it. It calls Flush before it saves a checkpoint, so that
// the log has every loss up to the step at which a run may resume.
//
// A Throttle is not safe for concurrent use. Heartbeats, whose place among the other events does not matter, go to the Log itself.
type Throttle struct {
	log     *Log
	step    int   // of the last pending loss
	pending Steps // Losses is empty when nothing is pending
	written time.Time
}

// NewThrottle returns a Throttle that writes to log.
func NewThrottle(log *Log) *Throttle { return &Throttle{log: log} }

// Step adds one step's loss. now holds the other figures of a step event; its Losses are ignored.
func (t *Throttle) Step(step int, loss float32, now Steps) error {
	now.Losses = append(t.pending.Losses, loss)
	t.step, t.pending = step, now
	if time.Since(t.written) < stepEvery {
		return nil
	}
	return t.Flush()
}

// Flush logs the pending steps, if there are any. After an error they are still pending.
func (t *Throttle) Flush() error {
	if len(t.pending.Losses) == 0 {
		return nil
	}
	if err := t.log.Append(t.step, &t.pending); err != nil {
		return err
	}
	t.pending.Losses = t.pending.Losses[:0]
	t.written = time.Now()
	return nil
}

// Append logs the pending steps, then body.
func (t *Throttle) Append(step int, body Body) error {
	if err := t.Flush(); err != nil {
		return err
	}
	return t.log.Append(step, body)
}

// Answer logs the pending steps, then answers a request; see Log.Answer.
func (t *Throttle) Answer(dir Dir, step int, request Request, answer string) error {
	if err := t.Flush(); err != nil {
		return err
	}
	return t.log.Answer(dir, step, request, answer)
}
