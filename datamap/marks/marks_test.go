package marks

import (
	"errors"
	"maps"
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
	path, err := Append(folder, Mark{GUID: "a", Mark: Keep})
	disk.Inject(nil)
	if err != nil || strings.HasPrefix(path, folder) {
		t.Fatal(path, err)
	}
	if set, err := Read(folder); err != nil || set["a"].Mark != Keep {
		t.Error(set, err)
	}
}

// A part of a line at the end is cut off before the next mark, and a mark that could not be written whole leaves nothing.
func TestAppendAfterATornLine(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	folder := t.TempDir()
	whole := `{"guid":"a","mark":"keep","time":"2026-01-01T00:00:00Z"}` + "\n"
	if err := os.WriteFile(Path(folder), []byte(whole+`{"guid":"b","ma`), 0o644); err != nil {
		t.Fatal(err)
	}
	full := false
	disk.Inject(func(op disk.Op, _ string) error {
		if full && op == disk.Writing {
			return &disk.Short{Err: unix.ENOSPC}
		}
		return nil
	})
	defer disk.Inject(nil)
	for _, full = range []bool{true, false} {
		_, err := Append(folder, Mark{GUID: "c", Mark: Exclude})
		if full != errors.Is(err, unix.ENOSPC) {
			t.Errorf("full %v: got %v", full, err)
		}
		set, err := Read(folder)
		if want := map[bool]int{true: 1, false: 2}[full]; err != nil || len(set) != want {
			t.Errorf("full %v: got %v, %v, want %d marks", full, set, err, want)
		}
	}
}

// Within a file the last line counts, also if an earlier one has a later time: clocks go back. Across the two files times count.
func TestTheLastLineCountsWhateverTheClock(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	folder := t.TempDir()
	line := func(guid, mark, day string) string {
		return `{"guid":"` + guid + `","mark":"` + mark + `","time":"2026-12-` + day + `T00:00:00Z"}` + "\n"
	}
	own := statePath(folder)
	if err := os.MkdirAll(filepath.Dir(own), 0o777); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		Path(folder): line("a", Exclude, "24") + line("a", Clear, "01") + line("b", Keep, "02"),
		own:          line("b", Exclude, "25"),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set, err := Read(folder)
	if _, marked := set["a"]; err != nil || marked || set["b"].Mark != Exclude {
		t.Errorf("got %v, %v, want a cleared and b excluded", set, err)
	}
}

// Marks from when a source was read-only move into its file with the next mark, as those that count by their times: a mark that another
// user has made meanwhile stays. A process that is killed before it removes them changes nothing.
func TestMarksOfTheStateFolderMove(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	folder := t.TempDir()
	own := statePath(folder)
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	write := func(path string, list ...Mark) {
		t.Helper()
		text, err := lines(list)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	theirs := []Mark{
		{GUID: "a", Mark: Keep, Time: day(1)}, {GUID: "c", Mark: Keep, Time: day(1)}, {GUID: "z", Mark: Exclude, Time: day(1)},
		{GUID: "b", Mark: Keep, Time: day(9)},
	}
	ours := []Mark{
		{GUID: "a", Mark: Exclude, Time: day(2)}, {GUID: "b", Mark: Exclude, Time: day(3)}, {GUID: "c", Mark: Clear, Time: day(4)},
		{GUID: "d", Mark: Relabel, Label: "no", Time: day(5)}, {GUID: "d", Mark: Note, Note: "odd", Time: day(6)},
	}
	want := Set{"a": {Mark: Exclude}, "b": {Mark: Keep}, "d": {Relabel, "no", "odd"}, "z": {Mark: Exclude}, "new": {Mark: Keep}}
	for _, killed := range []bool{false, true} {
		write(Path(folder), theirs...)
		write(own, ours...)
		disk.Inject(func(op disk.Op, path string) error {
			if killed && op == disk.Removing && path == own {
				return errors.New("killed")
			}
			return nil
		})
		path, err := Append(folder, Mark{GUID: "new", Mark: Keep, Time: day(20)})
		disk.Inject(nil)
		if err != nil || path != Path(folder) {
			t.Fatal(path, err)
		}
		if _, err := os.Stat(own); errors.Is(err, os.ErrNotExist) == killed {
			t.Errorf("killed %t: the marks in the state folder: %v", killed, err)
		}
		for range 2 {
			if set, err := Read(folder); err != nil || !maps.Equal(set, want) {
				t.Errorf("killed %t: got %v, %v, want %v", killed, set, err, want)
			}
			before, err := os.ReadFile(Path(folder))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Append(folder, Mark{GUID: "new", Mark: Keep, Time: day(21)}); err != nil {
				t.Fatal(err)
			}
			after, err := os.ReadFile(Path(folder))
			if err != nil || strings.Count(string(after[len(before):]), "\n") != 1 {
				t.Errorf("killed %t: %q was moved again (%v)", killed, after[len(before):], err)
			}
		}
	}
}

// A full disk is named, and leaves the marks in the state folder.
func TestMarksStayOnAFullDisk(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	folder := t.TempDir()
	own := statePath(folder)
	text, err := lines([]Mark{{GUID: "a", Mark: Exclude}})
	if err := errors.Join(err, os.MkdirAll(filepath.Dir(own), 0o777), os.WriteFile(own, text, 0o644)); err != nil {
		t.Fatal(err)
	}
	disk.Inject(func(op disk.Op, _ string) error {
		if op == disk.Writing {
			return &disk.Short{Err: unix.ENOSPC}
		}
		return nil
	})
	_, err = Append(folder, Mark{GUID: "b", Mark: Keep})
	disk.Inject(nil)
	if !disk.Full(err) || !strings.HasSuffix(err.Error(), "free some space and run it again") {
		t.Errorf("got %v", err)
	}
	if set, err := Read(folder); err != nil || !maps.Equal(set, Set{"a": {Mark: Exclude}}) {
		t.Errorf("got %v, %v", set, err)
	}
}
