package dynamics

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ftft/internal/limit"
)

func TestHeaderEqualsNumpy(t *testing.T) {
	// The expected bytes are those that numpy 2 writes for these shapes.
	tests := []struct {
		got  []byte
		text string
	}{
		{header[float32]([]int{400000, 3}), "{'descr': '<f4', 'fortran_order': False, 'shape': (400000, 3), }"},
		{header[int32]([]int{5}), "{'descr': '<i4', 'fortran_order': False, 'shape': (5,), }"},
	}
	for _, test := range tests {
		want := "\x93NUMPY\x01\x00\x76\x00" + test.text + strings.Repeat(" ", 117-len(test.text)) + "\n"
		if string(test.got) != want || len(want) != 128 {
			t.Errorf("got  %q\nwant %q", test.got, want)
		}
	}
	for size := range 30 {
		if h := header[int32](make([]int, size)); len(h)%64 != 0 {
			t.Errorf("the header of %d dimensions takes %d bytes", size, len(h))
		}
	}
}

func TestStoreIsReadableWhileWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "epoch-000.npy")
	store, err := Create(path, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	check := func(want ...float32) {
		t.Helper()
		epoch, err := ReadEpoch(path)
		if err != nil {
			t.Fatal(err)
		}
		if epoch.Rows != 4 || epoch.Classes != 2 {
			t.Fatalf("the shape is [%d, %d]", epoch.Rows, epoch.Classes)
		}
		for i, value := range want {
			if math.Float32bits(epoch.Logits[i]) != math.Float32bits(value) {
				t.Fatalf("logits %v, want %v", epoch.Logits, want)
			}
		}
	}
	u, nan := UnseenValue(), float32(math.NaN())
	if !Unseen(u) || Unseen(nan) || Unseen(-u) || Unseen(float32(math.Inf(1))*0) {
		t.Error("the mark of a row not seen is mistaken")
	}
	check(u, u, u, u, u, u, u, u)
	if err := store.WriteRows([]int{3, 0}, []float32{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	check(3, 4, u, u, u, u, 1, 2)
	for _, wrong := range []error{
		store.WriteRow(4, []float32{1, 2}), store.WriteRow(-1, []float32{1, 2}), store.WriteRow(0, []float32{1}),
		store.WriteRows([]int{1}, []float32{1, 2, 3, 4}),
	} {
		if wrong == nil || !strings.Contains(wrong.Error(), path) {
			t.Errorf("a wrong row gives %v", wrong)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	// A resumed run writes rows again and continues.
	store, err = Open(path, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.WriteRows([]int{0, 1}, []float32{3, 4, 5, nan}); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	check(3, 4, 5, nan, u, u, 1, 2)
	if _, err := Open(path, 4, 3); err == nil || !strings.Contains(err.Error(), "[4, 2]") {
		t.Errorf("another shape: error %v", err)
	}
	if _, err := Open(path+"x", 4, 2); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}

	// Creating the file again starts over.
	store, err = Create(path, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	check(u, u, u, u, u, u, u, u)
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestCreateRefusesBadShapes(t *testing.T) {
	folder := t.TempDir()
	for _, shape := range [][2]int{{-1, 2}, {1, 0}, {math.MaxInt / 2, 3}} {
		if _, err := Create(filepath.Join(folder, "a"), shape[0], shape[1]); err == nil {
			t.Errorf("shape %v was created", shape)
		}
	}
	if _, err := Create(filepath.Join(folder, "none", "a"), 1, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: error %v", err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestNPYRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := WriteNPY(path, []int32{1, -2, math.MaxInt32}); err != nil {
		t.Fatal(err)
	}
	if values, shape, err := ReadNPYInt32(path); err != nil || !reflect.DeepEqual(values, []int32{1, -2, math.MaxInt32}) ||
		!reflect.DeepEqual(shape, []int{3}) {
		t.Errorf("got %v %v, %v", values, shape, err)
	}
	if _, _, err := ReadNPYFloat32(path); err == nil || !strings.Contains(err.Error(), `"<i4"; expected "<f4"`) {
		t.Errorf("another type: error %v", err)
	}
	if err := WriteNPY(path, []float32{1, 2, 3, 4, 5, 6}, 3, 2); err != nil {
		t.Fatal(err)
	}
	if values, shape, err := ReadNPYFloat32(path); err != nil || values[5] != 6 || !reflect.DeepEqual(shape, []int{3, 2}) {
		t.Errorf("got %v %v, %v", values, shape, err)
	}
	if err := WriteNPY(path, []int32{}); err != nil {
		t.Fatal(err)
	}
	if values, shape, err := ReadNPYInt32(path); err != nil || len(values) != 0 || !reflect.DeepEqual(shape, []int{0}) {
		t.Errorf("an empty array: %v %v, %v", values, shape, err)
	}
	if _, err := ReadEpoch(path); err == nil {
		t.Error("an int32 array was read as an epoch")
	}
	if err := WriteNPY(path, []float32{1, 2}, 3); err == nil {
		t.Error("two values filled three places")
	}
}

func TestReadEpochRefusesOtherFiles(t *testing.T) {
	npy := func(version byte, text string, data int) string {
		length := string([]byte{byte(len(text)), 0})
		if version > 1 {
			length += "\x00\x00"
		}
		return Magic + string([]byte{version, 0}) + length + text + strings.Repeat("\x00", data)
	}
	tests := []struct{ name, content, err string }{
		{"version 2", npy(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24), ""},
		{"other order and quotes", npy(1, `{"shape":(2,3),"fortran_order":False,"descr":"<f4"}`, 24), ""},
		{"empty", "", "not a NumPy array"},
		{"text", "guid,confidence\n1,2\n", "not a NumPy array"},
		{"header cut short", npy(1, "{'descr': '<f4'", 0)[:20], "truncated"},
		{"no shape", npy(1, "{'descr': '<f4', 'fortran_order': False}", 0), "unreadable"},
		{"float64", npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 48), `type "<f8"`},
		{"big endian", npy(1, "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", 24), `type ">f4"`},
		{"Fortran order", npy(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24), "Fortran"},
		{"one dimension", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", 24), "[examples, classes]"},
		{"no classes", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 0), }", 0), "[examples, classes]"},
		{"truncated", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 23), "truncated"},
		{"too long", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 25), "truncated"},
		{"too large", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2305843009213693952, 8), }", 25), "impossible"},
		{"beyond numbers", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (23058430092136939520, 8), }", 25), "shape"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.npy")
			if err := os.WriteFile(path, []byte(test.content), 0o666); err != nil {
				t.Fatal(err)
			}
			epoch, err := ReadEpoch(path)
			switch {
			case test.err == "" && (err != nil || epoch.Rows != 2 || epoch.Classes != 3):
				t.Errorf("got %+v, %v", epoch, err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), path)):
				t.Errorf("error %v, want one with %q and the path", err, test.err)
			}
		})
	}
}

// FuzzNPY checks that any content of an array's file gives an error or what its shape says, within limits of memory and time.
func FuzzNPY(f *testing.F) {
	f.Add(string(headerOf("<f2", []int{2, 2})) + "12345678")
	f.Add(string(headerOf("<f8", []int{1, 1})) + "12345678")
	f.Add(string(headerOf("<f4", []int{1e9, 1000})) + "1234")
	f.Add(string(header[float32]([]int{1, 1})) + "\x00\x00\x00\x00")
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(t.TempDir(), "a.npy")
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		limit.Check(t, 64<<20, 20, func() {
			epoch, err := ReadEpoch(path)
			if err == nil && len(epoch.Logits) != epoch.Rows*epoch.Classes {
				t.Errorf("%d logits for %d rows of %d", len(epoch.Logits), epoch.Rows, epoch.Classes)
			}
			hashed, hash, hashErr := HashEpoch(path)
			if sum := sha256.Sum256([]byte(content)); err == nil &&
				(hashErr != nil || hash != hex.EncodeToString(sum[:]) || hashed.Rows != epoch.Rows) {
				t.Errorf("hashed: %s, %v", hash, hashErr)
			}
			if values, shape, err := ReadNPYFloats(path); err == nil {
				if n, ok := product(shape); !ok || n != len(values) {
					t.Errorf("%d values of shape %v", len(values), shape)
				}
			}
			if v, err := OpenVectors(path); err == nil {
				var p Part
				for row := range min(v.Len, 3) {
					if err := v.Read(&p, row, row+1); err != nil || len(p.Values) != v.Width {
						t.Errorf("row %d: %v", row, err)
					}
				}
				v.Close()
			}
		})
	})
}

// BenchmarkWriteRows writes batches of 32 rows at random places among 400,000.
func BenchmarkWriteRows(b *testing.B) {
	store, err := Create(filepath.Join(b.TempDir(), "epoch-000.npy"), 400_000, 3)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	rows, logits := make([]int, 32), make([]float32, 96)
	for i := range rows {
		rows[i] = i * 12_345 % 400_000
	}
	for b.Loop() {
		if err := store.WriteRows(rows, logits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadEpoch(b *testing.B) {
	path := filepath.Join(b.TempDir(), "epoch-000.npy")
	store, err := Create(path, 400_000, 3)
	if err != nil {
		b.Fatal(err)
	}
	store.Close()
	for b.Loop() {
		if _, err := ReadEpoch(path); err != nil {
			b.Fatal(err)
		}
	}
}

func TestStructuredArraysAreNamed(t *testing.T) {
	header := fmt.Sprintf("%-117s\n", "{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }")
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := os.WriteFile(path, []byte(Magic+"\x01\x00\x76\x00"+header+"12345678"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadNPYFloats(path); err == nil || !strings.Contains(err.Error(), "a structured array, whose elements have fields") {
		t.Error(err)
	}
}
