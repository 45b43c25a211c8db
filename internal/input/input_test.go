package input

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"ftft/internal/fault"
	"ftft/internal/limit"
)

// file writes a file and returns its path.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wants fails the test unless err is a *fault.Bad whose message contains all parts.
func wants(t *testing.T, err error, parts ...string) {
	t.Helper()
	if bad := (*fault.Bad)(nil); !errors.As(err, &bad) {
		t.Fatalf("%v (%T) is not a *fault.Bad; expected %q", err, err, parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

func gzipped(t testing.TB, content io.Reader) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.Copy(w, content); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.String()
}

func zstandard(t testing.TB, content io.Reader) string {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, content); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.String()
}

// repeat is n bytes of a repeated text.
func repeat(text string, n int64) io.Reader {
	return io.LimitReader(&repeated{text: strings.Repeat(text, 1<<16/len(text)+1)}, n)
}

type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	pipe, socket, link := filepath.Join(dir, "pipe.jsonl"), filepath.Join(dir, "socket"), filepath.Join(dir, "zero.jsonl")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink("/dev/zero", link)); err != nil {
		t.Fatal(err)
	}
	limit.Check(t, 1<<23, 10, func() { // subtests and the race detector allocate as well
		for path, word := range map[string]string{pipe: "a pipe", socket: "a socket", link: "a device", "/dev/full": "a device",
			dir: "a folder"} {
			for name, open := range map[string]func(string) error{
				"Open":   func(p string) error { _, err := Open(p); return err },
				"Read":   func(p string) error { _, err := Read(p); return err },
				"Small":  func(p string) error { _, err := Small(p, 100); return err },
				"Stream": func(p string) error { _, err := Stream(p); return err },
			} {
				t.Run(name+" "+word, func(t *testing.T) { wants(t, open(path), path, word) })
			}
		}
	})
	missing := filepath.Join(dir, "missing")
	if _, err := Open(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open: %v", err)
	}
	_, err = Read(missing)
	wants(t, err, missing+": no such file")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause of %v is lost", err)
	}
}

func TestReadDecodesAndUnpacks(t *testing.T) {
	const text = "text,label\nçà 😀,yes\n"
	utf16Text := func(high, low int) string {
		out := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(text)) {
			out = append(out, byte(u), byte(u>>8))
		}
		for i := 0; i < len(out); i += 2 {
			out[i+high], out[i+low] = out[i+1], out[i]
		}
		return string(out)
	}
	for name, content := range map[string]string{
		"plain.csv":    text,
		"mark.csv":     "\ufeff" + text,
		"little.csv":   utf16Text(1, 0),
		"big.csv":      utf16Text(0, 1),
		"packed.csv":   gzipped(t, strings.NewReader(text)),
		"twice.gz":     gzipped(t, strings.NewReader(text[:5])) + gzipped(t, strings.NewReader(text[5:])),
		"packed.zst":   zstandard(t, strings.NewReader("\ufeff"+text)),
		"little.cs.gz": gzipped(t, strings.NewReader(utf16Text(1, 0))),
	} {
		got, err := Read(file(t, name, content))
		if err != nil || got != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := Read(file(t, "empty", "")); got != "" || err != nil {
		t.Errorf("empty file: %q, %v", got, err)
	}
}

func TestStreamsHaveTheSameBounds(t *testing.T) {
	defer SetBudget(8 << 20)()
	const text = "{\"text\": \"a\"}\n"
	for _, content := range []string{text, gzipped(t, strings.NewReader(text))} {
		if got, err := From("standard input", strings.NewReader(content)); got != text || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	limit.Check(t, 32<<20, 20, func() {
		_, err := From("standard input", &repeated{text: text}) // without an end
		wants(t, err, "standard input: more than 4.2 MB, which do not fit")
	})
}

func TestTextNamesTheByteThatIsNotUTF8(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"text,label\ncafé \xe9,a\n", ":2: not UTF-8: byte 0xE9 in column 6; find out"},
		{"\ufefféa\xd6\xd0", ":1: not UTF-8: byte 0xD6 in column 3; find out"},
		{"a\n\ufffd \xff\n", ":2: not UTF-8: byte 0xFF in column 3; find out"},
		{"a\nb\n\xe2\x82", ":3: the file ends within a character"},
		{"a\x00\xffb", ":1: a binary file, not text: byte 0xFF in column 3"},
		{"\xff\xfea\x00b", "odd number of bytes"},
		{"\xff\xfea\x00\n\x00\x00\xd8b\x00", ":2: text in UTF-16 with half of a character"},
		{"\xfe\xff\x00a\xdc\x00", ":1: text in UTF-16 with half of a character"},
	} {
		_, err := Text("d.csv", c.content)
		wants(t, err, "d.csv:", c.want)
		for _, harm := range []string{"latin1", "iso-8859-1"} {
			if strings.Contains(strings.ToLower(err.Error()), harm) {
				t.Errorf("%q advises %s", err, harm)
			}
		}
	}
}

func TestRecogniseNamesWhatContentIs(t *testing.T) {
	archive := func(names ...string) string {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, name := range names {
			if entry, err := w.CreateHeader(&zip.FileHeader{Name: name}); err != nil {
				t.Fatal(err)
			} else if name == "mimetype" {
				io.WriteString(entry, "application/vnd.oasis.opendocument.spreadsheet")
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	tar := make([]byte, 512)
	copy(tar, "reviews.csv")
	copy(tar[257:], "ustar\x0000")
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:00ff\nsize 133466304\n"
	for _, c := range []struct{ content, want string }{
		{pointer, "a Git LFS pointer, not the file: run git lfs pull, or download the file (133466304 bytes)"},
		{pointer[:60], "a Git LFS pointer, not the file: run git lfs pull"},
		{"/annex/objects/SHA256E-s1--0.csv\n", "git annex get"},
		{archive("[Content_Types].xml"), "Excel"},
		{archive("docProps/app.xml", "xl/workbook.xml"), "Excel"},
		{archive("word/document.xml"), "Word"},
		{archive("mimetype"), "OpenDocument"},
		{archive("logits.npy"), ".npz"},
		{archive("model/data.pkl"), "PyTorch"},
		{archive("reviews.csv"), "a zip archive"},
		{archive(), "a zip archive"},
		{"BZh91AY&SY\x00\xff", "bzip2 -d"},
		{"\xfd7zXZ\x00\x00", "xz -d"},
		{gzipped(t, strings.NewReader("a")), "gzip -d"},
		{zstandard(t, strings.NewReader("a")), "zstd -d"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"},
		{"%PDF-1.7\n", "PDF"},
		{"ARROW1\x00\x00\xff", "Arrow"},
		{"\xff\xff\xff\xff\x10\x00\x00\x00", "Arrow stream"},
		{"PAR1\x15\x00", "Parquet"},
		{"\x93NUMPY\x01\x00", ".npy"},
		{"\x80\x02}q\x00.", "pickle"},
		{"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00]\x94K\x01a.", "pickle"},
		{"\x08\x00\x00\x00\x00\x00\x00\x00{}      ", "safetensors"},
		{"\x80\x02\x00\x00\x00\x00\x00\x00{" + strings.Repeat(" ", 638) + "}", "safetensors"}, // a header of 640 bytes
		{"\x89HDF\r\n\x1a\n", "HDF5"},
		{"GGUF\x03\x00\x00\x00", "GGUF"},
		{string(tar), "tar"},
		{"\n<!DOCTYPE html>\n<title>404", "an HTML page"},
		{"<HTML><body>", "an HTML page"},
		{"<?xml version=\"1.0\"?><Error>", "XML"},
		{"a\x00,\x00b\x00\n\x00", "utf-16le"},
		{"\x00a\x00,\x00b\x00\n", "utf-16be"},
		{"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"},
		{strings.Repeat("\x00", 4096), "NUL bytes only"},
	} {
		if got := Recognise([]byte(c.content)); !strings.Contains(got, c.want) {
			t.Errorf("%.20q: %q, expected %q", c.content, got, c.want)
		}
		if _, err := Text("a.csv", c.content); !strings.HasPrefix(c.content, "\xff\xfe") || strings.Contains(c.want, "32") {
			wants(t, err, "a.csv: ", c.want)
		}
	}
	for _, text := range []string{"", "a", "BZh9 is a header,b\n", "PAR1,x\n", "ORCHID\n", "{\"a\": 1}", "PK,b\n", "GGUF\té",
		"version,https\n", "a\x00b\n",
		"id,<html>\n", "\x00\x00\x00a", "FEA1" + strings.Repeat("é", 3) + "\xc3"} {
		if got := Recognise([]byte(text)); got != "" {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestBombsEndBeforeMemoryDoes(t *testing.T) {
	defer SetBudget(32 << 20)()
	line := "{\"text\": \"a\", \"label\": \"b\"}\n"
	plain := func(text string, size int64) string {
		var out strings.Builder
		io.Copy(&out, repeat(text, size))
		return out.String()
	}
	for name, c := range map[string]struct{ content, want string }{
		"zeros.jsonl.gz":  {gzipped(t, repeat("\x00", 256<<20)), "NUL bytes only"},
		"zeros.jsonl.zst": {zstandard(t, repeat("\x00", 256<<20)), "NUL bytes only"},
		"lines.jsonl.gz":  {gzipped(t, repeat(line, 40<<20)), "unpacks to more than 16.8 MB"},
		"lines.jsonl.zst": {zstandard(t, repeat(line, 40<<20)), "unpacks to more than 16.8 MB"},
		"plain.jsonl":     {plain(line, 33<<20), "its 34.6 MB do not fit into the memory of this machine (33.6 MB"},
	} {
		path := file(t, name, c.content)
		limit.Check(t, 96<<20, 60, func() {
			_, err := Read(path)
			wants(t, err, path+": ", c.want)
		})
	}
}

func TestRatioLimitsWhatIsStreamed(t *testing.T) {
	line := "{\"text\": \"a\", \"label\": \"b\"}\n"
	for _, size := range []int64{unsuspicious, unsuspicious + 1} {
		path := file(t, "lines.jsonl.zst", zstandard(t, repeat(line, size)))
		limit.Check(t, 64<<20, 60, func() {
			from, err := Stream(path)
			if err != nil {
				t.Fatal(err)
			}
			defer from.Close()
			if n, err := io.Copy(io.Discard, from); size > unsuspicious {
				wants(t, err, path+": unpacks to over 200 times its size", "zstd -d")
			} else if err != nil || n != size {
				t.Errorf("%d bytes, %v", n, err)
			}
		})
	}
}

func TestDamagedPackingIsNamed(t *testing.T) {
	text := strings.Repeat("{\"a\": 1}\n", 1000)
	for name, content := range map[string]string{"gzip": gzipped(t, strings.NewReader(text)), "zstd": zstandard(t, strings.NewReader(text))} {
		for _, size := range []int{4, len(content) / 2, len(content) - 1} {
			path := file(t, "a.jsonl", content[:size])
			_, err := Read(path)
			wants(t, err, path+": packed with "+name+", but damaged or truncated")
			from, err := Stream(path)
			if err == nil {
				_, err = io.Copy(io.Discard, from)
				from.Close()
			}
			wants(t, err, path+": packed with "+name+", but damaged or truncated")
		}
	}
}

func TestSmallRefusesLargeFiles(t *testing.T) {
	if text, err := Small(file(t, "config.json", "0123456789"), 10); string(text) != "0123456789" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	path := file(t, "config.json", "0123456789a")
	_, err := Small(path, 10)
	wants(t, err, path+": larger than 10 bytes")
}

func TestSizeHasAUnit(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1 kB", 3900: "3.9 kB", 999_960: "1 MB",
		8_200_000_000: "8.2 GB", 1 << 62: "4611.7 PB"} {
		if got := Size(bytes); got != want {
			t.Errorf("%d: %q, expected %q", bytes, got, want)
		}
	}
}
