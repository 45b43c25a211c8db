package disk

import (
	"errors"
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
			if _, err := OpenFile(path, flag|os.O_CREATE, 0o644); err == nil || !strings.Contains(err.Error(), path+" is a link or a device") {
				t.Errorf("%s: got %v", path, err)
			}
		}
	}
	if text, err := os.ReadFile(victim); string(text) != "precious" {
		t.Errorf("the file behind the link became %q, %v", text, err)
	}
}
