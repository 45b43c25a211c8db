package cli

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A lesson removes what killed ones left, and nothing that is held, new or not a folder of its own.
func TestSweepLessons(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	path := func(name string) string { return filepath.Join(temporary, name) }
	for _, name := range []string{"ftft-lesson-left", "ftft-lesson-new", "ftft-lesson-held", "other"} {
		if err := os.MkdirAll(filepath.Join(path(name), "runs"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(path("other"), path("ftft-lesson-link")); err != nil {
		t.Fatal(err)
	}
	held, err := holdFolder(path("ftft-lesson-held"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"ftft-lesson-left", "ftft-lesson-held", "other"} {
		if err := os.Chtimes(path(name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := newLessonFolder()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"ftft-lesson-left": false, "ftft-lesson-new": true, "ftft-lesson-held": true,
		"ftft-lesson-link": true, "other/runs": true} {
		if _, err := os.Lstat(path(name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := folder.remove(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(path(lessonFolders)); len(left) != 3 {
		t.Errorf("left: %q", left)
	}
}

// A lesson whose terminal is closed removes its folder.
func TestLessonEndsWithItsTerminal(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("this process ignores SIGHUP, as under nohup, and so would the program")
	}
	temporary := t.TempDir()
	cmd := program(t, t.TempDir(), "lesson")
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := terminal.Read(make([]byte, 1<<12)); err != nil { // it draws
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, lessonFolders)); len(left) != 1 {
		t.Errorf("the lesson has the folders %q", left)
	}
	terminal.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Signal(syscall.SIGKILL)
		t.Fatal("the lesson continues without its terminal")
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, lessonFolders)); len(left) != 0 {
		t.Errorf("the lesson leaves %q", left)
	}
}
