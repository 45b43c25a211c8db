package source

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/datamap/dynamics"
	"ftft/datamap/torch"
	"ftft/internal/fault"
)

// written writes values, [2][4*3], of the examples a to d in all formats of logits. It returns the paths by kind, and the records of the
// examples, with the classes 0, 1, 2 and 0.
func written(t *testing.T, epochs [][]float32) (paths map[string]string, data *Data) {
	t.Helper()
	dir, guids := t.TempDir(), []string{"a", "b", "c", "d"}
	paths = map[string]string{
		Array: filepath.Join(dir, "values.npy"), Torch: filepath.Join(dir, "values.pt"), Folder: filepath.Join(dir, "folder"),
	}
	var records, packed strings.Builder
	files := map[string]*strings.Builder{"examples.jsonl": &records, "values.pt": &packed}
	for e, values := range epochs {
		lines := &strings.Builder{}
		files[fmt.Sprintf("folder/dynamics_epoch_%d.jsonl", e)] = lines
		for row, guid := range guids {
			v := values[3*row:]
			fmt.Fprintf(lines, `{"guid": %q, "gold": %d, "logits_epoch_%d": [%v, %v, %v]}`+"\n", guid, row%3, e, v[0], v[1], v[2])
		}
	}
	for row, guid := range guids {
		fmt.Fprintf(&records, `{"guid": %q, "label": %d}`+"\n", guid, row%3)
	}
	if err := torch.Write(&packed, guids, false, 3, epochs); err != nil {
		t.Fatal(err)
	}
	if err := dynamics.WriteNPY(paths[Array], slices.Concat(epochs...), 2, 4, 3); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(paths[Folder], 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := OpenData(filepath.Join(dir, "examples.jsonl"), "guid", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return paths, data
}

var (
	probabilities = [][]float32{
		{0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 1, 0, 0, 0.25, 0.5, 0.25},
		{0.9, 0.05, 0.05, 0.3, 0.3, 0.4, 0.123, 0.001, 0.876, 0, 0.999, 0.001},
	}
	confidence = []float64{
		(float64(float32(0.7)) + float64(float32(0.9))) / 2, (float64(float32(0.6)) + float64(float32(0.3))) / 2,
		(0 + float64(float32(0.876))) / 2, (0.25 + 0) / 2,
	}
)

// Softmax of a probability gives plausible values that are all wrong, so probabilities are refused where logits belong. As what they
// are, they give the confidence exactly.
func TestProbabilities(t *testing.T) {
	paths, data := written(t, probabilities)
	for kind, path := range paths {
		_, err := Open(path, Options{To: -1, Data: data})
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), "these are probabilities, not logits") ||
			!strings.Contains(err.Error(), "--probabilities") {
			t.Errorf("%s: %v", kind, err)
		}
		s, err := Open(path, Options{To: -1, Data: data, Values: Probabilities})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		for i, want := range confidence {
			if math.Abs(s.Map.Confidence[i]-want) > 1e-16 {
				t.Errorf("%s: confidence %v of row %d, want %v", kind, s.Map.Confidence[i], i, want)
			}
		}
		if !slices.Equal(s.Map.Correctness, []int32{2, 1, 1, 0}) { // of 0.3 and 0.4 the second is greater
			t.Errorf("%s: correctness %v", kind, s.Map.Correctness)
		}
		last, err := s.Map.Between(1, 2)
		if err != nil || last.Confidence[0] != float64(float32(0.9)) {
			t.Errorf("%s: of the last epoch: %v, %v", kind, last, err)
		}
		s, err = Open(path, Options{To: -1, Data: data, Values: Logits})
		if err != nil || s.Map.Confidence[0] > 0.6 {
			t.Errorf("%s: as logits: %v, %v", kind, s, err)
		}
	}
}

// Logarithms of probabilities are logits. So is everything of which one row is no distribution.
func TestLogProbabilitiesAreLogits(t *testing.T) {
	var logs, odd [][]float32
	for _, values := range probabilities {
		log := make([]float32, len(values))
		for i, p := range values {
			log[i] = float32(math.Log(max(float64(p), 1e-30)))
		}
		logs, odd = append(logs, log), append(odd, slices.Clone(values))
	}
	paths, data := written(t, logs)
	for kind, path := range paths {
		s, err := Open(path, Options{To: -1, Data: data})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		for i, want := range confidence {
			if math.Abs(s.Map.Confidence[i]-want) > 1e-6 {
				t.Errorf("%s: confidence %v of row %d, want %v", kind, s.Map.Confidence[i], i, want)
			}
		}
	}

	odd[1][4] = 0.6 // of example b; its row sums to 1.3
	paths, data = written(t, odd)
	for kind, path := range paths {
		if _, err := Open(path, Options{To: -1, Data: data}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		_, err := Open(path, Options{To: -1, Data: data, Values: Probabilities})
		if err == nil || !strings.Contains(err.Error(), `example "b" (row 1), epoch 1: the values 0.3, 0.6, 0.4 are not probabilities`) {
			t.Errorf("%s: %v", kind, err)
		}
		s, err := Open(path, Options{To: -1, Data: data, Values: Probabilities, Lenient: true})
		if err != nil || s.Map.Len() != 3 || len(s.Skipped) != 1 || s.Skipped[0].Count != 1 {
			t.Errorf("%s: %+v, %v", kind, s, err)
		}
	}
}

// The number of examples in the data tells in which order the axes are. No other order than the documented one is read.
func TestAxes(t *testing.T) {
	_, data := written(t, probabilities)
	for _, c := range []struct {
		shape []int
		want  string
	}{
		{[]int{4, 2, 3}, "the shape is [4, 2, 3] and FILE has 4 examples: are the axes [examples, epochs, classes]? " +
			"Expected [epochs, examples, classes]: save a.transpose(1, 0, 2)"},
		{[]int{2, 3, 4}, "are the axes [epochs, classes, examples]? Expected [epochs, examples, classes]: save a.transpose(0, 2, 1)"},
		{[]int{2, 5, 3}, "the shape is [2, 5, 3], where FILE has 4 examples: they describe different data"},
		{[]int{4, 3}, "an array of shape [4, 3]; expected [epochs, examples, classes]: if it is one epoch, save a[None]"},
		{[]int{4}, "an array of shape [4]; expected [epochs, examples, classes]"},
		{[]int{2, 4, 1}, "an array of shape [2, 4, 1], which has one logit for an example; a map needs two classes"},
		{[]int{2, 0, 3}, "an array of shape [2, 0, 3]; expected [epochs, examples, classes], none of them empty"},
	} {
		path, size := filepath.Join(t.TempDir(), "a.npy"), 1
		for _, n := range c.shape {
			size *= n
		}
		if err := dynamics.WriteNPY(path, make([]float32, size), c.shape...); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, Options{To: -1, Data: data})
		bad := (*fault.Bad)(nil)
		if !errors.As(err, &bad) || !strings.Contains(bad.Error(), strings.ReplaceAll(c.want, "FILE", data.File)) {
			t.Errorf("%v: %v", c.shape, err)
		}
	}
	path := filepath.Join(t.TempDir(), "square.npy")
	if err := dynamics.WriteNPY(path, make([]float32, 4*4*3), 4, 4, 3); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{To: -1, Data: data})
	if err != nil || s.Notice != "the array of shape [4, 4, 3] is read as [epochs, examples, classes]" {
		t.Errorf("%+v, %v", s, err)
	}
}
