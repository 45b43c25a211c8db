package kernel

import "time"

type peak struct{ *machine }

// Tiles are many, so that all workers have begun when the first are done.
const (
	peakRounds = 20_000
	peakTiles  = 16 // a worker
)

func (p peak) Tile(int, int) { p.machine.peak(peakRounds) }

// Peak measures what the workers can do at most, in 10⁹ floating-point operations a second: the best of ten rounds of
// fused multiply-adds on registers alone. It is zero on the plain path, which has none of these.
func (e *Engine[T]) Peak() float64 {
	s, ok := any(e.arithmetic).(*simd)
	if !ok {
		return 0
	}
	best := time.Duration(1 << 62)
	for range 10 {
		start := time.Now()
		e.Run(e.Threads()*peakTiles, peak{s.machine})
		best = min(best, time.Since(start))
	}
	return float64(e.Threads()*peakTiles) * 2 * 24 * float64(s.columns/2) * peakRounds / best.Seconds() / 1e9
}
