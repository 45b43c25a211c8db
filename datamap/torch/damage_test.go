package torch

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/limit"
	"ftft/internal/pytorch"
)

// zipped returns a zip, given names and contents in turn, without compression.
func zipped(t testing.TB, entries ...string) string { return packed(t, zip.Store, entries...) }

func packed(t testing.TB, method uint16, entries ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestCompression) })
	for i := 0; i < len(entries); i += 2 {
		e, err := w.CreateHeader(&zip.FileHeader{Name: entries[i], Method: method})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(e, entries[i+1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// try reads a file with the given content.
func try(content string) (*Dynamics, error) {
	file, err := pytorch.Read("x.pt", strings.NewReader(content), int64(len(content)), advice)
	if err != nil {
		return nil, err
	}
	return read(file, 0, -1)
}

// Parts of pickles, without a memo.
func number(n int) string {
	return string(binary.LittleEndian.AppendUint32([]byte{pytorch.Int4}, uint32(n)))
}

func text(s string) string {
	return string(binary.LittleEndian.AppendUint32([]byte{pytorch.Unicode}, uint32(len(s)))) + s
}

func storageOf(class, key string, count int) string {
	return "(" + text("storage") + "ctorch\n" + class + "\n" + text(key) + text("cpu") + number(count) + "tQ"
}

func tensorOf(storage string, offset int, size, stride string) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + size + stride + "\x89ccollections\nOrderedDict\n)RtR"
}

func pair(a, b int) string { return number(a) + number(b) + "\x86" }

// file returns a .pt file with the items of a dict and one float32 storage.
func file(t testing.TB, items string, values ...float32) string {
	return zipped(t, "a/data.pkl", "\x80\x02}("+items+"u.", "a/data/0", string(raw(values)))
}

func raw(values []float32) []byte {
	var b bytes.Buffer
	writeNumbers(&b, [][]float32{values})
	return b.Bytes()
}

func TestDamageIsReported(t *testing.T) {
	four := []float32{1, 2, 3, 4}
	s := storageOf("FloatStorage", "0", 4)
	good := tensorOf(s, 0, pair(2, 2), pair(2, 1))
	long := func(bytes string) string { return "\x8a" + string(rune(len(bytes))) + bytes }
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	whole := file(t, text("a")+good, four...)
	if d, err := try(whole); err != nil || fmt.Sprint(d.Epochs) != "[[1 2] [3 4]]" {
		t.Fatal(d, err)
	}
	for _, test := range []struct{ content, want string }{
		// The dict.
		{file(t, "", four...), "the dict from uid to logits is empty"},
		{zipped(t, "a/data.pkl", "\x80\x02"+good+".", "a/data/0", string(raw(four))), "it holds a tensor of [2, 2]; expected a dict"},
		{file(t, text("a")+good+number(1)+good, four...), "uid 1: some uids are integers, some are strings"},
		{file(t, number(1)+good+text("a")+good, four...), `uid "a": some uids are integers, some are strings`},
		{file(t, text("a")+good+text("a")+good, four...), `uid "a" occurs twice`},
		{file(t, number(5)+good+long("\x05\x00")+good, four...), "uid 5 occurs twice"},
		{file(t, "\x88"+good, four...), "key 0 of the dict is a bool"},
		{file(t, "N"+good, four...), "key 0 of the dict is None"},
		{file(t, text("\xff")+good, four...), "is not UTF-8"},
		{file(t, text("a")+number(1), four...), `uid "a" has an integer; expected a tensor`},
		{file(t, text("a")+"}", four...), `uid "a" has a dict; expected a tensor`},
		{file(t, text("a")+"]", four...), `uid "a" has a list; expected a tensor`},
		{file(t, strings.Repeat(text("\x1b")+good, 12), four...), "and 1 more"},
		// Shapes.
		{file(t, text("a")+tensorOf(s, 0, number(4)+"\x85", number(1)+"\x85"), four...),
			`uid "a" has a tensor of [4]; expected [epochs, classes]`},
		{file(t, text("a")+tensorOf(s, 0, number(1)+number(2)+number(2)+"\x87", number(4)+number(2)+number(1)+"\x87"), four...),
			"a tensor of [1, 2, 2]; expected"},
		{file(t, text("a")+tensorOf(s, 0, pair(0, 2), pair(2, 1)), four...), "a tensor of [0, 2]; expected"},
		{file(t, text("a")+tensorOf(s, 0, pair(4, 1), pair(1, 1)), four...),
			`uid "a" has 1 logits per epoch; a map needs two classes: write a single output z as [0, z]`},
		{file(t, text("a")+good+text("b")+tensorOf(s, 0, pair(1, 2), pair(2, 1)), four...),
			`uid "b" has a tensor of 1 epochs and 2 classes, others have 2 and 2`},
		// Views outside their storage, and numbers that overflow.
		{file(t, text("a")+tensorOf(s, 1, pair(2, 2), pair(2, 1)), four...), "is not inside its storage of 4 elements"},
		{file(t, text("a")+tensorOf(s, -1, pair(2, 2), pair(2, 1)), four...), "is not inside its storage"},
		{file(t, text("a")+tensorOf(s, 0, pair(2, 2), pair(3, 1)), four...), "is not inside its storage"},
		{file(t, text("a")+tensorOf(s, 3, pair(2, 2), pair(-2, -1)), four...), "is not inside its storage"},
		{file(t, text("a")+tensorOf(s, 0, pair(math.MaxInt32, 2), pair(math.MaxInt32, 1)), four...), "is not inside its storage"},
		{file(t, text("a")+tensorOf(s, 0, pair(2, 2), long("\xff\xff\xff\xff\xff\xff\xff\x7f")+number(1)+"\x86"), four...),
			"is not inside its storage"},
		{file(t, text("a")+tensorOf(s, 0, pair(2, 2), long("\xff\xff\xff\xff\xff\xff\xff\x7f\x00")+number(1)+"\x86"), four...),
			"is not inside its storage"},
		{file(t, text("a")+tensorOf(s, 0, pair(2, 2), long("\xff\xff\xff\xff\xff\xff\xff\xff\x00")+number(1)+"\x86"), four...),
			`uid "a" has a tensor of [2, 2] with strides [18446744073709551615, 1], which no tensor has`},
		{file(t, text("a")+"C\x01x", four...), "it holds bytes, which is not read: save {uid: tensor of [epochs, classes]}"},
		{file(t, text("a")+tensorOf(s, 0, pair(math.MaxInt32, 2), pair(0, 1)), four...), "share the 4 numbers of their storages"},
		{file(t, text("a")+good+text("b")+good, four...), "2 tensors of [2, 2] share the 4 numbers of their storages"},
		// Storages.
		{file(t, text("a")+tensorOf(storageOf("FloatStorage", "0", 5), 0, pair(2, 2), pair(2, 1)), four...),
			`the zip's entry "data/0" holds 16 bytes instead of 20`},
		{file(t, text("a")+tensorOf(storageOf("FloatStorage", "0", math.MaxInt32), 0, pair(2, 2), pair(2, 1)), four...),
			`holds 16 bytes instead of 8589934588`},
		{file(t, text("a")+tensorOf(storageOf("FloatStorage", "../b", 4), 0, pair(2, 2), pair(2, 1)), four...), `no entry "data/../b"`},
		{file(t, text("a")+good+text("b")+tensorOf(storageOf("HalfStorage", "0", 4), 0, pair(2, 2), pair(2, 1)), four...),
			`the storage "0" has two classes or sizes`},
		{file(t, text("a")+tensorOf(storageOf("FloatStorage", "0", -4), 0, pair(2, 2), pair(2, 1)), four...),
			"a storage that torch.save does not write"},
		{file(t, text("a")+good, 1, 2, nan, 4), `uid "a", epoch 1: a logit is not a finite number`},
		{file(t, text("a")+good, 1, inf, 3, 4), `uid "a", epoch 0: a logit is not a finite number`},
		{zipped(t, "a/data.pkl", "}"+text("a")+tensorOf(storageOf("DoubleStorage", "0", 2), 0, pair(1, 2), pair(2, 1))+"s.",
			"a/data/0", string(binary.LittleEndian.AppendUint64(make([]byte, 8), math.Float64bits(1e40)))),
			`uid "a", epoch 0: a logit is not a finite number`},
		// The zip.
		{whole[:len(whole)-30], "the zip is truncated or damaged"},
		{whole[:len(whole)/2], "the zip is truncated or damaged"},
		{strings.Replace(whole, string(raw(four)), string(raw([]float32{1, 2, 3, 5})), 1), `"data/0" is damaged, for its checksum differs`},
		{zipped(t, "a/data.pkl", "}.", "a/data.pkl", "}."), "occurs twice"},
		{zipped(t, "a/data.pkl", "}.", "a/byteorder", "big"), `in "big" order`},
		{zipped(t, "a/data.pkl", "}.", "a/byteorder", strings.Repeat("little", 9)), "byteorder is not a word"},
		{packed(t, zip.Deflate, "a/data.pkl", strings.Repeat("0", 1<<20)), "packed to less than a fiftieth"},
		// The pickle.
		{file(t, text("a")+"cos\nsystem\n"+text("x")+"\x85R", four...), `it asks for "os.system"`},
		{file(t, text("a")+text("os")+text("system")+"\x93", four...), `it asks for "os.system"`},
		{file(t, text("a")+"c"+strings.Repeat("x", 1000)+"\n\n", four...), `it asks for "` + strings.Repeat("x", 60) + `..."`},
		{file(t, text("a")+"ctorch\nFloatStorage\n)R", four...), "a call of torch.FloatStorage that torch.save does not write"},
	} {
		_, err := try(test.content)
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
	for _, pickle := range []string{"", "}", ".", "u.", "(u.", "}(N", "}(Nu.", "}Ns", "0", "1", "(0",
		"(\x85.", "}(s.", "t", "R", "Q", "NQ", "q\x00", "}q", "}r\xff\xff\xff\xff.", "h\x00", "j\x00\x00\x00\x01",
		"X\xff\xff\xff\xff", "\x8c\xff", "\x8a\xffa", "J\x00", "c", "ca\n", "\x93", "NN\x93",
		"\x95\xff\xff\xff\xff\xff\xff\xff\x7f", "\xff", "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", "}}(}s.", "\x80"} {
		_, err := try(zipped(t, "a/data.pkl", pickle))
		if bad := (*fault.Bad)(nil); !errors.As(err, &bad) {
			t.Errorf("%q: %v", pickle, err)
		}
	}
}

// A zip that another program compressed is readable too.
func TestPackedEntriesAreRead(t *testing.T) {
	d := simulated(300, 3, 3, false)
	original, err := zip.OpenReader(written(t, d))
	if err != nil {
		t.Fatal(err)
	}
	defer original.Close()
	var entries []string
	for _, f := range original.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		entries = append([]string{f.Name, string(content)}, entries...) // the pickle last
	}
	again := packed(t, zip.Deflate, entries...)
	if got, err := try(again); err != nil || !same(got, d) {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "a.pt")
	if err := os.WriteFile(path, []byte(again), 0o644); err != nil {
		t.Fatal(err)
	}
	if !Is(path) {
		t.Error("not seen to be PyTorch's where the pickle is not the first entry")
	}
}

// Entries begin at multiples of 64, as in PyTorch's files.
func TestEntriesAreAligned(t *testing.T) {
	for n := 1; n < 70; n++ {
		r, err := zip.OpenReader(written(t, simulated(n, 1, 2, false)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.File {
			if at, err := f.DataOffset(); err != nil || at%64 != 0 || f.Method != zip.Store {
				t.Errorf("%d rows: %s is at %d, %v", n, f.Name, at, err)
			}
		}
		r.Close()
	}
}

// Small files that claim large contents take little memory.
func TestSmallFilesTakeLittleMemory(t *testing.T) {
	s := storageOf("FloatStorage", "0", 1<<20)
	most := math.MaxInt32
	claims := map[string]string{
		"frame":    zipped(t, "a/data.pkl", "\x95\xff\xff\xff\xff\xff\xff\xff\x7f"),
		"string":   zipped(t, "a/data.pkl", "X\xff\xff\xff\xff"),
		"memo":     zipped(t, "a/data.pkl", "}r\xff\xff\xff\xff."),
		"expanded": file(t, text("a")+tensorOf(storageOf("FloatStorage", "0", 2), 0, pair(most, 2), pair(0, 1)), 1, 2),
		"packed":   packed(t, zip.Deflate, "a/data.pkl", strings.Repeat(")", 1<<20)),
		"unneeded": packed(t, zip.Deflate,
			"a/data.pkl", "}"+text("a")+tensorOf(storageOf("FloatStorage", "0", 4), 0, pair(2, 2), pair(2, 1))+"s.",
			"a/data/0", strings.Repeat("\x00", 1<<22)),
		"shared": packed(t, zip.Deflate,
			"a/data.pkl", "}("+text("a")+tensorOf(s, 0, pair(1<<19, 2), pair(2, 1))+text("b")+tensorOf(s, 0, pair(1<<19, 2), pair(2, 1))+"u.",
			"a/data/0", strings.Repeat("\x00", 1<<22)),
	}
	for name, content := range claims {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := try(content)
		runtime.ReadMemStats(&after)
		limit := uint64(1 << 20)
		if name == "shared" {
			limit = 1 << 25 // the storage is there, packed to a thousandth
		}
		if err == nil || after.TotalAlloc-before.TotalAlloc > limit {
			t.Errorf("%s: %d bytes of file, %d bytes of memory, %v", name, len(content), after.TotalAlloc-before.TotalAlloc, err)
		}
	}
}

// invariant checks that reading gives either a documented error or dynamics that survive writing and reading unchanged.
func invariant(t *testing.T, content string) {
	d, err := try(content)
	if err != nil {
		bad, none := (*fault.Bad)(nil), (*datamap.NoEpoch)(nil)
		if !errors.As(err, &bad) && !errors.As(err, &none) {
			t.Fatalf("%T: %v", err, err)
		}
		return
	}
	var b bytes.Buffer
	if err := Write(&b, d.GUIDs, d.Numbers, d.Classes, d.Epochs); err != nil {
		t.Fatal(err)
	}
	if again, err := try(b.String()); err != nil || !same(again, d) {
		t.Fatalf("%v written and read is %v, %v", d, again, err)
	}
}

// seeds returns the golden files as pairs of their pickle and their storage.
func seeds(f *testing.F, add func(content, pickle, storage string)) {
	paths, err := filepath.Glob("testdata/*.pt")
	if err != nil || len(paths) == 0 {
		f.Fatal(paths, err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		var parts [2]string
		if r, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err == nil {
			folder, _, _ := strings.Cut(r.File[0].Name, "/")
			for i, name := range []string{"/data.pkl", "/data/0"} {
				file, err := r.Open(folder + name)
				if err != nil {
					f.Fatal(err)
				}
				part, _ := io.ReadAll(file)
				parts[i] = string(part)
			}
		}
		add(string(content), parts[0], parts[1])
	}
}

// limited checks invariant under limits of memory and time.
func limited(t *testing.T, content string) {
	defer input.SetBudget(32 << 20)()
	limit.Check(t, 256<<20, 20, func() { invariant(t, content) })
}

// A small file must not take the memory that it claims, or that its values would take.
func TestBombs(t *testing.T) {
	defer input.SetBudget(1 << 20)()
	deflated := func(pickle, storage string) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for name, text := range map[string]string{"a/data.pkl": pickle, "a/data/0": storage} {
			if entry, err := w.Create(name); err != nil {
				t.Fatal(err)
			} else if _, err := io.WriteString(entry, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	one := "\x80\x02}X\x01\x00\x00\x00gctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000" +
		"X\x03\x00\x00\x00cpuJ\x00\x00\x00\x01tQK\x00K\x02K\x02\x86K\x02K\x01\x86\x89ccollections\nOrderedDict\n)RtRs."
	for name, content := range map[string]string{
		"a storage of 64 MB":      deflated(one, strings.Repeat("\x00", 64<<20)),
		"dicts":                   zipped(t, "a/data.pkl", "\x80\x02"+strings.Repeat("}", 1<<17), "a/data/0", ""),
		"memos":                   zipped(t, "a/data.pkl", "\x80\x02N"+strings.Repeat("\x94", 1<<17), "a/data/0", ""),
		"tuples in tuples":        zipped(t, "a/data.pkl", "\x80\x02)"+strings.Repeat("\x85", 1<<17), "a/data/0", ""),
		"a value again and again": zipped(t, "a/data.pkl", "\x80\x02)q\x00"+strings.Repeat("h\x00", 1<<17), "a/data/0", ""),
		"packed to a fiftieth":    deflated("\x80\x02"+strings.Repeat("N", 1<<22), ""),
		"an impossible packed size": strings.ReplaceAll(zipped(t, "a/data.pkl", one, "a/data/0", "1234"),
			"\x04\x00\x00\x00\x04\x00\x00\x00", "\x04\x00\x00\x00\x00\x00\x00\x04"),
	} {
		limit.Check(t, 32<<20, 20, func() {
			if _, err := try(content); !errors.As(err, new(*fault.Bad)) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	seeds(f, func(content, _, _ string) { f.Add(content) })
	f.Fuzz(limited)
}

// FuzzReadPickle is FuzzRead behind the zip's checksums.
func FuzzReadPickle(f *testing.F) {
	seeds(f, func(_, pickle, storage string) { f.Add(pickle, storage) })
	f.Fuzz(func(t *testing.T, pickle, storage string) {
		limited(t, zipped(t, "a/data.pkl", pickle, "a/data/0", storage))
	})
}
