package torch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/internal/fault"
)

// Files from PyTorch give the numbers that PyTorch reads: views, copies, offsets, strides, 16 to 64 bits, integers beyond
// int64, every protocol, and the format before PyTorch 1.6.
func TestFilesOfPyTorchAreRead(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]struct {
		UIDs    []string
		Numbers bool
		Classes int
		Epochs  [][]float32
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden) < 15 {
		t.Fatalf("%d golden files", len(golden))
	}
	for name, want := range golden {
		path := filepath.Join("testdata", name)
		if !Is(path) {
			t.Errorf("%s is not seen to be PyTorch's", name)
		}
		got, err := Read(path, 0, -1)
		if err != nil {
			t.Error(err)
			continue
		}
		if all := (&Dynamics{want.UIDs, want.Numbers, want.Classes, want.Epochs}); !same(got, all) {
			t.Errorf("%s: read %v, want %v", name, got, all)
		}
		for from := range want.Epochs {
			part, err := Read(path, from, from+1)
			if err != nil || !same(part, &Dynamics{want.UIDs, want.Numbers, want.Classes, want.Epochs[from : from+1]}) {
				t.Errorf("%s, epoch %d: %v, %v", name, from, part, err)
			}
		}
	}
}

// same compares two arrays bit by bit.
func same(a, b *Dynamics) bool {
	if !reflect.DeepEqual(a.GUIDs, b.GUIDs) || a.Numbers != b.Numbers || a.Classes != b.Classes || len(a.Epochs) != len(b.Epochs) {
		return false
	}
	for e := range a.Epochs {
		if len(a.Epochs[e]) != len(b.Epochs[e]) {
			return false
		}
		for i, x := range a.Epochs[e] {
			if math.Float32bits(x) != math.Float32bits(b.Epochs[e][i]) {
				return false
			}
		}
	}
	return true
}

func TestEpochsOutOfRange(t *testing.T) {
	for _, span := range [][2]int{{3, -1}, {0, 4}, {2, 2}, {-1, 2}} {
		none := (*datamap.NoEpoch)(nil)
		if _, err := Read("testdata/views.pt", span[0], span[1]); !errors.As(err, &none) || none.Count != 3 {
			t.Errorf("%v: %v", span, err)
		}
	}
}

// Foreign classes are named, wherever they are in the file, and nothing is run.
func TestForeignFilesAreRefused(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		path, want string
		is         bool
	}{
		{"testdata/refused-program.pt", `it asks for "posix.system"`, true},
		{"testdata/refused-parameter.pt", `uid "b" has a tensor of 7 epochs and 3 classes, others have 3 and 3`, true},
		{"testdata/refused-integers.pt", `uid "b" has a tensor of type int64; expected floating-point numbers`, true},
		{"testdata/refused-array.pt", `it asks for "numpy`, true},
		{write("text.pt", "PK, a text"), "not written by torch.save", false},
		{write("empty.pt", ""), "the file is empty", false},
		{write("zip.pt", zipped(t, "a/b", "c")), "the zip has no data.pkl", false},
	} {
		bad := (*fault.Bad)(nil)
		if _, err := Read(test.path, 0, -1); !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.path, err, test.want)
		}
		if Is(test.path) != test.is {
			t.Errorf("%s: Is is %v", test.path, !test.is)
		}
	}
	if _, err := os.Stat("it-ran"); err == nil {
		t.Error("the program in a pickle ran")
	}
	if _, err := Read(filepath.Join(folder, "absent.pt"), 0, -1); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if Is(folder) || Is(filepath.Join(folder, "absent.pt")) {
		t.Error("a folder, or nothing, is PyTorch's")
	}
}

// simulated returns dynamics with awkward uids.
func simulated(n, epochs, classes int, numbers bool) *Dynamics {
	d := &Dynamics{Numbers: numbers, Classes: classes}
	for i := range n {
		guid := fmt.Sprintf("ex \"%d\" é\t☃", i)
		if numbers {
			guid = []string{"", "-"}[i%2] + []string{"", "9007199254740993", "9223372036854775807",
				"1180591620717411303424"}[i/2%4] + fmt.Sprint(i+1)
		}
		d.GUIDs = append(d.GUIDs, guid)
	}
	for e := range epochs {
		logits := make([]float32, n*classes)
		for i := range logits {
			logits[i] = float32(math.Sin(float64(e*len(logits) + i)))
		}
		d.Epochs = append(d.Epochs, logits)
	}
	return d
}

func written(t testing.TB, d *Dynamics) string {
	var b bytes.Buffer
	if err := Write(&b, d.GUIDs, d.Numbers, d.Classes, d.Epochs); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "uid_to_logits.pt")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrittenFilesAreRead(t *testing.T) {
	for _, n := range []int{1, 2, 999, 1000, 1001, 2500} {
		for _, numbers := range []bool{false, true} {
			d := simulated(n, 3, 2+n%3, numbers)
			d.Epochs[0][0], d.Epochs[1][1], d.Epochs[2][0] = math.MaxFloat32, -math.SmallestNonzeroFloat32, float32(math.Copysign(0, -1))
			path := written(t, d)
			got, err := Read(path, 0, -1)
			if err != nil || !Is(path) || !same(got, d) {
				t.Fatalf("%d rows, numbers %v: %v", n, numbers, err)
			}
			one, _ := os.ReadFile(path)
			if other, _ := os.ReadFile(written(t, d)); !bytes.Equal(one, other) {
				t.Error("the same dynamics give other bytes")
			}
		}
	}
}

// PyTorch loads written files with weights_only. What it reads, and saves again, is the same.
func TestTorchLoadsWrittenFiles(t *testing.T) {
	python := os.Getenv("FTFT_PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.Command(python, "-c", "import torch").CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		t.Skipf("no PyTorch: FTFT_PYTHON names a Python that has it, and %s says: %v: %s", python, err, lines[len(lines)-1])
	}
	const script = `
import sys, torch
path, again = sys.argv[1:3]
for options in {"weights_only": True}, {"weights_only": True, "mmap": True}, {"weights_only": False}:
    d = torch.load(path, **options)
    assert type(d) is dict and len({v.untyped_storage().data_ptr() for v in d.values()}) == 1
    assert next(iter(d.values())).untyped_storage().data_ptr() % 64 == 0
    assert all(v.dtype == torch.float32 and v.dim() == 2 and not v.requires_grad for v in d.values())
torch.save(d, again)
print(len(d), type(next(iter(d))).__name__, *next(iter(d.values())).shape)
`
	for _, numbers := range []bool{false, true} {
		d := simulated(2500, 4, 3, numbers)
		again := filepath.Join(t.TempDir(), "again.pt")
		out, err := exec.Command(python, "-c", script, written(t, d), again).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if want := fmt.Sprintf("2500 %s 4 3\n", map[bool]string{false: "str", true: "int"}[numbers]); string(out) != want {
			t.Errorf("%q, want %q", out, want)
		}
		if got, err := Read(again, 0, -1); err != nil || !same(got, d) {
			t.Errorf("saved again by PyTorch: %v", err)
		}
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, test := range []struct {
		guids   []string
		numbers bool
		classes int
		epochs  [][]float32
		want    string
	}{
		{nil, false, 2, [][]float32{{}}, "no examples"},
		{[]string{"a"}, false, 2, nil, "no complete epoch"},
		{[]string{"a"}, false, 1, [][]float32{{1}}, "at least two"},
		{[]string{"a"}, false, 2, [][]float32{{1, 2}, {1}}, "epoch 1 holds 1 logits"},
		{[]string{"a", "a"}, false, 2, [][]float32{{1, 2, 3, 4}}, "occurs twice"},
		{[]string{"\xff"}, false, 2, [][]float32{{1, 2}}, "not UTF-8"},
		{[]string{"a", "b"}, false, 2, [][]float32{{1, 2, 3, nan}}, `guid "b", epoch 0: a logit`},
		{[]string{"a"}, false, 2, [][]float32{{1, inf}}, `guid "a", epoch 0: a logit`},
		{[]string{"1.5"}, true, 2, [][]float32{{1, 2}}, "not a decimal integer"},
		{[]string{"007"}, true, 2, [][]float32{{1, 2}}, "not a decimal integer"},
		{[]string{"-0"}, true, 2, [][]float32{{1, 2}}, "not a decimal integer"},
		{[]string{"9" + strings.Repeat("0", 700)}, true, 2, [][]float32{{1, 2}}, "more than 255 bytes"},
	} {
		var b bytes.Buffer
		err := Write(&b, test.guids, test.numbers, test.classes, test.epochs)
		if err == nil || !strings.Contains(err.Error(), test.want) || b.Len() > 0 {
			t.Errorf("%v: %v and %d bytes, want %q", test.guids, err, b.Len(), test.want)
		}
	}
	full := errors.New("no space")
	if err := Write(failing{full}, []string{"a"}, false, 2, [][]float32{{1, 2}}); !errors.Is(err, full) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100_000, 400_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := written(b, simulated(n, 5, 3, false))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(path, 0, -1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
