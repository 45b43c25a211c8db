package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// lessonFolders is the pattern of the names of the lesson's folders in the temporary folder.
const lessonFolders = "ftft-lesson-*"

// sweepAfter is the age from which a lesson's folder is removed that no process holds: a younger one may not be held yet.
const sweepAfter = time.Minute

// A lessonFolder is a temporary folder that its process holds by a lock, so that another lesson can tell it from what a killed one left.
type lessonFolder struct {
	path string
	held *os.File
}

// newLessonFolder makes a folder, and removes those of lessons that were killed.
func newLessonFolder() (*lessonFolder, error) {
	sweepLessons(os.TempDir())
	path, err := os.MkdirTemp("", lessonFolders)
	if err != nil {
		return nil, err
	}
	held, err := holdFolder(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &lessonFolder{path, held}, nil
}

// remove removes the folder.
func (l *lessonFolder) remove() error { return errors.Join(os.RemoveAll(l.path), l.held.Close()) }

// holdFolder locks a folder until the file is closed or the process ends. A folder that another process holds is an error.
func holdFolder(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOLCK) { // some file systems have no locks
		return file, nil
	}
	return nil, errors.Join(err, file.Close())
}

// sweepLessons removes the user's folders of lessons in a temporary folder that no process holds.
func sweepLessons(temporary string) {
	found, _ := filepath.Glob(filepath.Join(temporary, lessonFolders)) // the pattern is well formed
	for _, path := range found {
		info, err := os.Lstat(path)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < sweepAfter {
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Getuid() {
			continue
		}
		if held, err := holdFolder(path); err == nil {
			_ = os.RemoveAll(path) // the next lesson tries again
			held.Close()
		}
	}
}

// untilHangup returns a context that also ends when the terminal is closed, unless the process ignores that (nohup).
func untilHangup(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return context.WithCancel(ctx)
	}
	return signal.NotifyContext(ctx, syscall.SIGHUP)
}
