package datamap

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// golden returns five examples, three epochs and three classes. The expected values come from numpy (softmax in float64, mean,
// std, percentile) and, for the random draws, from hashlib. Row 2, "x", is not seen in the second epoch.
func golden() Input {
	nan := float32(math.NaN())
	return Input{
		GUIDs:   []string{"a", "b", "x", "c", "d", "e"},
		Gold:    []int32{0, 1, 1, 2, 1, 2},
		Classes: 3,
		Epochs: [][]float32{
			{2, 0, -1, 0.5, 1, 0, 1, 2, 3, 0, 0, 3, 1, -1, 0.25, 0, 0, 0},
			{3, 0, -1, 0.5, 0.25, 0, nan, nan, nan, 0, 1, -2, 1, 1.5, 0.25, -1, 0.5, 2},
			{1, 0, -4, -0.5, 2, 0, 1, 2, 3, 0, 2, -1, 2, 1.5, 0.25, -1, -0.5, 3},
		},
	}
}

func near(t *testing.T, name string, tolerance float64, got, want []float64) {
	t.Helper()
	for i := range want {
		if len(got) != len(want) || math.Abs(got[i]-want[i]) > tolerance {
			t.Errorf("%s: got %v, want %v", name, got, want)
			return
		}
	}
}

func TestMapEqualsNumpy(t *testing.T) {
	m, err := New(golden(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "confidence", 1e-14, m.Confidence, []float64{
		0.83583648105277, 0.5514617487735388, 0.32885736386871595, 0.3177069090036418, 0.6908873218812047})
	near(t, "variability", 1e-14, m.Variability, []float64{
		0.08541328355352122, 0.2045356639611396, 0.41054567831239897, 0.18201886375610046, 0.2619808502858467})
	near(t, "accuracy", 1e-14, m.Accuracy, []float64{0.6, 0.6, 0.6})
	if p := m.PGold[1][3]; p != 0.5282521236080877 {
		t.Errorf("p(gold) of d in epoch 1: %v", p)
	}
	for _, test := range []struct{ got, want any }{
		{m.Rows, []int32{0, 1, 3, 4, 5}},
		{m.GUIDs, []string{"a", "b", "c", "d", "e"}},
		{m.Correctness, []int32{3, 2, 1, 1, 2}},
		{m.Forgetfulness, []int32{0, 1, 1, 1, 0}},
		{m.NeverLearnt, []bool{false, false, false, false, false}},
	} {
		if !reflect.DeepEqual(test.got, test.want) {
			t.Errorf("got %v, want %v", test.got, test.want)
		}
	}
	for _, test := range []struct {
		strategy string
		seed     int64
		fraction float64
		want     []int
	}{
		{Ambiguous, 0, 0.4, []int{2, 4}}, {HardToLearn, 0, 0.4, []int{2, 3}}, {EasyToLearn, 0, 0.4, []int{0, 4}},
		{Random, 7, 0.4, []int{2, 4}}, {Random, 8, 0.6, []int{0, 1, 2}},
		{Ambiguous, 0, 0.199, []int{}}, {HardToLearn, 0, 1, []int{0, 1, 2, 3, 4}},
	} {
		if got, err := m.Select(test.strategy, test.fraction, test.seed); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s %v: %v, %v, want %v", test.strategy, test.fraction, got, err, test.want)
		}
	}
	h, err := m.Health(0.4)
	if err != nil || h.Overlap != 0.5 || h.Chance != 0.4 || h.Count != 2 || h.EasyShare != 0.4 || h.Verdict != TooEarly {
		t.Errorf("health %+v, %v", h, err)
	}
	near(t, "hard region, epoch 1", 1e-7, h.HardPGold[1][:], []float64{
		0.08443233662421454, 0.15840230112152673, 0.28168557528371374, 0.4049688494459007, 0.4789388139432129})
	near(t, "lift", 1e-7, []float64{h.Lift}, []float64{0.26601946232821644 - 0.7031270844703659})
	sample, err := New(golden(), Options{Sample: true})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sample form", 1e-14, sample.Variability, []float64{
		0.10460948098089068, 0.25050400545307916, 0.5028137139850918, 0.22292666988180845, 0.32085970279039855})
}

// simulated returns a map with many ties: the logits have few values, and the guids are in no order.
func simulated(t *testing.T, n, epochs int) *Map {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	in := Input{Classes: 2, Gold: make([]int32, n)}
	for i := range n {
		in.GUIDs = append(in.GUIDs, fmt.Sprint(7*i%n))
	}
	for range epochs {
		logits := make([]float32, 2*n)
		for i := range logits {
			logits[i] = float32(random.IntN(4))
		}
		in.Epochs = append(in.Epochs, logits)
	}
	m, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAfterEqualsTheMapOfTheFirstEpochs(t *testing.T) {
	for _, sample := range []bool{false, true} {
		m, err := New(golden(), Options{Sample: sample})
		if err != nil {
			t.Fatal(err)
		}
		for epochs := 1; epochs <= m.Epochs; epochs++ {
			first := golden()
			first.Epochs = first.Epochs[:epochs]
			part, err := New(first, Options{Sample: sample})
			if err != nil {
				t.Fatal(err)
			}
			for i, guid := range m.GUIDs {
				j := slices.Index(part.GUIDs, guid)
				confidence, variability := m.After(epochs, i)
				near(t, fmt.Sprintf("%s after %d epochs", guid, epochs), 1e-7, []float64{confidence, variability},
					[]float64{part.Confidence[j], part.Variability[j]})
			}
		}
	}
}

func TestSelectionsAreExactAndNested(t *testing.T) {
	m := simulated(t, 103, 3)
	for _, strategy := range Strategies {
		last := map[int]bool{}
		for percent := 0; percent <= 100; percent++ {
			q := float64(percent) / 100
			selected, err := m.Select(strategy, q, 5)
			if err != nil || len(selected) != percent*103/100 || !slices.IsSorted(selected) {
				t.Fatalf("%s %v: %d selected, %v", strategy, q, len(selected), err)
			}
			now := map[int]bool{}
			for _, i := range selected {
				now[i] = true
			}
			for i := range last {
				if !now[i] {
					t.Fatalf("%s: %d is in a smaller fraction, not in %v", strategy, i, q)
				}
			}
			last = now
		}
	}
	order := m.hard().Order
	for k := 1; k < len(order); k++ {
		a, b := order[k-1], order[k]
		if m.Confidence[a] == m.Confidence[b] && m.GUIDs[a] >= m.GUIDs[b] {
			t.Errorf("a tie of %q before %q", m.GUIDs[a], m.GUIDs[b])
		}
	}
	if Count(100, 0.29) != 29 || Count(3, 2) != 3 || Count(3, -1) != 0 { // 0.29*100 is 28.999999999999996
		t.Error("the count is not floor(qN + 1e-9)")
	}
}

func TestRegions(t *testing.T) {
	m := simulated(t, 103, 3)
	for _, q := range []float64{0, 0.1, 0.33, 0.5, 0.8, 1} {
		h, err := m.Health(q)
		if err != nil {
			t.Fatal(err)
		}
		sizes := map[string]int{}
		for _, name := range []string{Ambiguous, HardToLearn, EasyToLearn} {
			in, err := m.Region(name, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, yes := range in {
				if yes {
					sizes[name]++
				}
			}
		}
		count := Count(103, q)
		if sizes[Ambiguous] != count || sizes[HardToLearn] != count {
			t.Errorf("q = %v: %v", q, sizes)
		}
		want := 1 - (2-h.Overlap)*float64(count)/103
		if count > 0 && (math.Abs(h.EasyShare-want) > 1e-12 || math.Abs(h.EasyShare*103-float64(sizes[EasyToLearn])) > 1e-9) {
			t.Errorf("q = %v: easy share %v, want %v", q, h.EasyShare, want)
		}
	}
}

func TestOneEpochHasNoVariability(t *testing.T) {
	m := simulated(t, 10, 1)
	_, byVariability := m.Rank(Ambiguous, 0)
	_, region := m.Region(EasyToLearn, 0.3)
	_, health := m.Health(0.3)
	for _, err := range []error{byVariability, region, health} {
		if err == nil || !strings.Contains(err.Error(), "two complete epochs") {
			t.Errorf("error %v", err)
		}
	}
	if selected, err := m.Select(HardToLearn, 0.3, 0); err != nil || len(selected) != 3 {
		t.Errorf("by confidence: %v, %v", selected, err)
	}
}

func TestNewRefusesBadInput(t *testing.T) {
	for want, spoil := range map[string]func(*Input){
		"describe different data": func(in *Input) { in.Gold = in.Gold[1:] },
		"at least two":            func(in *Input) { in.Classes = 1 },
		"no complete epoch":       func(in *Input) { in.Epochs = nil },
		"epoch 1 holds 3":         func(in *Input) { in.Epochs[1] = in.Epochs[1][:3] },
		`"c" (row 3) has gold`:    func(in *Input) { in.Gold[3] = 3 },
		"the run diverged":        func(in *Input) { in.Epochs[2][4] = float32(math.Inf(1)) },
		"unknown strategy":        func(*Input) {},
		"between 0 and 1":         func(*Input) {},
		"unknown region \"":       func(*Input) {},
	} {
		in := golden()
		spoil(&in)
		m, err := New(in, Options{})
		if err == nil {
			_, strategy := m.Select("best", 0.5, 0)
			_, fraction := m.Select(Random, math.NaN(), 0)
			_, region := m.Region("middle", 0.5)
			err = fmt.Errorf("%w; %w; %w", strategy, fraction, region)
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// large returns an input of 400,000 examples, five epochs and three classes.
func large() Input {
	n := 400_000
	in := Input{Classes: 3, GUIDs: make([]string, n), Gold: make([]int32, n), Epochs: make([][]float32, 5)}
	for i := range in.GUIDs {
		in.GUIDs[i] = fmt.Sprint(i)
	}
	for e := range in.Epochs {
		in.Epochs[e] = make([]float32, 3*n)
		for i := range in.Epochs[e] {
			in.Epochs[e][i] = rand.Float32()
		}
	}
	return in
}

func BenchmarkNew(b *testing.B) {
	in := large()
	for b.Loop() {
		m, err := New(in, Options{})
		if err != nil {
			b.Fatal(err)
		}
		m.ambiguous()
	}
}
