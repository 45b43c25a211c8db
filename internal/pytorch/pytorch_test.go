package pytorch

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/limit"
)

const advice = "save model.state_dict() alone"

// golden is what PyTorch has in a tensor.
type golden struct {
	Type   string
	Shape  []int64
	Values []float32 // of floating-point numbers
}

// Both formats, every kind of view and every type give the numbers that PyTorch has.
func TestFilesOfPyTorchAreRead(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]map[string]golden
	if err := json.Unmarshal(text, &files); err != nil || len(files) < 11 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for name, want := range files {
		path := filepath.Join("testdata", name)
		f, err := Open(path, advice)
		if err != nil || !Is(path) {
			t.Errorf("%s: Is gives %v, Open %v", name, Is(path), err)
			continue
		}
		dict := f.Value.(*Dict)
		if len(dict.Keys) != len(want) {
			t.Errorf("%s: %d tensors, want %d", name, len(dict.Keys), len(want))
		}
		for i, key := range dict.Keys {
			tensor, golden := dict.Values[i].(*Tensor), want[key.(string)]
			layout, wrong := tensor.Layout()
			if wrong != "" || tensor.Type() != golden.Type || !slices.Equal(layout.Sizes, golden.Shape) {
				t.Errorf("%s, %s: %s of %s, %s", name, key, tensor.Type(), tensor.Shape(), wrong)
			}
			values, err := f.Floats(tensor)
			switch {
			case tensor.Float() == 0:
				if err == nil || !strings.Contains(err.Error(), "not of floating-point numbers") {
					t.Errorf("%s, %s: %v", name, key, err)
				}
			case err != nil || !slices.Equal(values, golden.Values):
				t.Errorf("%s, %s: %v, %v, want %v", name, key, values, err, golden.Values)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// changed returns a file of testdata with a part replaced.
func changed(t testing.TB, name, old, new string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil || !strings.Contains(string(content), old) {
		t.Fatalf("%s lacks %q: %v", name, old, err)
	}
	return strings.Replace(string(content), old, new, 1)
}

// try reads all tensors of a file with the given content.
func try(content string) error {
	f, err := Read("x.bin", strings.NewReader(content), int64(len(content)), advice)
	if err != nil {
		return err
	}
	dict, ok := f.Value.(*Dict)
	if !ok {
		return f.Bad("it holds %s", Kind(f.Value))
	}
	var first error
	for _, v := range dict.Values {
		if tensor, ok := v.(*Tensor); ok {
			if _, err := f.Floats(tensor); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	whole := func(name string) string { return changed(t, name, "", "") }
	legacy := whole("state-legacy.bin")
	for _, test := range []struct{ content, want string }{
		{whole("refused-module.bin"), `it asks for "torch.nn.modules.container.Sequential"`},
		{whole("refused-module.bin"), "nothing was run"},
		{whole("refused-module.bin"), "and " + advice},
		{whole("refused-sparse.bin"), `it asks for "torch._utils._rebuild_sparse_tensor"`},
		{whole("refused-script.bin"), "a program of TorchScript, which is not run: " + advice},
		{strings.ReplaceAll(legacy, "ccollections\nOrderedDict\n", "cos\nsystem\n"), `it asks for "os.system"`},
		{legacy[:len(legacy)-1], "cut short: the storage"},
		{legacy[:len(legacy)-20], "and the file ends at"},
		{legacy[:len(legacy)/2], "the pickle is truncated: copy"},
		{legacy[:20], "byte 20: the pickle is truncated"},
		{changed(t, "state-legacy.bin", "M\xe9\x03.", "M\xe8\x03."), "its format has the version 1000; supported: 1001"},
		{changed(t, "state-legacy.bin", "\x04\x00\x00\x00\x00\x00\x00\x00", "\x05\x00\x00\x00\x00\x00\x00\x00"),
			"has 5 elements, by its tensors 4"},
		{changed(t, "state-legacy.bin", "\x04\x00\x00\x00\x00\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff"), "has -1 elements"},
		{"", "the file is empty"},
		{"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 17\n",
			"a Git LFS pointer, not the file: run git lfs pull, or download"},
		{"<!DOCTYPE html>", "an HTML page"},
		{"\x80\x02}.", "a Python pickle"},
		{"hello", "not written by torch.save"},
		{whole("state.bin")[:2000], "the zip is truncated or damaged"},
		{changed(t, "state.bin", "little", "bigger"), `"byteorder" is damaged, for its checksum differs`},
	} {
		err := try(test.content)
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
	if _, err := Open("testdata/none", advice); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// A number that has changed on the way is found, in every storage that a tensor is read from.
func TestChecksumsAreChecked(t *testing.T) {
	content, err := os.ReadFile("testdata/layouts.bin")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open("testdata/layouts.bin", advice)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	values, err := f.Floats(f.Value.(*Dict).Values[0].(*Tensor))
	if err != nil {
		t.Fatal(err)
	}
	first := []byte{0, 0, 0, 0}
	for i := range first {
		first[i] = byte(math.Float32bits(values[0]) >> (8 * i))
	}
	at := bytes.Index(content, first)
	content[at] ^= 1
	if err := try(string(content)); err == nil || !strings.Contains(err.Error(), `"data/0" is damaged, for its checksum differs`) {
		t.Errorf("got %v", err)
	}
}

// invariant checks that whatever a file claims, reading it takes memory in proportion to its size, and fails with a *fault.Bad.
func invariant(t *testing.T, content string) {
	defer input.SetBudget(16 << 20)()
	limit.Check(t, 128<<20, 20, func() {
		if err := try(content); err != nil && !errors.As(err, new(*fault.Bad)) {
			t.Errorf("%T: %v", err, err)
		}
	})
}

// Python 2 wrote names as bytes.
func TestTextsOfPython2AreRead(t *testing.T) {
	for _, pickle := range []string{"\x80\x02}U\x02abK\x05s.", "\x80\x02}T\x02\x00\x00\x00abK\x05s."} {
		content := zipped(t, pickle, "")
		f, err := Read("x.bin", strings.NewReader(content), int64(len(content)), advice)
		if err != nil {
			t.Errorf("%q: %v", pickle, err)
		} else if dict := f.Value.(*Dict); dict.Keys[0] != "ab" || dict.Values[0] != int64(5) {
			t.Errorf("%q: %v, %v", pickle, dict.Keys, dict.Values)
		}
	}
}

// zipped returns an archive with a pickle and the bytes of its storages, all the same.
func zipped(t testing.TB, pickle, storage string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, entry := range [][2]string{{"a/data.pkl", pickle}, {"a/data/0", storage}, {"a/data/1", storage}} {
		e, err := w.CreateHeader(&zip.FileHeader{Name: entry[0]})
		if err == nil {
			_, err = io.WriteString(e, entry[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// FuzzArchive changes the pickle and a storage of a zip, whose checksums hold.
func FuzzArchive(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.bin")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		r, err := zip.OpenReader(path)
		if err != nil {
			continue // of the other format
		}
		folder, _, _ := strings.Cut(r.File[0].Name, "/")
		pickle, err := fs.ReadFile(r, folder+"/data.pkl")
		if err != nil {
			f.Fatal(err)
		}
		storage, _ := fs.ReadFile(r, folder+"/data/0") // one has none
		r.Close()
		f.Add(string(pickle), string(storage))
	}
	f.Fuzz(func(t *testing.T, pickle, storage string) { invariant(t, zipped(t, pickle, storage)) })
}

func FuzzLegacy(f *testing.F) {
	paths, err := filepath.Glob("testdata/*-legacy.bin")
	if err != nil || len(paths) == 0 {
		f.Fatal(paths, err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
	}
	f.Fuzz(invariant)
}
