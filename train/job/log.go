package job

import (
	"errors"
	"time"

	"ftft/train/rundir"
)

// follower reads what the trainers of a run log.
type follower struct {
	tail     *rundir.Tail
	restarts int
	after    int64 // events up to this seq came before the job

	seq     int64          // of the last event
	step    int            // the greatest one
	attempt int            // of the last event
	started bool           // the job has logged a start or a resume
	finish  *rundir.Finish // of the job's last attempt; nil while it has none
	heard   time.Time      // when this process found the last event, or began to read
	spoke   time.Time      // when it found the last event that came after it began
}

func newFollower(dir rundir.Dir) *follower {
	return &follower{tail: rundir.OpenTail(dir), heard: time.Now()}
}

// from makes the follower tell events of a job, those after a seq, from earlier ones.
func (f *follower) from(seq int64, dir rundir.Dir) error {
	*f = *newFollower(dir)
	f.after = seq
	err := f.poll()
	f.spoke = time.Time{}
	return err
}

// poll reads the new events. Lines that are not events are left to the readers of the log.
func (f *follower) poll() error {
	for {
		events, err := f.tail.Poll()
		if err != nil && !errors.As(err, new(*rundir.Corrupt)) {
			return err
		}
		if n := f.tail.Restarts(); n != f.restarts { // the log was replaced
			f.restarts = n
			f.seq, f.step, f.attempt, f.started, f.finish = 0, 0, 0, false, nil
		}
		for _, event := range events {
			f.add(event)
		}
		if len(events) == 0 {
			return nil
		}
		f.heard = time.Now()
		f.spoke = f.heard
	}
}

func (f *follower) add(event rundir.Event) {
	f.seq = max(f.seq, event.Seq)
	f.step, f.attempt = max(f.step, event.Step), event.Attempt
	switch body := event.Body.(type) {
	case *rundir.Start, *rundir.Resume:
		f.step = event.Step
		if event.Seq > f.after {
			f.started, f.finish = true, nil
		}
	case *rundir.Finish:
		if event.Seq > f.after {
			f.finish = body
		}
	}
}

// silent returns how long the log has had no new event, by this process's clock.
func (f *follower) silent() time.Duration { return time.Since(f.heard) }
