package cartography

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/internal/limit"
)

// An example that is malformed in any epoch is skipped in all of them, and every problem is counted. Of repeated records the first counts.
func TestLenientSkipsAndCounts(t *testing.T) {
	var zero, one strings.Builder
	for i := range 100 {
		fmt.Fprintf(&zero, `{"guid": "g%d", "logits_epoch_0": [%d, 1], "gold": %d}`+"\n", i, i, i%2)
		switch i {
		case 3:
			fmt.Fprintln(&one, `{"guid": "g3", "logits_epoch_1": [NaN, 1], "gold": 1}`)
		case 4:
			fmt.Fprintln(&one, `{"guid": "g4", "logits_epoch_1": [1, 2, 3], "gold": 0}`)
		case 5:
			fmt.Fprintln(&one, `{"guid": "g5", "logits_epoch_1": [1, 2], "gold": 0}`)
		case 6:
		default:
			fmt.Fprintf(&one, `{"guid": "g%d", "logits_epoch_1": [%d, 1], "gold": %d}`+"\n", i, 2*i, i%2)
		}
	}
	zero.WriteString("torn\n" + `{"guid": "g7", "logits_epoch_0": [1, 2], "gold": 1}` + "\n" +
		`{"guid": "h", "logits_epoch_0": [1, 2], "gold": 2}` + "\n" +
		`{"guid": 9, "logits_epoch_0": [1, 2], "gold": 1}` + "\n")
	one.WriteString(`{"guid": "other", "logits_epoch_1": [1, 2], "gold": 1}` + "\n" +
		`{"guid": "g8", "logits_epoch_1": [1, 2], "gold": 0}` + "\n" +
		`{"guid": "g9", "logits_epoch_1": [Infinity, 2], "gold": 1}` + "\n")
	dir := folder(t, map[string]string{"dynamics_epoch_0.jsonl": zero.String(), "dynamics_epoch_1.jsonl.gz": one.String()})
	d, err := Read(dir, Options{To: -1, Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, s := range d.Skipped {
		counts[s.Reason] = s.Count
		if s.First.File == "" {
			t.Errorf("%s has no place: %+v", s.Reason, s.First)
		}
	}
	want := map[string]int{
		noRecord: 1, notFinite: 2, otherClass: 1, twiceThere: 2, noClass: 1, otherKind: 1, otherGold: 1, unknownGUID: 1, missingGUID: 1,
	}
	for reason, n := range want {
		if counts[reason] != n {
			t.Errorf("%s: %d, want %d", reason, counts[reason], n)
		}
	}
	if len(counts) != len(want) {
		t.Errorf("%v", counts)
	}
	gone := []string{"g3", "g4", "g5", "g6", "g9", "h", "9", "other"}
	m, err := datamap.New(d.Input, datamap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Len() != 95 || slices.ContainsFunc(m.GUIDs, func(g string) bool { return slices.Contains(gone, g) }) {
		t.Errorf("%d guids: %v", m.Len(), m.GUIDs)
	}
	for i, guid := range m.GUIDs {
		var n float32
		fmt.Sscanf(guid, "g%f", &n)
		if row := int(m.Rows[i]); row != int(n) || d.Epochs[0][2*row] != n || d.Epochs[1][2*row] != 2*n {
			t.Errorf("%s: row %d", guid, row)
		}
	}
	if _, err := Read(dir, Options{To: -1}); err == nil {
		t.Error("Read accepts it without Lenient")
	}
}

// The first record may be the odd one.
func TestLenientFollowsMostRecords(t *testing.T) {
	var text strings.Builder
	text.WriteString(`{"guid": "odd", "logits_epoch_0": [1, 2, 3], "gold": 0}` + "\n")
	for i := range 10 {
		fmt.Fprintf(&text, `{"guid": %d, "logits_epoch_0": [%d, 1], "gold": 1}`+"\n", i, i)
	}
	d, err := Read(folder(t, map[string]string{"dynamics_epoch_0.jsonl": text.String()}), Options{To: -1, Lenient: true})
	if err != nil || len(d.GUIDs) != 10 || d.Classes != 2 || !d.Numbers || len(d.Skipped) != 1 || d.Skipped[0].Count != 1 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestReadMeasures(t *testing.T) {
	text := `{"guid": 9007199254740993, "index": 0, "threshold_closeness": 0.1, "confidence": 0.25, "variability": 0.1, ` +
		`"correctness": 3, "forgetfulness": 1000}
{"guid": 2, "index": 1, "confidence": 1.0, "variability": 0.0, "correctness": 5, "forgetfulness": 0}
`
	dir := folder(t, map[string]string{"td_metrics.jsonl": text, "packed.jsonl.gz": text,
		"shares.jsonl": `{"guid": "a", "confidence": 0.5, "variability": 0.1, "correctness": 0.2}
{"guid": "b", "confidence": 0.5, "variability": 0.1, "correctness": 1.0}
{"guid": "c", "confidence": 0.5, "variability": 0.1, "correctness": 0.6000000238418579}
`, "rounded.jsonl": `{"guid": "a", "confidence": 0.5, "variability": 0.1, "correctness": 0.33}
{"guid": "b", "confidence": 0.5, "variability": 0.1, "correctness": 0.67}
`})
	for _, name := range []string{"td_metrics.jsonl", "packed.jsonl.gz"} {
		path := filepath.Join(dir, name)
		m, err := ReadMeasures(path, false)
		if err != nil || !IsMeasures(path) || !m.Numbers || m.GUIDs[0] != "9007199254740993" || m.Confidence[1] != 1 ||
			!slices.Equal(m.Correctness, []int32{3, 5}) || m.Forgetful[0] != 1000 || m.Epochs != 0 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	for name, want := range map[string]int{"shares.jsonl": 5, "rounded.jsonl": 3} {
		m, err := ReadMeasures(filepath.Join(dir, name), false)
		if err != nil || m.Epochs != want || m.Numbers {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestErrorsOfMeasuresNameTheLine(t *testing.T) {
	const right = `{"guid": "a", "confidence": 0.5, "variability": 0.1, "correctness": 1}` + "\n"
	const tooConfident = `{"guid": "b", "confidence": 1.5, "variability": 0.1, "correctness": 1}`
	const oddShare = `{"guid": "b", "confidence": 0.5, "variability": 0.1, "correctness": 0.123456}`
	for text, want := range map[string]string{
		"":                   ": the file is empty",
		right + tooConfident: ":2: guid b has the confidence 1.5, which is out of range",
		right + `{"guid": "b", "confidence": NaN, "variability": 0.1, "correctness": 1}`: ":2: guid b has the confidence NaN",
		right + `{"guid": "b", "confidence": 0.5, "variability": -1, "correctness": 1}`:  ":2: guid b has the variability -1",
		right + `{"guid": "b", "confidence": 0.5, "correctness": 1}`:                     ":2: guid b lacks confidence or variability",
		right + right: ":2: guid a already occurs on line 1",
		right + `{"guid": "b", "confidence": 0.5, "variability": 0.1}`:                 ":2: guid b differs from other lines",
		right + `{"guid": 2, "confidence": 0.5, "variability": 0.1, "correctness": 1}`: ":2: guid 2: some guids are numbers",
		right + `{"guid": "b", "conf`:                                                  ":2: not a JSON object: column 20: it ends",
		oddShare:                                                                       ": correctness is neither a number of epochs nor a share",
		`{"confidence": 0.5, "variability": 0.1}`:                                      `:1: no "guid"`,
	} {
		path := filepath.Join(folder(t, map[string]string{"m.jsonl": text}), "m.jsonl")
		_, err := ReadMeasures(path, false)
		if bad, ok := err.(*fault.Bad); !ok || !strings.HasPrefix(strings.TrimPrefix(bad.Problems[0].String(), path), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The file is a real map of WinoGrande XL by RoBERTa-large.
func TestRealCoordinates(t *testing.T) {
	const path = "../../../shared/data/winogrande_roberta_coordinates.jsonl"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the real coordinates are missing: %v", err)
	}
	m, err := ReadMeasures(path, false)
	if err != nil || len(m.GUIDs) != 40398 || !IsMeasures(path) || slices.Max(m.Correctness) != 6 || m.Epochs != 0 {
		t.Fatal(len(m.GUIDs), m.Epochs, err)
	}
}

func FuzzMeasures(f *testing.F) {
	f.Add([]byte(`{"guid": 1, "confidence": 0.5, "variability": 0.1, "correctness": 0.2}`))
	f.Add([]byte("{\"guid\": \"a\", \"confidence\": 1, \"variability\": 0, \"forgetfulness\": 1000}\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "m.jsonl")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		limit.Check(t, 256<<20, 20, func() {
			IsMeasures(path)
			for _, lenient := range []bool{false, true} {
				m, err := ReadMeasures(path, lenient)
				if err != nil {
					continue
				}
				if _, err := datamap.NewFromMeasures(m.Measures); err != nil {
					t.Errorf("read succeeds, but the map fails: %v", err)
				}
			}
		})
	})
}
