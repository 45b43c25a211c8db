// Package disk is how files are changed where a run must not be lost: whole or not at all, on the disk when it is said to
// be, and each call such that a test can make it fail. It imports nothing of this project.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Op is a kind of call that a fault can be injected into.
type Op string

// The kinds. Reading counts where a file is opened for it.
const (
	Opening  Op = "open"
	Writing  Op = "write"
	Syncing  Op = "fsync"
	Renaming Op = "rename"
	Removing Op = "remove"
	Making   Op = "mkdir"
	Cutting  Op = "truncate"
	Weighing Op = "statfs"
)

// A Short fault is a write of which a half arrives before Err.
type Short struct{ Err error }

func (s *Short) Error() string { return s.Err.Error() }
func (s *Short) Unwrap() error { return s.Err }

var injected atomic.Pointer[func(op Op, path string) error]

// Inject has this process ask fault before every call on a file: an error that it returns is the call's, which is then not made.
// It is for tests; nil ends it. fault may be called by several goroutines at once.
func Inject(fault func(op Op, path string) error) {
	if fault == nil {
		injected.Store(nil)
		return
	}
	injected.Store(&fault)
}

func ask(op Op, path string) error {
	if fault := injected.Load(); fault != nil {
		if err := (*fault)(op, path); err != nil {
			return &fs.PathError{Op: string(op), Path: path, Err: err}
		}
	}
	return nil
}

// File is an open file whose changes can be made to fail.
type File struct {
	*os.File
	path string
}

// Name is the file's path, of a draft that has appeared the one that it has now.
func (f *File) Name() string { return f.path }

// Open opens a file for reading.
func Open(path string) (*File, error) { return OpenFile(path, os.O_RDONLY, 0) }

// OpenFile is os.OpenFile.
func OpenFile(path string, flag int, mode fs.FileMode) (*File, error) {
	if err := ask(Opening, path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, flag, mode)
	if err != nil {
		return nil, err
	}
	return &File{file, path}, nil
}

// ReadFile is os.ReadFile.
func ReadFile(path string) ([]byte, error) {
	if err := ask(Opening, path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func (f *File) Write(data []byte) (int, error) {
	if err := ask(Writing, f.Name()); err != nil {
		return half(err, data, f.File.Write)
	}
	return f.File.Write(data)
}

// WriteAt is os.File's.
func (f *File) WriteAt(data []byte, at int64) (int, error) {
	if err := ask(Writing, f.Name()); err != nil {
		return half(err, data, func(data []byte) (int, error) { return f.File.WriteAt(data, at) })
	}
	return f.File.WriteAt(data, at)
}

// half writes half of the data where the fault is a short write.
func half(fault error, data []byte, write func([]byte) (int, error)) (n int, err error) {
	if errors.As(fault, new(*Short)) {
		n, err = write(data[:len(data)/2])
	}
	return n, errors.Join(fault, err)
}

// Sync forces what was written to the disk.
func (f *File) Sync() error {
	if err := ask(Syncing, f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

// Truncate is os.File's.
func (f *File) Truncate(size int64) error {
	if err := ask(Cutting, f.Name()); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// Rename is os.Rename.
func Rename(from, to string) error {
	if err := ask(Renaming, to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Remove removes a file or an empty folder; that there is none is no error.
func Remove(path string) error {
	if err := ask(Removing, path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// RemoveAll is os.RemoveAll.
func RemoveAll(path string) error {
	if err := ask(Removing, path); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// Mkdir makes a folder, where its own folder is there and it is not. Writing makes no more than that: what somebody has moved
// or removed as a whole must not come into being again in parts.
func Mkdir(path string) error {
	if err := ask(Making, path); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// MkdirAll is os.MkdirAll.
func MkdirAll(path string) error {
	if err := ask(Making, path); err != nil {
		return err
	}
	return os.MkdirAll(path, 0o777)
}

// syncTree forces all files and folders under root to the disk.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return syncFolder(path)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		file, err := Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		return file.Sync()
	})
}

// syncFolder forces a folder's entries to the disk, where the file system can (some answer EINVAL or ENOTSUP).
func syncFolder(path string) error {
	folder, err := Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}

// Free is how many bytes a folder's disk has free for this user; known is false where the file system does not say.
func Free(folder string) (bytes int64, known bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true
}

// Room says, by an error that is Full, that a folder's disk has not so many bytes free. Where that cannot be known, there is
// room: who writes will see.
func Room(folder string, bytes int64) error {
	if err := ask(Weighing, folder); err != nil {
		return err
	}
	if free, known := Free(folder); known && free < bytes {
		return fmt.Errorf("%s has %d MB free, and %d MB are needed: %w", folder, free>>20, bytes>>20, unix.ENOSPC)
	}
	return nil
}

// Full says whether an error is that the disk, or the user's share of it, is full.
func Full(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// Explain says what was being done, and what to do about the causes that a user can remove.
func Explain(what string, err error) error {
	advice := ""
	switch {
	case Full(err):
		advice = ": free some space and run it again"
	case errors.Is(err, unix.EROFS), errors.Is(err, fs.ErrPermission):
		advice = ": choose a runs folder that you may write to"
	}
	if strings.HasSuffix(err.Error(), advice) { // whoever was called has said it
		advice = ""
	}
	return fmt.Errorf("%s: %w%s", what, err, advice)
}
