package datamap

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// otherSelections holds what other programs select from the dynamics of metrics.json: see testdata/selections.py.
type otherSelections struct {
	FTFT        map[string]map[string][]int `json:"ftft"`
	Cartography map[string]map[string][]int `json:"cartography"`
	Cleanlab    []int                       `json:"cleanlab"`
}

func readOtherSelections(t *testing.T) (c otherSelections) {
	text, err := os.ReadFile("testdata/selections.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCompatSelectionsEqualThoseOfOtherPrograms(t *testing.T) {
	m, _, _ := numpyDynamics(t)
	golden := readOtherSelections(t)
	for compat, strategies := range map[string]map[string]map[string][]int{CompatFTFT: golden.FTFT, CompatCartography: golden.Cartography} {
		if len(strategies) == 0 {
			t.Fatal("nothing to compare with")
		}
		for strategy, fractions := range strategies {
			for fraction, want := range fractions {
				q, err := strconv.ParseFloat(fraction, 64)
				if err != nil {
					t.Fatal(err)
				}
				got, err := m.Choose(Choice{Strategy: strategy, Fraction: q, Compat: compat})
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s, %s of %s: %v, %v; want %v", compat, strategy, fraction, got, err, want)
				}
			}
		}
	}
	for _, c := range []Choice{
		{Strategy: Random, Compat: CompatFTFT}, {Strategy: Random, Compat: CompatCartography},
		{Strategy: "0.5 ambiguous + 0.5 random", Compat: CompatCartography},
		{Strategy: Ambiguous, Compat: CompatFTFT, Balanced: true}, {Strategy: Ambiguous, Compat: "others"},
		{Strategy: "band:aum:0.1", Compat: CompatCartography},
	} {
		c.Fraction = 0.5
		if got, err := m.Choose(c); err == nil {
			t.Errorf("%+v chooses %v", c, got)
		}
	}
}

// Every strategy selects exactly the requested number of examples from its pool.
func TestSelectionsHaveTheExactSize(t *testing.T) {
	m := simulated(t, 997, 5)
	r := rand.New(rand.NewPCG(1, 2))
	pool := make([]bool, m.Len())
	for i := range pool {
		pool[i], m.Gold[i] = r.IntN(3) > 0, int32(r.IntN(2))
	}
	representative := m.RankBy(m.Values(Metrics[7]))
	for _, strategy := range []string{
		Ambiguous, Random, "top:aum", "bottom:entropy", "band:confidence:0.3", BothEnds, "both-ends:loss", Representative,
		"0.8 ambiguous + 0.2 easy-to-learn", "0.5 representative + 0.3 both-ends + 0.2 random",
	} {
		for _, q := range []float64{0, 0.1, 0.33, 0.6} {
			for _, in := range [][]bool{nil, pool} {
				for _, balanced := range []bool{false, true} {
					c := Choice{Strategy: strategy, Fraction: q, Seed: 3, Pool: in, Balanced: balanced, Representative: representative}
					chosen, err := m.Choose(c)
					n := m.Len()
					if in != nil {
						n = countTrue(in)
					}
					if err != nil || len(chosen) != Count(n, q) || !slices.IsSorted(chosen) || len(slices.Compact(slices.Clone(chosen))) != len(chosen) {
						t.Fatalf("%+v: %d, %v", strategy, len(chosen), err)
					}
					byLabel := make([]int, m.Classes)
					for _, i := range chosen {
						if in != nil && !in[i] {
							t.Fatalf("%s takes %d, which is not in the pool", strategy, i)
						}
						byLabel[m.Gold[i]]++
					}
					if q > 0 && q < 0.3 && balanced && slices.Max(byLabel)-slices.Min(byLabel) > 1 {
						t.Errorf("%s, balanced: %v", strategy, byLabel)
					}
				}
			}
		}
	}
	_, err := m.Choose(Choice{Strategy: "band:confidence:0.8", Fraction: 0.3})
	if err == nil || !strings.Contains(err.Error(), "only 200 examples follow") {
		t.Error(err)
	}
	if _, err := m.Choose(Choice{Strategy: Representative, Fraction: 0.3}); err == nil || !strings.Contains(err.Error(), "embeddings") {
		t.Error(err)
	}
}

func TestBandsAndBothEndsFollowTheRanking(t *testing.T) {
	m := simulated(t, 1000, 4)
	low := m.hard().Order
	band, err := m.Choose(Choice{Strategy: "band:confidence:0.25", Fraction: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(low[250:750])
	slices.Sort(want)
	for i := range band {
		if band[i] != int(want[i]) {
			t.Fatal("the band differs from the ranking")
		}
	}
	ends, err := m.Choose(Choice{Strategy: BothEnds, Fraction: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	want = slices.Concat(low[:70], m.easy().Order[:30])
	slices.Sort(want)
	for i := range ends {
		if ends[i] != int(want[i]) {
			t.Fatal("both ends differ from the ranking")
		}
	}
	for _, wrong := range []string{
		"", "0.5 ambiguous", "0.5 ambiguous + 0.6 random", "ambiguous + random", "1 nothing", "band:aum", "band:aum:1",
		"both-ends:nothing", "0.5 ambiguous + -0.5 random", "ambiguous 1",
	} {
		if CheckStrategy(wrong) == nil {
			t.Errorf("%q is a strategy", wrong)
		}
	}
}

func TestBalanceGivesTheRestOfASmallClassToTheOthers(t *testing.T) {
	in := Input{Classes: 3}
	for i := range 100 {
		gold := int32(0)
		if i < 5 {
			gold = 1
		} else if i < 30 {
			gold = 2
		}
		in.GUIDs, in.Gold = append(in.GUIDs, fmt.Sprint(i)), append(in.Gold, gold)
	}
	in.Epochs = [][]float32{make([]float32, 300)}
	m, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := m.Choose(Choice{Strategy: Random, Fraction: 0.5, Seed: 1, Balanced: true})
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 3)
	for _, i := range chosen {
		counts[m.Gold[i]]++
	}
	if !slices.Equal(counts, []int{23, 5, 22}) {
		t.Errorf("%v", counts)
	}
}

func TestSuspectsEqualCleanlab(t *testing.T) {
	m, _, _ := numpyDynamics(t)
	way, err := FindTriage("cleanlab")
	if err != nil {
		t.Fatal(err)
	}
	suspects, err := m.Suspects(way)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, s := range suspects {
		got = append(got, s.Index)
		if s.Suggested == m.Gold[s.Index] {
			t.Errorf("%d is suspected to have the label that it has", s.Index)
		}
	}
	if want := readOtherSelections(t).Cleanlab; !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("%v; cleanlab's %v", got, want)
	}
	for _, way := range Triages {
		suspects, err := m.Suspects(way)
		if err != nil || !slices.IsSortedFunc(suspects, func(a, b Suspect) int {
			if a.Score < b.Score {
				return -1
			}
			return 0
		}) {
			t.Errorf("%s: %v, %v", way.Name, suspects, err)
		}
	}
}

func TestStabilityEndsAtTheFinalSelection(t *testing.T) {
	m := simulated(t, 500, 5)
	list, err := m.Stability(Choice{Strategy: Ambiguous, Fraction: 0.33})
	if err != nil || len(list) != 4 || list[0].Epochs != 2 || list[3].Overlap != 1 {
		t.Error(list, err)
	}
	list, err = m.Stability(Choice{Strategy: HardToLearn, Fraction: 0.33})
	if err != nil || len(list) != 5 || list[0].Overlap <= 0.33 {
		t.Error(list, err)
	}
}

func TestMapFromMeasures(t *testing.T) {
	m, golden, _ := numpyDynamics(t)
	measured, err := NewFromMeasures(Measures{
		GUIDs: m.GUIDs, Confidence: m.Confidence, Variability: m.Variability, Correctness: m.Correctness, Epochs: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, region := range []string{Ambiguous, HardToLearn, EasyToLearn} {
		want, _ := m.Region(region, 0.33)
		if got, err := measured.Region(region, 0.33); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", region, got, err)
		}
	}
	h, err := measured.Health(0.33)
	want, _ := m.Health(0.33)
	if err != nil || h.Overlap != want.Overlap || h.EasyShare != want.EasyShare || len(h.HardPGold) != 0 {
		t.Error(h, err)
	}
	for _, metric := range Metrics {
		err := measured.Check(metric)
		switch metric.Name {
		case "confidence", "variability", "correctness", "threshold_closeness":
			near(t, metric.Name, 1e-12, measured.Values(metric), golden[metric.Name])
			if x := measured.Explain(metric, 3); err != nil || x.Value != measured.Values(metric)[3] || x.Logits != nil {
				t.Error(x, err)
			}
		default:
			if err == nil || !strings.Contains(err.Error(), metric.Name) {
				t.Errorf("%s: %v", metric.Name, err)
			}
		}
	}
	if _, err := measured.Between(0, 2); err == nil {
		t.Error("epochs of measures")
	}
	if _, err := measured.Suspects(Triages[1]); err == nil {
		t.Error("suspects of measures")
	}
	if _, err := measured.Choose(Choice{Strategy: Random, Fraction: 0.5, Balanced: true}); err == nil {
		t.Error("labels of measures")
	}
	if c, err := Compare(m, measured, 0.33, 1); err != nil || c.Regions[0].Overlap != 1 {
		t.Error(c, err)
	}
	if _, err := NewFromMeasures(Measures{GUIDs: []string{"a"}, Confidence: []float64{1.5}, Variability: []float64{0}}); err == nil {
		t.Error("a confidence of 1.5")
	}
}

func TestLabelsAreComparedByName(t *testing.T) {
	in := golden()
	in.Labels = []string{"no", "maybe", "yes"}
	a, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	other := golden()
	other.Labels = []string{"yes", "no", "maybe"}
	for i, gold := range in.Gold {
		other.Gold[i] = (gold + 1) % 3
	}
	b, err := New(other, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Compare(a, b, 0.5, 1); err != nil {
		t.Error(err)
	}
	b.Labels = in.Labels
	_, err = Compare(a, b, 0.5, 1)
	if err == nil || !strings.Contains(err.Error(), "the gold label no in one source and maybe in the other") {
		t.Error(err)
	}
}
