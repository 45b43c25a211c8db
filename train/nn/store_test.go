package nn

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/limit"
	"ftft/train/nn/spec"
)

// sharded divides the weights of a saved model into two shards with an index, and returns the index.
func sharded(t *testing.T, folder string) map[string]string {
	t.Helper()
	s, w, _, err := Load(folder, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	names := [2]string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}
	var shards [2][]Tensor
	index := map[string]string{}
	for i, p := range s.Tensors() {
		shards[i%2] = append(shards[i%2], Tensor{p.Name, p.Shape, w[p.Name]})
		index[p.Name] = names[i%2]
	}
	for i, name := range names {
		if err := SaveTensors(filepath.Join(folder, name), shards[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(folder, weightsFile)); err != nil {
		t.Fatal(err)
	}
	return index
}

func writeIndex(t *testing.T, folder string, index map[string]string) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"metadata": map[string]any{"total_size": 1.5}, "weight_map": index})
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, indexFile), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoadReadsShards(t *testing.T) {
	folder, _, want := saved(t)
	writeIndex(t, folder, sharded(t, folder))
	if _, got, _, err := Load(folder, nil, 1); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("other weights, or %v", err)
	}
	if files, err := Files(folder); err != nil || len(files) != 4 {
		t.Errorf("files %q, %v", files, err)
	}
}

func TestLoadRefusesShardsThatDisagreeWithTheirIndex(t *testing.T) {
	const second = "model-00002-of-00002.safetensors"
	for want, damage := range map[string]func(folder string, index map[string]string){
		second + ": no such file": func(folder string, _ map[string]string) { os.Remove(filepath.Join(folder, second)) },
		`weight_map names the file "../outside.safetensors"`: func(_ string, index map[string]string) {
			index["classifier.bias"] = "../outside.safetensors"
		},
		`names the file "/etc/passwd"`: func(_ string, index map[string]string) { index["classifier.bias"] = "/etc/passwd" },
		`names the file ".."`:          func(_ string, index map[string]string) { index["classifier.bias"] = ".." },
		`"classifier.bias" is not in model.safetensors.index.json`: func(_ string, index map[string]string) {
			delete(index, "classifier.bias")
		},
		`tensor "extra" is missing, which`: func(_ string, index map[string]string) { index["extra"] = second },
		"for it: the folder holds files of two models": func(_ string, index map[string]string) {
			index["classifier.bias"], index["classifier.weight"] = index["classifier.weight"], index["classifier.bias"]
		},
		"is here, but model.safetensors.index.json names \"" + second: func(folder string, index map[string]string) {
			w := []float32{1, 2, 3}
			SaveTensors(filepath.Join(folder, "model-00001-of-00002.safetensors"), []Tensor{{"classifier.bias", []int{3}, w}})
			index["classifier.bias"] = second
		},
		"names no tensor": func(_ string, index map[string]string) { clear(index) },
		"a pipe, not a regular file": func(folder string, _ map[string]string) {
			os.Remove(filepath.Join(folder, second))
			makePipe(t, filepath.Join(folder, second))
		},
	} {
		folder, _, _ := saved(t)
		index := sharded(t, folder)
		damage(folder, index)
		writeIndex(t, folder, index)
		var bad *fault.Bad
		if _, _, _, err := Load(folder, nil, 1); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestLoadNamesTheWeightsThatAFolderHasInstead(t *testing.T) {
	for name, want := range map[string]string{
		"tf_model.h5":               "this format of weights is not read",
		"adapter_model.safetensors": "merge_and_unload",
		"adapter_model.bin":         "merge_and_unload",
		"model.fp16.safetensors":    "rename it to model.safetensors",
		"weights.bin":               "rename it to pytorch_model.bin",
		"best.pt":                   "neither pytorch_model.bin nor named by an index; if it is the whole model, rename it to pytorch_model.bin",
		"optimizer.pt":              "model.safetensors: no such file; a model is a folder",
		"training_args.bin":         "model.safetensors: no such file; a model is a folder",
		"README.md":                 "model.safetensors: no such file; a model is a folder",
	} {
		folder, _, _ := saved(t)
		os.Remove(filepath.Join(folder, weightsFile))
		os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o644)
		var bad *fault.Bad
		if _, err := Labels(folder); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

func TestLoadTellsAPointerFromWeights(t *testing.T) {
	folder, _, _ := saved(t)
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4321\n"
	os.WriteFile(filepath.Join(folder, weightsFile), []byte(pointer), 0o644)
	if _, err := Labels(folder); err == nil || !strings.Contains(err.Error(), "model.safetensors: a Git LFS pointer") ||
		!strings.Contains(err.Error(), "4321 bytes") {
		t.Errorf("got %v", err)
	}
}

// The length of a header may look like the beginning of a Python pickle: 0x80 and a small number.
func TestAHeaderOfAnyLengthIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), weightsFile)
	header := `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	for _, length := range []int{0x0280, 0x0480, 0x1f8b - 0x1f8b%8} {
		text := binary.LittleEndian.AppendUint64(nil, uint64(length))
		text = append(text, header+strings.Repeat(" ", length-len(header))+"\x00\x00\x80\x3f"...)
		os.WriteFile(path, text, 0o644)
		one := []Tensor{{"a", []int{1}, make([]float32, 1)}}
		if err := LoadTensors(path, one); err != nil || one[0].Values[0] != 1 {
			t.Errorf("a header of %#x bytes: %v, %v", length, one[0].Values, err)
		}
	}
}

// transformers leaves id2label out where the two labels have the default names.
func TestAClassifierWithoutNamesHasDefaultLabels(t *testing.T) {
	folder, s, want := saved(t)
	path := filepath.Join(folder, "config.json")
	text, _ := os.ReadFile(path)
	text = swap(swap(text, `"id2label"`, `"unused"`), `"label2id"`, `"unused2"`)
	os.WriteFile(path, text, 0o644)
	labels := []string{"LABEL_0", "LABEL_1", "LABEL_2"}
	if got, err := Labels(folder); err != nil || !slices.Equal(got, labels) {
		t.Errorf("got %q, %v", got, err)
	}
	got, weights, report, err := Load(folder, nil, 1)
	if err != nil || !slices.Equal(got.Labels, labels) || !reflect.DeepEqual(weights, want) || len(report.Initialised) > 0 {
		t.Errorf("labels %q, report %+v, %v", got.Labels, report, err)
	}
	if _, _, _, err := Load(folder, s.Labels, 1); err == nil ||
		!strings.Contains(err.Error(), `has the labels "LABEL_0", "LABEL_1" and "LABEL_2", the data "a", "b" and "c"`) {
		t.Errorf("labels of other names: %v", err)
	}
	os.WriteFile(path, swap(text, `"unused"`, `"num_labels": 2, "unused"`), 0o644)
	if _, err := Labels(folder); err == nil || !strings.Contains(err.Error(), "but the classifier has 3 rows") {
		t.Errorf("num_labels of another size: %v", err)
	}
}

func TestLoadComparesTheModelWithTheMemory(t *testing.T) {
	s := spec.Scratch(1, 60, 2, 60, 1000, 40, []string{"a", "b", "c"}) // its weights take more memory than their names
	n := newNet[float32](t, s, Init(s, 1), 1)
	folder := t.TempDir()
	if err := Save(folder, s, Tensors(n.Parameters())); err != nil {
		t.Fatal(err)
	}
	defer input.SetBudget(2*s.Parameters().Total - 1)()
	if _, _, _, err := Load(folder, nil, 1); err == nil || !strings.Contains(err.Error(), "of memory, and this machine has") {
		t.Errorf("got %v", err)
	}
	if _, report, err := Inspect(folder, nil); err != nil || len(report.Initialised) > 0 {
		t.Errorf("without the values: %+v, %v", report, err)
	}
}

// Whatever a file claims, reading it takes memory in proportion to its size.
func FuzzSafetensors(f *testing.F) {
	folder := f.TempDir()
	s := spec.Scratch(1, 4, 2, 4, 6, 4, []string{"a", "b"})
	w := Init(s, 1)
	var tensors []Tensor
	for _, p := range s.Tensors() {
		tensors = append(tensors, Tensor{p.Name, p.Shape, w[p.Name]})
	}
	path := filepath.Join(folder, "seed")
	if err := SaveTensors(path, tensors); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, s.JSON())
	f.Add([]byte("\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":{\"dtype\":1}}"), s.JSON())
	f.Fuzz(func(t *testing.T, weights, config []byte) { loadLimited(t, weightsFile, weights, config) })
}

// FuzzStateDict is FuzzSafetensors for the other format.
func FuzzStateDict(f *testing.F) {
	for _, name := range []string{"bin", "bin-legacy", "nested", "tied", "transposed"} {
		folder := layout(f, name)
		weights, err := os.ReadFile(filepath.Join(folder, torchFile))
		if err != nil {
			f.Fatal(err)
		}
		config, err := os.ReadFile(filepath.Join(folder, "config.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(weights, config)
	}
	f.Fuzz(func(t *testing.T, weights, config []byte) { loadLimited(t, torchFile, weights, config) })
}

// loadLimited loads a model of any content under limits of memory and time.
func loadLimited(t *testing.T, name string, weights, config []byte) {
	folder := t.TempDir()
	os.WriteFile(filepath.Join(folder, name), weights, 0o644)
	os.WriteFile(filepath.Join(folder, "config.json"), config, 0o644)
	defer input.SetBudget(16 << 20)()
	limit.Check(t, 32<<20+uint64(200*(len(weights)+len(config))), 5, func() {
		s, w, _, err := Load(folder, nil, 1)
		var bad *fault.Bad
		switch {
		case err != nil && !errors.As(err, &bad):
			t.Errorf("not a fault of the file: %v", err)
		case err == nil && (len(w) != len(s.Tensors()) ||
			slices.ContainsFunc(slices.Collect(maps.Values(w)), func(v []float32) bool { return v == nil })):
			t.Errorf("accepted %d of %d parameters", len(w), len(s.Tensors()))
		}
	})
}

// makePipe makes a named pipe, which nothing writes into.
func makePipe(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}
