package spec

import (
	"encoding/json"
	"os"
	"testing"
)

// testdata/distances.py computes the golden rows with transformers.
func TestRowsOfDistancesMatchTransformers(t *testing.T) {
	text, err := os.ReadFile("testdata/distances.json")
	if err != nil {
		t.Fatal(err)
	}
	var entries []struct {
		Kind          string
		Buckets, Span int
		Sign          int
		Rows          [][2]int // row, how often
	}
	if err := json.Unmarshal(text, &entries); err != nil || len(entries) < 20 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		r := Relative{Kind: e.Kind, Buckets: e.Buckets, Span: e.Span}
		distance := 0
		for _, run := range e.Rows {
			for range run[1] {
				if got := r.Row(distance * e.Sign); got != run[0] || got >= r.Rows() {
					t.Errorf("%+v: distance %d has row %d of %d, want %d", r, distance*e.Sign, got, r.Rows(), run[0])
				}
				distance++
			}
		}
	}
}
