package datamap

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestRankCorrelationEqualsNumpy(t *testing.T) {
	m, _, want := numpyDynamics(t)
	if got := spearman(m.Confidence, m.Variability); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, numpy's %v", got, want)
	}
	if got := spearman([]float64{1, 1, 2}, []float64{5, 6, 7}); math.Abs(got-math.Sqrt(3)/2) > 1e-12 {
		t.Errorf("with ties: %v", got)
	}
	if got := spearman([]float64{1, 1}, []float64{1, 2}); !math.IsNaN(got) {
		t.Errorf("of equal values: %v", got)
	}
}

// The maps are the first half of the epochs and the second, with the rows shuffled and some of them missing.
func TestCompareCountsExamplesOnBothMaps(t *testing.T) {
	m, _, _ := numpyDynamics(t)
	early, err := m.Between(0, 3)
	if err != nil {
		t.Fatal(err)
	}
	in := m.input
	other := Input{Classes: in.Classes, Epochs: make([][]float32, 2)}
	for row := len(in.GUIDs) - 1; row >= 5; row-- {
		other.GUIDs, other.Gold = append(other.GUIDs, in.GUIDs[row]), append(other.Gold, in.Gold[row])
		for e := range other.Epochs {
			other.Epochs[e] = append(other.Epochs[e], in.logits(e+3, int32(row))...)
		}
	}
	other.GUIDs, other.Gold = append(other.GUIDs, "new"), append(other.Gold, 0)
	for e := range other.Epochs {
		other.Epochs[e] = append(other.Epochs[e], 1, 0, 0)
	}
	late, err := New(other, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const q = 0.3
	c, err := Compare(early, late, q, 1)
	if err != nil {
		t.Fatal(err)
	}
	if c.Common != 35 || c.OnlyA != 5 || c.OnlyB != 1 {
		t.Fatalf("%d in common, %d and %d alone", c.Common, c.OnlyA, c.OnlyB)
	}
	// The table of places agrees with the regions.
	var places [4][4]int
	place := func(m *Map, guid string) int {
		i := slices.Index(m.GUIDs, guid)
		ambiguous, _ := m.Region(Ambiguous, q)
		hard, _ := m.Region(HardToLearn, q)
		switch {
		case ambiguous[i] && hard[i]:
			return 1
		case ambiguous[i]:
			return 0
		case hard[i]:
			return 2
		}
		return 3
	}
	for _, guid := range early.GUIDs {
		if slices.Contains(late.GUIDs, guid) {
			places[place(early, guid)][place(late, guid)]++
		}
	}
	if c.Places != places {
		t.Errorf("places %v, want %v", c.Places, places)
	}
	places = [4][4]int{}
	for _, pair := range c.Pairs {
		if early.GUIDs[pair.A] != late.GUIDs[pair.B] || place(early, early.GUIDs[pair.A]) != int(pair.From) {
			t.Errorf("%+v: %s and %s", pair, early.GUIDs[pair.A], late.GUIDs[pair.B])
		}
		places[pair.From][pair.To]++
	}
	if c.Places != places {
		t.Errorf("places of the pairs %v, want %v", places, c.Places)
	}
	for _, g := range c.Regions {
		inA, _ := early.Region(g.Region, q)
		inB, _ := late.Region(g.Region, q)
		var a, b, both int
		for i, guid := range early.GUIDs {
			j := slices.Index(late.GUIDs, guid)
			if j < 0 {
				continue
			}
			if inA[i] {
				a++
			}
			if inB[j] {
				b++
			}
			if inA[i] && inB[j] {
				both++
			}
		}
		if g.A != a || g.B != b || g.Both != both || g.Overlap != float64(both)/float64(a) || g.Chance != float64(b)/35 {
			t.Errorf("%+v, want %d, %d, %d", g, a, b, both)
		}
		// The interval of a share of A's examples is about as wide as the binomial's.
		width := g.Interval[1] - g.Interval[0]
		if want := 2 * 1.96 * math.Sqrt(g.Overlap*(1-g.Overlap)/float64(a)); !(g.Interval[0] <= g.Overlap && g.Overlap <= g.Interval[1]) ||
			math.Abs(width-want) > 0.35*want+0.02 {
			t.Errorf("%s: interval %v around %g, wanted a width of %g", g.Region, g.Interval, g.Overlap, want)
		}
	}
	if again, err := Compare(early, late, q, 1); err != nil || fmt.Sprint(again) != fmt.Sprint(c) {
		t.Error("the same seed gives another comparison")
	}

	// Many bootstrap samples miss a region of one or two examples: their overlap is undefined, not zero.
	if same, err := Compare(early, early, 0.05, 1); err != nil || same.Regions[0].Interval != [2]float64{1, 1} {
		t.Error(same, err)
	}
	_, err = Compare(early, late, 0.01, 1)
	if err == nil || !strings.Contains(err.Error(), "selects none of 40 or of 36 examples; raise it") {
		t.Error(err)
	}

	late.Gold[3]++
	if _, err := Compare(early, late, q, 1); err == nil || !strings.Contains(err.Error(), "they describe different data") {
		t.Error(err)
	}
}
