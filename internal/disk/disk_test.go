package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A file is opened for writing only if it is a regular one: a link would lead to another file, a pipe would block.
func TestOpenFileWritesOnlyRegularFiles(t *testing.T) {
	folder := t.TempDir()
	victim, link, pipe := filepath.Join(folder, "victim"), filepath.Join(folder, "link"), filepath.Join(folder, "pipe")
	if err := errors.Join(os.WriteFile(victim, []byte("precious"), 0o644), os.Symlink(victim, link), unix.Mkfifo(pipe, 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, pipe} {
		for _, flag := range []int{os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_RDWR | os.O_TRUNC} {
			if _, err := OpenFile(path, flag|os.O_CREATE, 0o644); err == nil ||
				!strings.Contains(err.Error(), path+": a link, a folder or a device") {
				t.Errorf("%s: got %v", path, err)
			}
		}
	}
	if text, err := os.ReadFile(victim); string(text) != "precious" {
		t.Errorf("the file behind the link became %q, %v", text, err)
	}
}

// A folder from somebody else may hold a pipe, a device or a huge file under any name.
func TestReadFileReadsOnlyRegularFiles(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	if err := errors.Join(unix.Mkfifo(in("pipe"), 0o644), os.Symlink("/dev/zero", in("device")), os.Symlink("loop", in("loop")),
		os.Mkdir(in("folder"), 0o755), os.WriteFile(in("huge"), nil, 0o644), os.Truncate(in("huge"), 1<<40),
		os.WriteFile(in("real"), []byte("text"), 0o644), os.Symlink("real", in("link"))); err != nil {
		t.Fatal(err)
	}
	for name, message := range map[string]string{
		"pipe": "instead of a regular file", "device": "instead of a regular file", "folder": "is a directory", "loop": "too many levels",
		"huge": "1048576 MB, which is more than the 256 MB",
	} {
		if _, err := ReadFile(in(name)); err == nil || !strings.Contains(err.Error(), message) || !strings.Contains(err.Error(), in(name)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if text, err := ReadFile(in("link")); err != nil || string(text) != "text" {
		t.Errorf("a link to a file: %q, %v", text, err)
	}
}

// What the user names is written where it leads, with its mode, and a pipe is written into.
func TestWriteKeepsWhatIsThere(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	secret, link, pipe, dangling := in("secret"), in("link"), in("pipe"), in("dangling")
	if err := errors.Join(os.WriteFile(secret, []byte("old"), 0o600), os.Symlink("secret", link), os.Symlink("new", dangling),
		unix.Mkfifo(pipe, 0o644)); err != nil {
		t.Fatal(err)
	}
	fill := func(w io.Writer) error {
		_, err := io.WriteString(w, "text")
		return err
	}
	for _, path := range []string{link, dangling} {
		if err := WriteOutput(path, fill); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no longer a link: %v", path, err)
		}
		if text, err := os.ReadFile(path); string(text) != "text" {
			t.Errorf("%s leads to %q, %v", path, text, err)
		}
	}
	if info, err := os.Stat(secret); err != nil || info.Mode() != 0o600 {
		t.Errorf("the mode became %v, %v", info.Mode(), err)
	}
	read := make(chan string)
	go func() {
		text, err := os.ReadFile(pipe)
		read <- fmt.Sprint(string(text), err)
	}()
	if err := WriteOutput(pipe, fill); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "text<nil>" {
		t.Errorf("the pipe gave %s", got)
	}
	if err := WriteFile(pipe, []byte("own")); err != nil { // nobody reads it
		t.Fatal(err)
	}
	if info, err := os.Lstat(pipe); err != nil || !info.Mode().IsRegular() {
		t.Errorf("a pipe in place of a file of ftft stays: %v", err)
	}
	for _, path := range []string{"/dev/null", "/dev/stdout"} { // not written to: a fault here would cost the machine its device
		if info, err := os.Lstat(path); err != nil || !isDevice(Follow(path), info.Mode()) {
			t.Errorf("%s would be replaced: %v", path, err)
		}
	}
}

// A folder whose removal is interrupted is whole or has the name of a draft.
func TestRemoveFolderLeavesNoPart(t *testing.T) {
	for _, at := range []Op{Renaming, Removing} {
		folder := filepath.Join(t.TempDir(), "step-4")
		if err := errors.Join(os.Mkdir(folder, 0o777), os.WriteFile(filepath.Join(folder, "file"), nil, 0o666)); err != nil {
			t.Fatal(err)
		}
		Inject(func(op Op, _ string) error {
			if op == at {
				return unix.EIO
			}
			return nil
		})
		err := RemoveFolder(folder)
		Inject(nil)
		if !errors.Is(err, unix.EIO) {
			t.Errorf("%v: got %v", at, err)
		}
		entries, _ := os.ReadDir(filepath.Dir(folder))
		name := entries[0].Name()
		if final, isDraft := DraftOf(name); len(entries) != 1 || name != "step-4" && (!isDraft || final != "step-4") {
			t.Errorf("%v: %s is left", at, name)
		}
		if err := RemoveFolder(folder); err != nil {
			t.Errorf("%v, again: %v", at, err)
		}
	}
}

func TestTailReadsTheEndFromAWholeLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for _, c := range []struct{ text, want string }{
		{"", ""}, {"one\ntwo\n", "one\ntwo\n"}, {"one, a long one\ntwo\nthree", "two\nthree"}, {"no line ends in the last bytes", "last bytes"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Tail(path, 10); err != nil || string(got) != c.want {
			t.Errorf("%q: %q, %v", c.text, got, err)
		}
	}
	pipe := path + ".pipe"
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{pipe, filepath.Dir(path), path + "s"} {
		if got, err := Tail(other, 10); err == nil {
			t.Errorf("%s: %q", other, got)
		}
	}
}
