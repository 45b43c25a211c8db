package marks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
)

func TestTheLastMarkCounts(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	folder := t.TempDir()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	path, err := Append(folder,
		Mark{GUID: "a", Mark: Exclude, Time: now}, Mark{GUID: "a", Mark: Note, Note: "odd", Time: now},
		Mark{GUID: "b", Mark: Exclude, Time: now}, Mark{GUID: "b", Mark: Relabel, Label: "no", Time: now},
		Mark{GUID: "c", Mark: Keep, Time: now}, Mark{GUID: "c", Mark: Clear, Time: now})
	if err != nil || path != filepath.Join(folder, Name) {
		t.Fatal(path, err)
	}
	set, err := Read(folder)
	if err != nil || len(set) != 2 || set["a"] != (State{Exclude, "", "odd"}) || set["b"] != (State{Relabel, "no", ""}) {
		t.Error(set, err)
	}
}

func TestTruncatedAndMalformedLines(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	file := filepath.Join(t.TempDir(), "td_metrics.jsonl")
	path := file + "." + Name
	if set, err := Read(file); err != nil || len(set) != 0 {
		t.Fatal(set, err)
	}
	whole := `{"guid": "a", "mark": "keep", "time": "2026-01-01T00:00:00Z"}` + "\n"
	if err := os.WriteFile(path, []byte(whole+`{"guid": "b", "ma`), 0o644); err != nil {
		t.Fatal(err)
	}
	if set, err := Read(file); err != nil || len(set) != 1 {
		t.Error(set, err)
	}
	for text, want := range map[string]string{
		"nothing\n":                               ":2: not a mark",
		`{"guid": "b", "mark": "gone"}` + "\n":    `:2: unknown mark "gone"`,
		`{"guid": "b", "mark": "relabel"}` + "\n": ":2: a mark that relabels has no label",
		`{"mark": "keep"}` + "\n":                 ":2: a mark has no guid",
	} {
		if err := os.WriteFile(path, []byte(whole+text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(file); err == nil || !strings.Contains(err.Error(), Name+want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMarksOfAReadOnlySourceGoToTheStateFolder(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	folder := t.TempDir()
	disk.Inject(func(_ disk.Op, path string) error {
		if strings.HasPrefix(path, folder) {
			return unix.EROFS
		}
		return nil
	})
	defer disk.Inject(nil)
	path, err := Append(folder, Mark{GUID: "a", Mark: Keep})
	if err != nil || strings.HasPrefix(path, folder) {
		t.Fatal(path, err)
	}
	if set, err := Read(folder); err != nil || set["a"].Mark != Keep {
		t.Error(set, err)
	}
}
