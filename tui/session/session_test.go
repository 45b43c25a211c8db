package session

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
	"ftft/train/rundir"
)

var screens = []int{1, 2, 3, 4, 5}

// newRun returns a run directory with a manifest, and an empty state folder for the user.
func newRun(t *testing.T) rundir.Dir {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	run := rundir.Dir(filepath.Join(t.TempDir(), "demo-reference"))
	if err := os.Mkdir(string(run), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(run.Manifest(), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	return run
}

// readOnly makes every change below a folder fail as on a read-only file system.
func readOnly(t *testing.T, folder string) {
	disk.Inject(func(op disk.Op, path string) error {
		if op != disk.Opening && strings.HasPrefix(path, folder) {
			return unix.EROFS
		}
		return nil
	})
	t.Cleanup(func() { disk.Inject(nil) })
}

// names reports whether an error names a value, or is absent where name is empty.
func names(err error, name string) bool {
	if name == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), name)
}

func TestAPipeInPlaceOfAFileIsAnError(t *testing.T) {
	run := newRun(t)
	if err := unix.Mkfifo(run.View(), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := WriteView(run, goodView()); !names(err, "a device or a pipe") {
		t.Errorf("got %v", err)
	}
	root := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(root, ".rules.json"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := OpenHistory(root, Rules).Add("a"); !names(err, "a device or a pipe") {
		t.Errorf("got %v", err)
	}
}

func TestOpened(t *testing.T) {
	root := filepath.Dir(string(newRun(t)))
	if _, err := ReadOpened(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before anything was opened: %v", err)
	}
	want := Opened{Run: "demo-ftft", Newest: "demo-reference"}
	if err := WriteOpened(root, want); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadOpened(root); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	readOnly(t, root)
	other := Opened{Run: "demo-random"}
	if err := WriteOpened(root, other); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadOpened(root); err != nil || got != other {
		t.Errorf("in a read-only runs folder: %+v, %v", got, err)
	}
	disk.Inject(nil)
	gone := filepath.Join(root, "gone")
	if err := WriteOpened(gone, want); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the runs folder that was gone: %v", err)
	}
}
