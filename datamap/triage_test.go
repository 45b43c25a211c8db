package datamap

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A reason has the numbers of the example: the label's probability or margin, the predictions and the label that the model prefers.
func TestReasons(t *testing.T) {
	m, metrics, _ := numpyDynamics(t)
	name := func(class int32) string { return "label" + strconv.Itoa(int(class)) }
	for _, way := range Triages {
		suspects, err := m.Suspects(way)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range suspects {
			reason := m.Reason(way, s, name)
			want := []string{name(m.Gold[s.Index])}
			if s.Suggested != m.Gold[s.Index] {
				want = append(want, name(s.Suggested), fmt.Sprintf("%.2f", s.P))
			} else {
				want = append(want, "The model prefers this label.")
			}
			switch correct := metrics["correctness"][s.Index]; {
			case correct == 0:
				want = append(want, "in none of 5 epochs")
			default:
				want = append(want, fmt.Sprintf("in %g of 5 epochs", correct))
			}
			switch way.Name {
			case "corner":
				want = append(want, fmt.Sprintf("averages %.2f ± %.2f", metrics["confidence"][s.Index], metrics["variability"][s.Index]))
			case "aum":
				if want = append(want, "below the greatest"); s.Score >= 0 {
					want[len(want)-1] = "above the greatest"
				}
				want = append(want, strings.TrimPrefix(fmt.Sprintf("%.2f", metrics["aum"][s.Index]), "-"))
			case "cleanlab":
				want = append(want, fmt.Sprintf("only %.2f", metrics["confidence"][s.Index]))
			}
			for _, text := range want {
				if !strings.Contains(reason, text) {
					t.Errorf("%s of %d: %q lacks %q", way.Name, s.Index, reason, text)
				}
			}
		}
	}
}

func TestPrecision(t *testing.T) {
	wrong := []bool{true, false, false, true, false, false, false, false}
	p := PrecisionOf(wrong, []int{3, 1})
	if p != (Precision{Suspects: 2, Wrong: 1, Examples: 8, AllWrong: 2}) || p.Share() != 0.5 || p.Chance() != 0.25 {
		t.Errorf("%+v: %g, by chance %g", p, p.Share(), p.Chance())
	}
	if p := PrecisionOf(nil, nil); p.Share() != 0 || p.Chance() != 0 {
		t.Errorf("without examples: %+v", p)
	}
}

// The suspects are those that cleanlab finds, for sets with degenerate classes as well.
func TestSuspectsAreThoseOfCleanlab(t *testing.T) {
	var fixture struct {
		Cases []struct {
			Name          string
			Probabilities [][]float32
			Gold          []int32
			Suspects      []int
		}
	}
	text, err := os.ReadFile("testdata/suspects.json")
	if err == nil {
		err = json.Unmarshal(text, &fixture)
	}
	if err != nil || len(fixture.Cases) == 0 {
		t.Fatal(err)
	}
	way, err := FindTriage("cleanlab")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range fixture.Cases {
		in := Input{
			GUIDs: make([]string, len(c.Gold)), Gold: c.Gold, Classes: len(c.Probabilities[0]),
			Epochs: [][]float32{slices.Concat(c.Probabilities...)},
		}
		for i := range in.GUIDs {
			in.GUIDs[i] = strconv.Itoa(i)
		}
		in.ReadAsProbabilities(func(_ int, wrong string) { t.Error(c.Name, wrong) })
		m, err := New(in, Options{})
		if err != nil {
			t.Fatal(c.Name, err)
		}
		suspects, err := m.Suspects(way)
		if err != nil {
			t.Fatal(c.Name, err)
		}
		found := make([]int, len(suspects))
		for i, s := range suspects {
			found[i] = s.Index
		}
		if slices.Sort(found); !slices.Equal(found, c.Suspects) {
			t.Errorf("%s: %v, cleanlab finds %v", c.Name, found, c.Suspects)
		}
	}
}
