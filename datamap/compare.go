package datamap

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Comparison describes how far two maps of the same examples agree. Each map has its own regions, at one fraction. Counts and
// shares cover the examples that are on both maps.
type Comparison struct {
	Common, OnlyA, OnlyB int
	Fraction             float64
	Regions              []Agreement // ambiguous, hard-to-learn, easy-to-learn
	Confidence           float64     // Spearman's rank correlation of the confidences
	Variability          float64     // likewise of the variabilities
	Places               [4][4]int   // number of examples by their place in A and in B, indices into the variable Places
	Pairs                []Pair      // the examples on both maps, in the order of A
}

// A Pair is one example on both maps.
type Pair struct {
	A, B     int32 // its indices
	From, To uint8 // its places in A and in B, indices into Places
}

// Places are the four disjoint parts of a map: the regions ambiguous and hard-to-learn overlap.
var Places = [4]string{"ambiguous", "ambiguous and hard", "hard-to-learn", "easy-to-learn"}

// Agreement counts how many examples are in a region of A, of B and of both.
type Agreement struct {
	Region        string
	A, B, Both    int
	Overlap       float64    // Both / A; NaN if A is empty
	Chance        float64    // the expected overlap of independent regions: B / Common
	Interval      [2]float64 // 95 % bootstrap interval of Overlap
	Jaccard       float64    // Both / (A + B - Both); NaN if both are empty
	JaccardChance float64    // the expected Jaccard index of independent regions
	JaccardWithin [2]float64 // 95 % bootstrap interval of Jaccard
}

// Compare joins two maps by guid and compares their regions at fraction q. The seed drives the bootstrap. Fewer than two common
// guids, contradicting gold labels and an empty region are errors.
func Compare(a, b *Map, q float64, seed int64) (*Comparison, error) {
	same, err := sameLabels(a, b)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int32, b.Len())
	for j, guid := range b.GUIDs {
		at[guid] = int32(j)
	}
	var indexA, indexB []int32 // of the same example
	for i, guid := range a.GUIDs {
		if j, ok := at[guid]; ok {
			if same != nil && same[a.Gold[i]] != b.Gold[j] {
				return nil, fmt.Errorf("guid %s has the gold label %s in one source and %s in the other: they describe different data",
					guid, a.label(a.Gold[i]), b.label(b.Gold[j]))
			}
			indexA, indexB = append(indexA, int32(i)), append(indexB, j)
		}
	}
	if len(indexA) < 2 {
		return nil, errors.New("the sources have fewer than two guids in common: compare maps of the same data")
	}
	if Count(a.Len(), q) == 0 || Count(b.Len(), q) == 0 {
		return nil, fmt.Errorf("a fraction of %g selects none of %d or of %d examples; raise it", q, a.Len(), b.Len())
	}
	c := &Comparison{Common: len(indexA), OnlyA: a.Len() - len(indexA), OnlyB: b.Len() - len(indexA), Fraction: q}
	place := [2][]int{make([]int, len(indexA)), make([]int, len(indexA))}
	for _, region := range []string{Ambiguous, HardToLearn, EasyToLearn} {
		inA, err := a.Region(region, q)
		if err != nil {
			return nil, err
		}
		inB, err := b.Region(region, q)
		if err != nil {
			return nil, err
		}
		cells := make([]uint8, len(indexA)) // 1: in A's, 2: in B's
		for k := range indexA {
			if inA[indexA[k]] {
				cells[k]++
				place[0][k] = placeIn(place[0][k], region)
			}
			if inB[indexB[k]] {
				cells[k] += 2
				place[1][k] = placeIn(place[1][k], region)
			}
		}
		c.Regions = append(c.Regions, agreement(region, cells, seed))
	}
	c.Pairs = make([]Pair, len(indexA))
	for k := range indexA {
		from, to := place[0][k]-1, place[1][k]-1
		c.Places[from][to]++
		c.Pairs[k] = Pair{indexA[k], indexB[k], uint8(from), uint8(to)}
	}
	c.Confidence = spearman(pick(a.Confidence, indexA), pick(b.Confidence, indexB))
	c.Variability = spearman(pick(a.Variability, indexA), pick(b.Variability, indexB))
	return c, nil
}

// sameLabels returns, for each class of a, the same class of b: the one of equal name where both maps have names. It returns
// nil if a map has no gold labels.
func sameLabels(a, b *Map) ([]int32, error) {
	if a.Gold == nil || b.Gold == nil {
		return nil, nil
	}
	if a.Classes != b.Classes {
		return nil, fmt.Errorf("%d classes in one source and %d in the other: they describe different data", a.Classes, b.Classes)
	}
	same := make([]int32, a.Classes)
	for class := range same {
		same[class] = int32(class)
		if a.Labels == nil || b.Labels == nil {
			continue
		}
		other := slices.Index(b.Labels, a.Labels[class])
		if other < 0 {
			return nil, fmt.Errorf("the label %q of one source is not among %q of the other: they describe different data",
				a.Labels[class], b.Labels)
		}
		same[class] = int32(other)
	}
	return same, nil
}

// label returns a class as messages name it.
func (m *Map) label(class int32) string {
	if m.Labels == nil {
		return fmt.Sprint(class)
	}
	return m.Labels[class]
}

// placeIn returns the place, counted from 1, of an example that lies in a region, given its place by the regions before it.
func placeIn(previous int, region string) int {
	switch {
	case region == Ambiguous:
		return 1
	case region == HardToLearn && previous == 1:
		return 2
	case region == HardToLearn:
		return 3
	}
	return 4
}

func pick(values []float64, indices []int32) []float64 {
	picked := make([]float64, len(indices))
	for k, i := range indices {
		picked[k] = values[i]
	}
	return picked
}

// resamples is the number of bootstrap samples.
const resamples = 1000

// agreement counts one region. A cell is 0 for an example in neither region, 1 in A's alone, 2 in B's alone, 3 in both.
func agreement(region string, cells []uint8, seed int64) Agreement {
	var counts [4]int
	for _, cell := range cells {
		counts[cell]++
	}
	n := float64(len(cells))
	g := Agreement{Region: region, A: counts[1] + counts[3], B: counts[2] + counts[3], Both: counts[3]}
	inEither, expected := float64(g.A+g.B-g.Both), float64(g.A)*float64(g.B)/n
	g.Overlap, g.Chance = float64(g.Both)/float64(g.A), float64(g.B)/n
	g.Jaccard, g.JaccardChance = float64(g.Both)/inEither, expected/(float64(g.A+g.B)-expected)

	// A bootstrap sample of n examples matters only through its four counts: those in A's region, those of them in both, and
	// those of the others in B's.
	source := rand.NewPCG(uint64(seed), 0)
	draw := func(n, p float64) float64 {
		if n == 0 {
			return 0
		}
		return distuv.Binomial{N: n, P: p, Src: source}.Rand()
	}
	var overlaps, jaccards []float64
	for range resamples {
		inA := draw(n, float64(g.A)/n)
		both := draw(inA, g.Overlap)
		onlyB := draw(n-inA, float64(counts[2])/(n-float64(g.A)))
		if inA > 0 {
			overlaps = append(overlaps, both/inA)
		}
		if inA+onlyB > 0 {
			jaccards = append(jaccards, both/(inA+onlyB))
		}
	}
	g.Interval, g.JaccardWithin = within(overlaps), within(jaccards)
	return g
}

// within returns the bounds of the middle 95 % of values, NaN without values.
func within(values []float64) [2]float64 {
	if len(values) == 0 {
		return [2]float64{math.NaN(), math.NaN()}
	}
	slices.Sort(values)
	return [2]float64{quantile(values, 0.025), quantile(values, 0.975)}
}

// spearman returns the correlation of the ranks of x and y, where equal values share their mean rank. It is NaN if all values
// are equal.
func spearman(x, y []float64) float64 {
	return stat.Correlation(ranks(x), ranks(y), nil)
}

func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	ranks := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return ranks
}
