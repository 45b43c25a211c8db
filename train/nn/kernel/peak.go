package kernel

import "time"

// peak is the task of Peak.
type peak struct{ *routines }

// Sizes of a measurement.
const (
	peakRounds = 20_000 // in a tile
	peakTiles  = 16     // for each worker: enough for all workers to have started before the first one finishes
)

func (p peak) Tile(int, int) { p.routines.peak(peakRounds) }

// Peak measures the highest rate that the workers reach together, in GFLOP/s: the best of ten measurements of fused
// multiply-adds on registers alone. It returns zero on the plain path, which has no such instruction.
func (e *Engine[T]) Peak() float64 {
	s, ok := any(e.arithmetic).(*simd)
	if !ok {
		return 0
	}
	best := time.Duration(1 << 62)
	for range 10 {
		start := time.Now()
		e.Run(e.Threads()*peakTiles, peak{s.routines})
		best = min(best, time.Since(start))
	}
	return float64(e.Threads()*peakTiles) * 2 * 24 * float64(s.columns/2) * peakRounds / best.Seconds() / 1e9
}
