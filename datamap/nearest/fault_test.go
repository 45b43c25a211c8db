package nearest

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"ftft/datamap/dynamics"
	"ftft/internal/fault"
)

// Embeddings that do not suit the examples are bad data, whatever is wrong with them. Those that are all the same, or 0, are not.
func TestUnsuitableEmbeddingsAreBadData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "embeddings.npy")
	for name, c := range map[string]struct {
		values []float32
		rows   int
		bad    bool
	}{
		"all 0": {make([]float32, 6), 3, false}, "equal": {[]float32{1, 2, 1, 2, 1, 2}, 3, false}, "one": {[]float32{1, 2}, 1, false},
		"too few": {[]float32{1, 2, 3, 4}, 2, true}, "NaN": {[]float32{float32(math.NaN()), 1, 1, 2, 3, 4}, 3, true},
	} {
		if err := dynamics.WriteNPY(path, c.values, len(c.values)/2, 2); err != nil {
			t.Fatal(err)
		}
		rows := c.rows
		if name == "too few" {
			rows = 3
		}
		found, err := Find(path, rows, 0, 5, nil)
		if bad := errors.As(err, new(*fault.Bad)); bad != c.bad || err != nil != c.bad || !c.bad && len(found) != rows-1 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}
