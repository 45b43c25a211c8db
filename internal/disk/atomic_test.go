package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// names returns the names in a folder, including hidden ones.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestWriteFileReplacesAtomically(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "new", "file")
	for _, content := range []string{"one", "two"} {
		if err := WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if got := names(t, filepath.Dir(path)); !reflect.DeepEqual(got, []string{"file"}) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestFailedWritesLeaveNothing(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "thing")
	full := &fs.PathError{Op: "write", Path: path, Err: unix.ENOSPC}
	err := WriteFolder(path, func(temporary string) error {
		if err := os.WriteFile(filepath.Join(temporary, "a"), nil, 0o666); err != nil {
			return err
		}
		return fmt.Errorf("copy: %w", full)
	})
	if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("error %v", err)
	}
	if err := WriteJSON(path, func() {}); err == nil {
		t.Error("a function was written as JSON")
	}
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, nil); err == nil {
		t.Error("a file took a folder's place")
	}
	if got := names(t, folder); !reflect.DeepEqual(got, []string{"thing"}) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestWriteFolderReplacesAtomically(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "step-1")
	for _, file := range []string{"one", "two"} {
		err := WriteFolder(path, func(temporary string) error {
			return os.WriteFile(filepath.Join(temporary, file), nil, 0o666)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := names(t, path); !reflect.DeepEqual(got, []string{file}) {
			t.Errorf("the folder holds %v, want %s", got, file)
		}
	}
	if got := names(t, folder); !reflect.DeepEqual(got, []string{"step-1"}) {
		t.Errorf("beside the folder are %v", got)
	}
}

// Any operation can be made to fail, and a write to stop halfway. A file that has its name is complete even then.
func TestInjectedFaultsLeaveNoPartialFile(t *testing.T) {
	defer Inject(nil)
	path := filepath.Join(t.TempDir(), "file")
	if err := WriteFile(path, []byte("before")); err != nil {
		t.Fatal(err)
	}
	failed := map[Op]bool{}
	for n := 1; ; n++ {
		calls := 0
		Inject(func(op Op, _ string) error {
			if calls++; calls != n {
				return nil
			}
			failed[op] = true
			return &Short{unix.EIO}
		})
		err := WriteFile(path, []byte("after, and longer"))
		Inject(nil)
		data, readErr := os.ReadFile(path)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EIO) || string(data) != "before" && string(data) != "after, and longer" {
			t.Errorf("call %d: %v leaves %q", n, err, data)
		}
	}
	for _, op := range []Op{Making, Opening, Writing, Syncing, Renaming} {
		if !failed[op] {
			t.Errorf("no call of %s was made to fail", op)
		}
	}
	file, err := OpenFile(path, os.O_RDWR|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	Inject(func(Op, string) error { return &Short{unix.ENOSPC} })
	if n, err := file.Write([]byte("0123456789")); n != 5 || !Full(err) {
		t.Errorf("a short write of %d bytes, %v", n, err)
	}
}

func TestWriteJSONWritesNullForNaN(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	if err := WriteJSON(path, map[string]float64{"loss": math.NaN(), "accuracy": 0.5}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if want := "{\n  \"accuracy\": 0.5,\n  \"loss\": null\n}\n"; err != nil || string(text) != want {
		t.Errorf("%v, %q", err, text)
	}
}

// Only devices and links to the process's own files are written into. A file in /dev/shm, a disk in memory, is replaced like any other, and
// a link there is followed where the user has named it.
func TestFilesBelowDevAreReplaced(t *testing.T) {
	for path, modes := range map[string]map[fs.FileMode]bool{
		"/dev/stdout":      {fs.ModeSymlink: true},
		"/dev/fd/1":        {fs.ModeSymlink: true},
		"/dev/null":        {fs.ModeDevice | fs.ModeCharDevice: true},
		"/dev/shm/runs/a":  {0: false, fs.ModeSymlink: false, fs.ModeDevice: true},
		"/home/me/dev/fd2": {0: false, fs.ModeSymlink: false},
	} {
		for mode, want := range modes {
			if got := isDevice(path, mode); got != want {
				t.Errorf("%s of mode %v: got %t, want %t", path, mode, got, want)
			}
		}
	}
	folder, err := os.MkdirTemp("/dev/shm", "ftft-test-")
	if err != nil {
		t.Skip("this system has no /dev/shm: ", err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	path, link := filepath.Join(folder, "a"), filepath.Join(folder, "link")
	if err := os.Symlink("a", link); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first, longer", "second"} {
		if err := WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if to := Follow(link); to != path {
		t.Errorf("the link leads to %s, want %s", to, path)
	}
}
