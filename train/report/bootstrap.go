package report

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"ftft/train/metric"
)

// resamples is the number of bootstrap samples of an interval.
const resamples = 2000

// predictions holds what an evaluation predicts for each of n examples.
type predictions struct {
	classes []uint16  // predicted, [n]
	losses  []float32 // cross-entropy of the gold class in nats, [n]
}

// predict reads predictions off logits [n, classes], row-major.
func predict(logits []float32, gold []int32, classes int) *predictions {
	p := &predictions{make([]uint16, len(gold)), make([]float32, len(gold))}
	for i, g := range gold {
		row := logits[i*classes : (i+1)*classes]
		p.classes[i], p.losses[i] = uint16(metric.Predict(row)), float32(metric.CrossEntropy(row, g))
	}
	return p
}

// pair holds the predictions of two runs on the same examples.
type pair struct {
	a, b    *predictions
	gold    []int32 // [n]
	classes int
}

// bootstrap returns the differences between the scores of a and b on bootstrap samples: n of the n examples, drawn with
// replacement, the same ones for a and b (Efron and Tibshirani, 1993, chapter 8). The same arguments give the same differences.
// There are fewer samples than asked for where they would take more than mostDraws draws.
func (p *pair) bootstrap(name string, samples int, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 0))
	if name == "loss" {
		return p.bootstrapLoss(samples, random)
	}
	return p.bootstrapConfusion(name, samples, random)
}

// mostDraws limits the number of examples drawn for an interval of the loss: about a second's work.
const mostDraws = 2e8

func (p *pair) bootstrapLoss(samples int, random *rand.Rand) []float64 {
	n := len(p.gold)
	samples = min(samples, max(mostDraws/n, 200))
	differences := make([]float64, n)
	for i := range differences {
		differences[i] = float64(p.a.losses[i]) - float64(p.b.losses[i])
	}
	means := make([]float64, samples)
	for k := range means {
		var sum float64
		for range n {
			sum += differences[random.IntN(n)]
		}
		means[k] = sum / float64(n)
	}
	return means
}

// jointOutcome is all that accuracy and macro F1 depend on in one example: its gold class and both predictions.
type jointOutcome struct{ gold, a, b int }

// bootstrapConfusion draws how many examples a sample has of each outcome: binomial numbers, each given those before. That is the
// same as drawing examples, in a time that does not depend on n.
func (p *pair) bootstrapConfusion(name string, samples int, random *rand.Rand) []float64 {
	at := map[jointOutcome]int{}
	var outcomes []jointOutcome
	var counts []int
	for i, g := range p.gold {
		o := jointOutcome{int(g), int(p.a.classes[i]), int(p.b.classes[i])}
		k, known := at[o]
		if !known {
			k = len(outcomes)
			at[o], outcomes, counts = k, append(outcomes, o), append(counts, 0)
		}
		counts[k]++
	}
	a, b := square(p.classes), square(p.classes)
	differences := make([]float64, samples)
	for k := range differences {
		clearAll(a)
		clearAll(b)
		draws, pool := len(p.gold), len(p.gold) // that remain, and the examples of the outcomes that remain
		for i, o := range outcomes {
			drawn := draws
			if counts[i] < pool {
				drawn = binomial(draws, float64(counts[i])/float64(pool), random)
			}
			draws, pool = draws-drawn, pool-counts[i]
			a[o.gold][o.a] += drawn
			b[o.gold][o.b] += drawn
		}
		differences[k] = metric.OfConfusion(a).Value(name) - metric.OfConfusion(b).Value(name)
	}
	return differences
}

func binomial(n int, p float64, random *rand.Rand) int {
	if n == 0 {
		return 0
	}
	return int(distuv.Binomial{N: float64(n), P: p, Src: random}.Rand())
}

func square(n int) [][]int {
	rows := make([][]int, n)
	for i := range rows {
		rows[i] = make([]int, n)
	}
	return rows
}

func clearAll(rows [][]int) {
	for _, row := range rows {
		clear(row)
	}
}

// interval returns the bounds of the middle 95 % of values, by linear interpolation (the percentile bootstrap).
func interval(values []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(values))
	quantile := func(q float64) float64 {
		at := q * float64(len(sorted)-1)
		below := int(at)
		above := min(below+1, len(sorted)-1)
		return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
	}
	return quantile(0.025), quantile(0.975)
}

// overSeeds returns the mean of differences, one per seed, and its 95 % interval by Student's t, for at least two.
func overSeeds(differences []float64) (mean, low, high float64) {
	n := float64(len(differences))
	for _, d := range differences {
		mean += d / n
	}
	var squares float64
	for _, d := range differences {
		squares += (d - mean) * (d - mean)
	}
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) * math.Sqrt(squares/(n-1)/n)
	return mean, mean - half, mean + half
}
