package watch

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"ftft/train/rundir"
)

// Clock replays a run that has ended: it says how far into its own time the run is shown. It is a value: a change makes
// another one.
type Clock struct {
	Run    rundir.Dir
	Speed  float64       // in seconds of the run a second
	Paused bool          // the clock stands
	From   time.Duration // where the clock stood
	Since  time.Time     // when it stood there
}

// NewClock begins at a run's beginning.
func NewClock(run rundir.Dir, speed float64, now time.Time) *Clock {
	return &Clock{Run: run, Speed: speed, Since: now}
}

// At is how far into the run the clock is.
func (c *Clock) At(now time.Time) time.Duration {
	if c.Paused {
		return c.From
	}
	return c.From + time.Duration(c.Speed*float64(now.Sub(c.Since)))
}

// Set goes on from a point at a speed, or stands there.
func (c *Clock) Set(at time.Duration, speed float64, paused bool, now time.Time) *Clock {
	return &Clock{Run: c.Run, Speed: speed, Paused: paused, From: max(at, 0), Since: now}
}

// Replay shows a run by a clock from the next poll on; nil shows all runs as they stand. Unlike the other methods it may
// be called while a poll is under way.
func (f *Feed) Replay(clock *Clock) {
	f.clocking.Lock()
	defer f.clocking.Unlock()
	f.clock = clock
}

// turnClock sees to how the replayed run stands now, and says whether that is otherwise than before.
func (f *Feed) turnClock(now time.Time) (changed bool) {
	f.clocking.Lock()
	clock := f.clock
	f.clocking.Unlock()
	run := (*Run)(nil)
	if clock != nil && f.runs[clock.Run] != nil {
		run = f.runs[clock.Run].at(clock.At(now))
	}
	changed = run != f.replayed
	f.replayed = run
	return changed
}

// shown is how a run stands for the screens.
func (f *Feed) shown(dir rundir.Dir) *Run {
	if f.replayed != nil && f.replayed.Dir == dir {
		return f.replayed
	}
	return f.runs[dir].last
}

// idle is the longest time without an event that a replay keeps: a writer at work logs more often. A longer one, as between
// two attempts, is cut to this.
const idle = rundir.HeartbeatEvery + 10*time.Second

// Replayed is where a run that is replayed stands in its own time.
type Replayed struct{ At, Of time.Duration }

// at gives the run as it stood after a time, the same value as before if nothing came between.
func (f *follower) at(since time.Duration) *Run {
	if len(f.times) != len(f.current) {
		f.times, f.cut = timesOf(f.current), nil
	}
	if len(f.current) == 0 {
		return f.last
	}
	n := max(sort.Search(len(f.times), func(i int) bool { return f.times[i] > since }), 1)
	if f.cut != nil && f.cutAt == n {
		return f.cut
	}
	cut := *f.last
	cut.fold(f.current[:n])
	cut.Status = rundir.StatusOf(f.current[:n], n < len(f.current))
	cut.Replay = &Replayed{f.times[n-1], f.times[len(f.times)-1]}
	f.cut, f.cutAt = &cut, n
	return f.cut
}

// timesOf are the events' times from the first on.
func timesOf(events []rundir.Event) []time.Duration {
	times := make([]time.Duration, len(events))
	for i := 1; i < len(events); i++ {
		times[i] = times[i-1] + min(max(events[i].Time.Sub(events[i-1].Time), 0), idle)
	}
	return times
}

// hide takes from an epoch's logits, [n, classes], the rows that the run had not come to by the step at which a replay shows it.
// Which ones had been seen is by a fixed random order, not by the one in which they came.
func hide(run *Run, logits []float32, classes, epoch int) []float32 {
	if run.Start == nil || run.Start.StepsPerEpoch == 0 {
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
