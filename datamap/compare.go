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

// A Comparison says how far two maps of the same examples agree. Regions are each map's own, at one fraction; counts
// and shares are of the examples that are on both.
type Comparison struct {
	Common, OnlyA, OnlyB int
	Fraction             float64
	Regions              []Agreement // ambiguous, hard-to-learn, easy-to-learn
	Confidence           float64     // Spearman's rank correlation
	Variability          float64
	Places               [4][4]int // examples by their place in A and in B: see Places
	Pairs                []Pair    // the examples that are on both, in the order of A's
}

// Pair is one example on both maps.
type Pair struct {
	A, B     int32 // its indices
	From, To uint8 // its places in A and in B
}

// Places are where an example can lie: the regions of most variability and of least confidence overlap.
var Places = [4]string{"ambiguous", "ambiguous and hard", "hard-to-learn", "easy-to-learn"}

// Agreement is that of one region: how many examples are in A's, in B's and in both.
type Agreement struct {
	Region        string
	A, B, Both    int
	Overlap       float64    // Both / A; NaN where A is empty
	Chance        float64    // the overlap of regions that know nothing of each other: B / Common
	Interval      [2]float64 // 95 % of Overlap, by resampling the examples
	Jaccard       float64    // Both / (A + B - Both); NaN where both are empty
	JaccardChance float64
	JaccardWithin [2]float64 // 95 % of Jaccard, likewise
}

// Compare joins two maps by guid. The seed is of the resampling.
func Compare(a, b *Map, q float64, seed int64) (*Comparison, error) {
	same, err := sameLabels(a, b)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int32, b.Len())
	for j, guid := range b.GUIDs {
		at[guid] = int32(j)
	}
	var of, in []int32 // the same example's index in a and in b
	for i, guid := range a.GUIDs {
		if j, ok := at[guid]; ok {
			if same != nil && same[a.Gold[i]] != b.Gold[j] {
				return nil, fmt.Errorf("guid %s has the gold label %s in one source and %s in the other: they are of different data", guid, a.label(a.Gold[i]), b.label(b.Gold[j]))
			}
			of, in = append(of, int32(i)), append(in, j)
		}
	}
	if len(of) < 2 {
		return nil, errors.New("the sources have fewer than two guids in common")
	}
	if Count(a.Len(), q) == 0 || Count(b.Len(), q) == 0 {
		return nil, fmt.Errorf("a fraction of %g of %d and %d examples is none; raise it", q, a.Len(), b.Len())
	}
	c := &Comparison{Common: len(of), OnlyA: a.Len() - len(of), OnlyB: b.Len() - len(of), Fraction: q}
	place := [2][]int{make([]int, len(of)), make([]int, len(of))}
	for _, region := range []string{Ambiguous, HardToLearn, EasyToLearn} {
		inA, err := a.Region(region, q)
		if err != nil {
			return nil, err
		}
		inB, err := b.Region(region, q)
		if err != nil {
			return nil, err
		}
		cells := make([]uint8, len(of)) // 1: in A's, 2: in B's
		for k := range of {
			if inA[of[k]] {
				cells[k]++
				place[0][k] = placed(place[0][k], region)
			}
			if inB[in[k]] {
				cells[k] += 2
				place[1][k] = placed(place[1][k], region)
			}
		}
		c.Regions = append(c.Regions, agreement(region, cells, seed))
	}
	c.Pairs = make([]Pair, len(of))
	for k := range of {
		from, to := place[0][k]-1, place[1][k]-1
		c.Places[from][to]++
		c.Pairs[k] = Pair{of[k], in[k], uint8(from), uint8(to)}
	}
	c.Confidence = spearman(pick(a.Confidence, of), pick(b.Confidence, in))
	c.Variability = spearman(pick(a.Variability, of), pick(b.Variability, in))
	return c, nil
}

// sameLabels gives, by a's class, the class of b that is the same one: by name where both have names. It is nil where one
// has no gold labels.
func sameLabels(a, b *Map) ([]int32, error) {
	if a.Gold == nil || b.Gold == nil {
		return nil, nil
	}
	if a.Classes != b.Classes {
		return nil, fmt.Errorf("%d classes in one source and %d in the other: they are of different data", a.Classes, b.Classes)
	}
	same := make([]int32, a.Classes)
	for class := range same {
		same[class] = int32(class)
		if a.Labels == nil || b.Labels == nil {
			continue
		}
		other := slices.Index(b.Labels, a.Labels[class])
		if other < 0 {
			return nil, fmt.Errorf("the label %q of one source is none of the other's %q: they are of different data", a.Labels[class], b.Labels)
		}
		same[class] = int32(other)
	}
	return same, nil
}

// label is a class as messages name it.
func (m *Map) label(class int32) string {
	if m.Labels == nil {
		return fmt.Sprint(class)
	}
	return m.Labels[class]
}

// placed is the place, counted from 1, of an example that lies in a region beside the place it has so far.
func placed(so int, region string) int {
	switch {
	case region == Ambiguous:
		return 1
	case region == HardToLearn && so == 1:
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

// resamples is how often the examples are drawn again, each time as many as there are.
const resamples = 1000

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

	// Drawing n examples again, only the sizes of the four cells matter: in A's region, both among these, in B's among the
	// others.
	source := rand.NewPCG(uint64(seed), 0)
	draw := func(of, p float64) float64 {
		if of == 0 {
			return 0
		}
		return distuv.Binomial{N: of, P: p, Src: source}.Rand()
	}
	var overlaps, jaccards []float64
	for range resamples {
		inA := draw(n, float64(g.A)/n)
		both := draw(inA, g.Overlap)
		onlyB := draw(n-inA, float64(counts[2])/(n-float64(g.A)))
		if inA > 0 { // of none there is no share
			overlaps = append(overlaps, both/inA)
		}
		if inA+onlyB > 0 {
			jaccards = append(jaccards, both/(inA+onlyB))
		}
	}
	g.Interval, g.JaccardWithin = within(overlaps), within(jaccards)
	return g
}

// within are the bounds of the 95 % in the middle, NaN of nothing.
func within(values []float64) [2]float64 {
	if len(values) == 0 {
		return [2]float64{math.NaN(), math.NaN()}
	}
	slices.Sort(values)
	return [2]float64{quantile(values, 0.025), quantile(values, 0.975)}
}

// spearman is the correlation of ranks; equal values share the mean of theirs. It is NaN where all are equal.
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
