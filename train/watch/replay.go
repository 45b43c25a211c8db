package watch

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"ftft/train/rundir"
)

// Clock tells how far into its own time a replay shows a run that has ended. It is immutable: Set returns another one.
type Clock struct {
	Run    rundir.Dir
	Speed  float64       // seconds of the run per second
	Paused bool          // the clock stays at From
	From   time.Duration // position in the run at the time Since
	Since  time.Time
}

// NewClock returns a clock at the run's beginning.
func NewClock(run rundir.Dir, speed float64, now time.Time) *Clock {
	return &Clock{Run: run, Speed: speed, Since: now}
}

// At returns the position in the run.
func (c *Clock) At(now time.Time) time.Duration {
	if c.Paused {
		return c.From
	}
	return c.From + time.Duration(c.Speed*float64(now.Sub(c.Since)))
}

// Set returns a clock at another position, speed, or pause.
func (c *Clock) Set(at time.Duration, speed float64, paused bool, now time.Time) *Clock {
	return &Clock{Run: c.Run, Speed: speed, Paused: paused, From: max(at, 0), Since: now}
}

// Replay makes later polls show a run by a clock; nil shows all runs as they are. Unlike the other methods it may be called during
// a poll.
func (f *Feed) Replay(clock *Clock) {
	f.clocking.Lock()
	defer f.clocking.Unlock()
	f.clock = clock
}

func (f *Feed) currentClock() *Clock {
	f.clocking.Lock()
	defer f.clocking.Unlock()
	return f.clock
}

// updateReplay moves the replayed run to the clock's position and reports whether that changes it.
func (f *Feed) updateReplay(now time.Time) (changed bool) {
	clock := f.currentClock()
	run := (*Run)(nil)
	if clock != nil && f.runs[clock.Run] != nil {
		run = f.runs[clock.Run].at(clock.At(now))
	}
	changed = run != f.replayed
	f.replayed = run
	return changed
}

// shown returns a run as the screens show it: replayed, or as it is.
func (f *Feed) shown(dir rundir.Dir) *Run {
	if f.replayed != nil && f.replayed.Dir == dir {
		return f.replayed
	}
	return f.runs[dir].last
}

// idle bounds the time between two events in a replay. A process at work logs more often; the hours between two attempts are cut
// to this.
const idle = rundir.HeartbeatEvery + 10*time.Second

// Replayed is a replay's position in the run's own time, At out of Of.
type Replayed struct{ At, Of time.Duration }

// at returns the run as it was after a time: the same value as the last call's if no event lies between.
func (r *reader) at(since time.Duration) *Run {
	events := r.fold.Events
	if len(events) == 0 {
		return r.last
	}
	if r.times == nil {
		r.times, r.replayed = times(events), nil
	}
	n := max(sort.Search(len(r.times), func(i int) bool { return r.times[i] > since }), 1)
	if r.replayed != nil && r.shown == n {
		return r.replayed
	}
	run := *r.last
	var fold rundir.Fold
	fold.Add(events[:n])
	run.Record, run.Status = fold.Record, fold.Record.Status(n < len(events))
	run.Replay = &Replayed{r.times[n-1], r.times[len(r.times)-1]}
	r.replayed, r.shown = &run, n
	return r.replayed
}

// times returns the time of each event since the first one, without idle time.
func times(events []rundir.Event) []time.Duration {
	times := make([]time.Duration, len(events))
	for i := 1; i < len(events); i++ {
		times[i] = times[i-1] + min(max(events[i].Time.Sub(events[i-1].Time), 0), idle)
	}
	return times
}

// hide returns an epoch's logits, [rows, classes], with NaN in the rows that the run had not reached by the step of a replay. The
// order of the rows is a fixed random one, for the log does not hold the run's own.
func hide(run *Run, logits []float32, classes, epoch int) []float32 {
	if run.Start == nil || run.Start.StepsPerEpoch == 0 || classes == 0 {
		return logits
	}
	share := float64(run.Status.Step-epoch*run.Start.StepsPerEpoch) / float64(run.Start.StepsPerEpoch)
	hidden := make([]float32, len(logits))
	copy(hidden, logits)
	random := rand.New(rand.NewPCG(uint64(run.Manifest.Seed), uint64(epoch)))
	for row := 0; row < len(logits); row += classes {
		if random.Float64() >= share {
			for class := range classes {
				hidden[row+class] = float32(math.NaN())
			}
		}
	}
	return hidden
}
