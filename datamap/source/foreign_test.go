package source

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/gzip"

	"ftft/datamap/cartography"
	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/limit"
)

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00ff\nsize 4711\n"

// A source that is something else than its name says is named as that, whichever kind the name promises.
func TestFilesThatAreNoSourceAreNamed(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		pointer: "a Git LFS pointer, not the file: run git lfs pull, or download the file (4711 bytes)",
		"PK\x03\x04" + strings.Repeat("\x00", 22) + "\x0c\x00\x00\x00xl/book.xml ": "Excel",
		"\x80\x04\x95" + strings.Repeat("\x00", 40):                                "a Python pickle",
		"<!DOCTYPE html><title>401</title>\n":                                      "an HTML page",
		"PAR1\x15\x04\x15\x00":                                                     "a Parquet file",
		strings.Repeat("\x00", 100):                                                "NUL bytes only",
	} {
		for _, name := range []string{"td_metrics.jsonl", "uid_to_logits.pt", "logits.npy", "dynamics.jsonl"} {
			path := filepath.Join(dir, name)
			write(t, path, content)
			_, err := Open(path, Options{To: -1})
			expectBad(t, err, path, want)
		}
		folder := filepath.Join(t.TempDir(), "training_dynamics")
		path := filepath.Join(folder, "dynamics_epoch_0.jsonl")
		write(t, path, content)
		_, err := Open(folder, Options{To: -1})
		expectBad(t, err, path, want)
	}
}

func TestPackedFilesThatAreNoSource(t *testing.T) {
	for text, want := range map[string]string{
		"{\"a\": 1}\n": "unrecognised format. Supported",
		pointer:        "a Git LFS pointer",
	} {
		path := filepath.Join(t.TempDir(), "td_metrics.jsonl.gz")
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		write(t, path, packed.String())
		_, err := Open(path, Options{To: -1})
		expectBad(t, err, path, want)
	}
}

func TestPipesAndDevicesAreNoSources(t *testing.T) {
	dir := t.TempDir()
	pipe, zero := filepath.Join(dir, "td_metrics.jsonl"), filepath.Join(dir, "logits.npy")
	folder := filepath.Join(dir, "training_dynamics")
	write(t, filepath.Join(folder, "dynamics_epoch_1.jsonl"), "{}\n")
	epoch := filepath.Join(folder, "dynamics_epoch_0.jsonl")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink("/dev/zero", zero), os.Symlink("/dev/zero", epoch)); err != nil {
		t.Fatal(err)
	}
	limit.Check(t, 32<<20, 20, func() {
		_, err := Open(pipe, Options{To: -1})
		expectBad(t, err, pipe, "a pipe, not a regular file")
		_, err = Open(zero, Options{To: -1})
		expectBad(t, err, zero, "a device, not a regular file")
		_, err = Open(folder, Options{To: -1})
		expectBad(t, err, epoch, "a device, not a regular file")
	})
}

func TestPackedBombsAreRefused(t *testing.T) {
	defer input.SetBudget(32 << 20)()
	for text, want := range map[string]string{
		"\x00": "NUL bytes only",
		"{\"guid\": 1, \"logits_epoch_0\": [0.5, 1], \"gold\": 0}\n": "unpacks to more than 16.8 MB",
		"{\"guid\": 1, \"confidence\": 0.5, \"variability\": 0.1}\n": "unpacks to more than 16.8 MB",
	} {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		block := []byte(strings.Repeat(text, 1<<20/len(text)))
		for range 64 {
			if _, err := w.Write(block); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		epoch, metrics := filepath.Join(folder, "dynamics_epoch_0.jsonl.gz"), filepath.Join(folder, "td_metrics.jsonl.gz")
		write(t, epoch, packed.String())
		write(t, metrics, packed.String())
		limit.Check(t, 96<<20, 60, func() {
			_, err := Open(folder, Options{To: -1})
			expectBad(t, err, epoch, want)
			if strings.Contains(text, "confidence") || text == "\x00" {
				_, err = Open(metrics, Options{To: -1})
				expectBad(t, err, metrics, want)
			}
		})
	}
}

// What other programs saved as UTF-16 is read like UTF-8.
func TestDynamicsInUTF16(t *testing.T) {
	wide := func(text string) string {
		out := "\xff\xfe"
		for _, c := range text {
			out += string([]byte{byte(c), byte(c >> 8)})
		}
		return out
	}
	folder := t.TempDir()
	for epoch, name := range []string{"dynamics_epoch_0.jsonl", "dynamics_epoch_1.jsonl"} {
		key := string(rune('0' + epoch))
		write(t, filepath.Join(folder, name), wide("{\"guid\": \"a\", \"logits_epoch_"+key+"\": [0.5, 2], \"gold\": 0}\r\n"))
	}
	if s, err := Open(folder, Options{To: -1}); err != nil || s.Map.Len() != 1 || s.Map.GUIDs[0] != "a" {
		t.Errorf("%+v, %v", s, err)
	}
	metrics := filepath.Join(folder, "td_metrics.jsonl")
	write(t, metrics, wide("{\"guid\": \"a\", \"confidence\": 0.5, \"variability\": 0.1}\n"))
	if !cartography.IsMeasures(metrics) {
		t.Error("metrics in UTF-16 are not recognised")
	}
	if s, err := Open(metrics, Options{To: -1}); err != nil || s.Map.Len() != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func expectBad(t *testing.T, err error, parts ...string) {
	t.Helper()
	if bad := (*fault.Bad)(nil); !errors.As(err, &bad) {
		t.Errorf("%v is not a *fault.Bad; expected %q", err, parts)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}
