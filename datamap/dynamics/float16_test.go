package dynamics

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ftft/internal/fault"
)

// readBits returns the bits and the shape of a golden array: see testdata/floats.py.
func readBits(t *testing.T, path string) (bits []uint32, shape []int) {
	t.Helper()
	values, shape, err := ReadNPYFloats(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		bits = append(bits, math.Float32bits(v))
	}
	return bits, shape
}

func TestVectorsRefuseADamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	os.WriteFile(path, []byte("\x93NUMPY\x01\x00\x10\x00"), 0o644)
	var bad *fault.Bad
	if _, err := OpenVectors(path); !errors.As(err, &bad) {
		t.Errorf("not a fault of the file: %v", err)
	}
}

func TestFloat16EqualsNumPy(t *testing.T) {
	values, shape, err := ReadNPYFloat32("testdata/numbers-f4.npy")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := WriteNPYFloat16(path, values, shape...); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/numbers-f2.npy")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the file is not NumPy's")
	}
}

func TestReadNPYFloatsEqualsNumPy(t *testing.T) {
	for name, want := range map[string]string{"f2": "f2-read", "f4": "f4", "f8": "f8-read"} {
		got, shape := readBits(t, "testdata/numbers-"+name+".npy")
		exact, wantShape, err := ReadNPYFloat32("testdata/numbers-" + want + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(shape, wantShape) || len(got) != len(exact) {
			t.Fatalf("%s: the shape is %v, want %v", name, shape, wantShape)
		}
		for i, v := range exact {
			if got[i] != math.Float32bits(v) {
				t.Fatalf("%s: value %d is %g, want %g", name, i, math.Float32frombits(got[i]), v)
			}
		}
	}
}

// The array is larger than the part that is read at a time.
func TestManyFloatsAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	values := make([]float32, 1<<16*2+3)
	for i := range values {
		values[i] = float32(i % 2039)
	}
	if err := WriteNPYFloat16(path, values); err != nil {
		t.Fatal(err)
	}
	if got, shape, err := ReadNPYFloats(path); err != nil || !slices.Equal(got, values) || !slices.Equal(shape, []int{len(values)}) {
		t.Errorf("%d values of shape %v, %v", len(got), shape, err)
	}
	if err := WriteNPYFloat16(path, nil, 0, 3); err != nil {
		t.Fatal(err)
	}
	if got, shape, err := ReadNPYFloats(path); err != nil || len(got) != 0 || !slices.Equal(shape, []int{0, 3}) {
		t.Errorf("an empty array: %v of shape %v, %v", got, shape, err)
	}
}

func TestWriteNPYFloat16RefusesBadInput(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.npy")
	for _, value := range []float32{65520, -65520, 1e30, float32(math.Inf(1))} {
		if err := WriteNPYFloat16(path, []float32{1, value}); err == nil || !strings.Contains(err.Error(), "value 1 is") ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%g: error %v", value, err)
		}
	}
	if err := WriteNPYFloat16(path, []float32{1, 2}, 3); err == nil {
		t.Error("two values filled three places")
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := WriteNPYFloat16(path, []float32{float32(math.NaN())}); err != nil {
		t.Fatal(err)
	}
	if got, _, err := ReadNPYFloats(path); err != nil || got[0] == got[0] {
		t.Errorf("a NaN became %v, %v", got, err)
	}
}

func TestReadNPYFloatsRefusesOtherFiles(t *testing.T) {
	beyond := binary.LittleEndian.AppendUint64(headerOf("<f8", []int{2}), 0)
	beyond = binary.LittleEndian.AppendUint64(beyond, math.Float64bits(-1e39))
	for want, content := range map[string]string{
		`type "<i4"; expected "<f2", "<f4" or "<f8"`: string(header[int32]([]int{0})),
		"value 1 is beyond float32":                  string(beyond),
		"truncated":                                  string(headerOf("<f2", []int{2})) + "123",
		"the shape [1000000000, 1000] needs":         string(headerOf("<f8", []int{1e9, 1000})),
		"not a NumPy array":                          "guid,label\n",
	} {
		path := filepath.Join(t.TempDir(), "a.npy")
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadNPYFloats(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
