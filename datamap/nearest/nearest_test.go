package nearest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/datamap/dynamics"
)

const rows = 40 // of testdata/embeddings.npy

// Rows and similarities equal those of numpy: see testdata/neighbours.py.
func TestNeighboursEqualNumpy(t *testing.T) {
	var want struct {
		Rows         [][]int     `json:"rows"`
		Similarities [][]float64 `json:"similarities"`
	}
	text, err := os.ReadFile("testdata/neighbours.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Rows) != rows {
		t.Fatalf("%d golden rows", len(want.Rows))
	}
	for row := range rows {
		got, err := Find("testdata/embeddings.npy", rows, row, 5, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, one := range got {
			if math.Abs(one.Similarity-want.Similarities[row][k]) > 1e-12 {
				t.Errorf("row %d: similarity %v, numpy's %v", row, one.Similarity, want.Similarities[row][k])
			}
			if one.Row != want.Rows[row][k] && math.Abs(one.Similarity) < 1-1e-9 {
				t.Errorf("row %d: neighbour %d, numpy's %d", row, one.Row, want.Rows[row][k])
			}
		}
		if len(got) != 5 {
			t.Errorf("row %d has %d neighbours", row, len(got))
		}
	}
	got, err := Find("testdata/embeddings.npy", rows, 3, 2, nil)
	if err != nil || len(got) != 2 || got[0].Row+got[1].Row != 7+21 {
		t.Errorf("the duplicates of row 3 are %v, %v", got, err)
	}
}

// Blocks, element types and the number of candidates do not change the result.
func TestLargeArrays(t *testing.T) {
	const n, width = 3*blockRows + 17, 6
	values := make([]float32, n*width)
	for i := range values {
		values[i] = float32(math.Sin(float64(i*i%9973))) * 0.5
	}
	values[5*width] = float32(math.NaN())
	among := make([]bool, n)
	for row := range among {
		among[row] = row%3 != 1
	}
	halves, singles := filepath.Join(t.TempDir(), "half.npy"), filepath.Join(t.TempDir(), "single.npy")
	if err := errors.Join(dynamics.WriteNPYFloat16(halves, values, n, width), dynamics.WriteNPY(singles, values, n, width)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{halves, singles} {
		exact, _, err := dynamics.ReadNPYFloats(path)
		if err != nil {
			t.Fatal(err)
		}
		const row = 2*blockRows + 1
		var want []Neighbour
		for other := range n {
			product, own, its := 0.0, 0.0, 0.0
			for k := range width {
				a, b := float64(exact[row*width+k]), float64(exact[other*width+k])
				product, own, its = product+a*b, own+a*a, its+b*b
			}
			if among[other] && other != row && other != 5 {
				want = append(want, Neighbour{other, product / math.Sqrt(own*its)})
			}
		}
		slices.SortStableFunc(want, func(a, b Neighbour) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
		got, err := Find(path, n, row, 30, among)
		if err != nil || len(got) != 30 {
			t.Fatal(got, err)
		}
		for k := range got {
			if got[k].Row != want[k].Row || math.Abs(got[k].Similarity-want[k].Similarity) > 1e-9 {
				t.Errorf("%s: neighbour %d is %v, want %v", filepath.Base(path), k, got[k], want[k])
			}
		}
		if all, err := Find(path, n, row, 2*n, among); err != nil || len(all) != len(want) {
			t.Errorf("%d of %d candidates, %v", len(all), len(want), err)
		}
		if _, err := Find(path, n, 5, 3, nil); err == nil || !strings.Contains(err.Error(), "not finite") {
			t.Errorf("the neighbours of a vector that is not finite: %v", err)
		}
	}
}

func TestErrors(t *testing.T) {
	if _, err := Find("testdata/none.npy", rows, 0, 1, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	_, err := Find("testdata/embeddings.npy", rows+1, 0, 1, nil)
	if err == nil || !strings.Contains(err.Error(), "40 embeddings for 41 examples") {
		t.Error(err)
	}
	cube := filepath.Join(t.TempDir(), "cube.npy")
	if err := dynamics.WriteNPY(cube, make([]float32, 8), 2, 2, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(cube, 2, 0, 1, nil); err == nil || !strings.Contains(err.Error(), "expected [examples, width]") {
		t.Error(err)
	}
}

// A search in 400,000 examples reads 300 MB, and allocates little.
func BenchmarkFind(b *testing.B) {
	const n, width = 400_000, 384
	path := filepath.Join(b.TempDir(), "embeddings.npy")
	values := make([]float32, n*width)
	state := uint32(1)
	for i := range values {
		state = state*1664525 + 1013904223
		values[i] = float32(state>>8)/(1<<24) - 0.5
	}
	if err := dynamics.WriteNPYFloat16(path, values, n, width); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Find(path, n, n/2, 10, nil); err != nil {
			b.Fatal(err)
		}
	}
}
