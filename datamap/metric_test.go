package datamap

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// numpyDynamics returns training dynamics and the metrics that numpy computes from them: see testdata/metrics.py.
func numpyDynamics(t *testing.T) (*Map, map[string][]float64, float64) {
	var golden struct {
		Logits  [][][]float32        `json:"logits"`
		Gold    []int32              `json:"gold"`
		Metrics map[string][]float64 `json:"metrics"`

		Spearman float64 `json:"spearman"` // of confidence and variability
	}
	text, err := os.ReadFile("testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	in := Input{Gold: golden.Gold, Classes: 3}
	for i := range golden.Gold {
		in.GUIDs = append(in.GUIDs, fmt.Sprint(i))
	}
	for _, epoch := range golden.Logits {
		in.Epochs = append(in.Epochs, slices.Concat(epoch...))
	}
	m, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m, golden.Metrics, golden.Spearman
}

// A certain prediction has the loss 0, which would be printed as -0 if only the sign of the logarithm were turned.
func TestTheLossOfACertainPredictionIsNotNegativeZero(t *testing.T) {
	in := Input{GUIDs: []string{"a"}, Gold: []int32{0}, Classes: 2, Epochs: [][]float32{{900, -900}, {900, -900}}}
	m, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, metric := range Metrics {
		if metric.Name != "loss" {
			continue
		}
		for _, term := range m.Explain(metric, 0).Terms {
			if term != 0 || math.Signbit(term) {
				t.Errorf("the loss is %v", term)
			}
		}
	}
}

func TestMetricsEqualNumpy(t *testing.T) {
	m, golden, _ := numpyDynamics(t)
	if len(golden) != len(Metrics) {
		t.Fatalf("%d golden metrics, %d metrics", len(golden), len(Metrics))
	}
	for _, metric := range Metrics {
		values, want := m.Values(metric), golden[metric.Name]
		if len(values) != len(want) {
			t.Fatalf("%s: %d values, %d golden", metric.Name, len(values), len(want))
		}
		for i, v := range values {
			if !(math.Abs(v-want[i]) <= 1e-12) {
				t.Errorf("%s of %d is %v, numpy's %v", metric.Name, i, v, want[i])
			}
			if x := m.Explain(metric, i); x.Value != v || len(x.Logits) != m.Epochs || x.Gold != m.Gold[i] {
				t.Errorf("%s of %d is explained as %v", metric.Name, i, x)
			} else if x.Terms != nil {
				sum := 0.0
				for _, term := range x.Terms {
					sum += term / float64(len(x.Terms))
				}
				if len(x.Terms) != m.Epochs || math.Abs(sum-v) > 1e-12 {
					t.Errorf("%s of %d is %v, and the mean of its terms %v", metric.Name, i, v, sum)
				}
			}
		}
	}
}

func TestStrategiesRankByMetric(t *testing.T) {
	m, golden, _ := numpyDynamics(t)
	for _, strategy := range []string{"top:aum", "bottom:loss"} {
		_, name, _ := strings.Cut(strategy, ":")
		chosen, err := m.Select(strategy, 0.25, 1)
		if err != nil || len(chosen) != 10 {
			t.Fatal(chosen, err)
		}
		sign := map[string]float64{"top:aum": 1, "bottom:loss": -1}[strategy]
		worst := math.Inf(1)
		for _, i := range chosen {
			worst = min(worst, sign*golden[name][i])
		}
		for i, v := range golden[name] {
			if !slices.Contains(chosen, i) && sign*v > worst {
				t.Errorf("%s leaves %d out", strategy, i)
			}
		}
	}
	ambiguous, err := m.Select(Ambiguous, 0.33, 1)
	if err != nil {
		t.Fatal(err)
	}
	if top, err := m.Select("top:variability", 0.33, 1); err != nil || !slices.Equal(top, ambiguous) {
		t.Errorf("by variability: %v, %v; ambiguous: %v", top, err, ambiguous)
	}
	for _, wrong := range []string{"top", "top:", "top:nothing", "middle:aum", "aum"} {
		if _, err := m.Rank(wrong, 1); err == nil || CheckStrategy(wrong) == nil {
			t.Errorf("%q is a strategy", wrong)
		}
	}
}

func TestBetweenCoversARangeOfEpochs(t *testing.T) {
	m, golden, _ := numpyDynamics(t)
	whole, err := m.Between(0, -1)
	if err != nil || !slices.Equal(whole.Confidence, m.Confidence) {
		t.Fatal(err)
	}
	late, err := m.Between(2, 4)
	if err != nil || late.Epochs != 2 || late.First != 2 {
		t.Fatal(late, err)
	}
	for i := range golden["confidence"] {
		if want := (float64(m.PGold[2][i]) + float64(m.PGold[3][i])) / 2; math.Abs(late.Confidence[i]-want) > 1e-6 {
			t.Errorf("confidence of %d is %g, want %g", i, late.Confidence[i], want)
		}
	}
	if again, err := late.Between(1, -1); err != nil || again.First != 3 {
		t.Error(again, err)
	}
	for _, wrong := range [][2]int{{-1, 2}, {2, 2}, {0, 6}, {5, -1}} {
		if _, err := m.Between(wrong[0], wrong[1]); err == nil {
			t.Errorf("epochs %v", wrong)
		}
	}
}
