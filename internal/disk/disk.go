// Package disk writes files atomically and durably, and lets tests inject a fault into each operation. A file appears complete
// or not at all, and an operation that returns has reached the disk.
//
// It holds for the files that ftft writes itself; package input reads those that others made. It imports internal/finite. Begin
// with WriteFile and WriteFolder for whole files, OpenFile for files that grow, Inject for tests.
package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Op is a kind of operation into which a fault can be injected.
type Op string

// The operations. Reads themselves have none.
const (
	Opening        Op = "open" // for reading
	OpeningToWrite Op = "open-to-write"
	Writing        Op = "write"
	Syncing        Op = "fsync"
	Renaming       Op = "rename"
	Removing       Op = "remove"
	Making         Op = "mkdir"
	Truncating     Op = "truncate"
	CheckingSpace  Op = "statfs"
)

// Short is a fault in the middle of a write: half of the data is written before Err.
type Short struct{ Err error }

func (s *Short) Error() string { return s.Err.Error() }
func (s *Short) Unwrap() error { return s.Err }

var injected atomic.Pointer[func(op Op, path string) error]

// Inject makes this process call fault before every operation on a file. If fault returns an error, the operation fails with it
// and is not performed. Inject(nil) ends that. It is for tests. fault may be called from several goroutines at once.
func Inject(fault func(op Op, path string) error) {
	if fault == nil {
		injected.Store(nil)
		return
	}
	injected.Store(&fault)
}

// ask returns the injected error for an operation, if any.
func ask(op Op, path string) error {
	if fault := injected.Load(); fault != nil {
		if err := (*fault)(op, path); err != nil {
			return &fs.PathError{Op: string(op), Path: path, Err: err}
		}
	}
	return nil
}

// File is an open file whose operations can be made to fail.
type File struct {
	*os.File
	path string
}

// Name returns the file's path. Commit changes that of a draft.
func (f *File) Name() string { return f.path }

// Open opens a file for reading.
func Open(path string) (*File, error) { return OpenFile(path, os.O_RDONLY, 0) }

// OpenFile is os.OpenFile with fault injection. It opens only regular files and folders, and does not wait for the other end of a pipe.
// For writing it follows no link, so that a folder that others made cannot lead its writer to another file.
func OpenFile(path string, flag int, mode fs.FileMode) (*File, error) {
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	op := Opening
	if writes {
		op = OpeningToWrite
	}
	if err := ask(op, path); err != nil {
		return nil, err
	}
	flag |= unix.O_NONBLOCK
	if writes {
		flag |= unix.O_NOFOLLOW
	}
	file, err := os.OpenFile(path, flag, mode)
	if writes && errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) {
		return nil, notRegular(path, writes)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() && (writes || !info.IsDir()) {
		err = notRegular(path, writes)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return &File{file, path}, nil
}

// notRegular returns the error of a path that is no regular file.
func notRegular(path string, writes bool) error {
	message := "a device or a pipe instead of a regular file; remove it or restore the file"
	if writes {
		message = "a link, a folder or a device: ftft writes only into its own files; remove it"
	}
	return &fs.PathError{Op: "open", Path: path, Err: errors.New(message)}
}

// Tail reads the end of a file, at most the given number of bytes. It leaves out a line that has begun before them.
func Tail(path string, most int64) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, notRegular(path, false)
	}
	from := max(info.Size()-most, 0)
	text, err := io.ReadAll(io.NewSectionReader(file, from, most))
	if _, rest, found := bytes.Cut(text, []byte("\n")); from > 0 && found {
		text = rest
	}
	return text, err
}

// readLimit is the most that ReadFile reads, in bytes. The files that programs write for each other are much smaller.
const readLimit = 256 << 20

// ReadFile is os.ReadFile with fault injection, for a file that ftft has written. It reads only regular files, of at most 256 MB.
func ReadFile(path string) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > readLimit {
		err := fmt.Errorf("%d MB, which is more than the %d MB that ftft reads of such a file", info.Size()>>20, readLimit>>20)
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := file.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		case len(data) > readLimit:
			return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it grows while it is read")}
		case len(data) == cap(data):
			data = slices.Grow(data, 512)
		}
	}
}

func (f *File) Write(data []byte) (int, error) {
	if err := ask(Writing, f.Name()); err != nil {
		return half(err, data, f.File.Write)
	}
	return f.File.Write(data)
}

// WriteAt is os.File.WriteAt with fault injection.
func (f *File) WriteAt(data []byte, at int64) (int, error) {
	if err := ask(Writing, f.Name()); err != nil {
		return half(err, data, func(data []byte) (int, error) { return f.File.WriteAt(data, at) })
	}
	return f.File.WriteAt(data, at)
}

// half writes half of the data if the fault is a Short one.
func half(fault error, data []byte, write func([]byte) (int, error)) (n int, err error) {
	if errors.As(fault, new(*Short)) {
		n, err = write(data[:len(data)/2])
	}
	return n, errors.Join(fault, err)
}

// Sync flushes the file to disk.
func (f *File) Sync() error {
	if err := ask(Syncing, f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

// Truncate is os.File.Truncate with fault injection.
func (f *File) Truncate(size int64) error {
	if err := ask(Truncating, f.Name()); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// Rename is os.Rename with fault injection.
func Rename(from, to string) error {
	if err := ask(Renaming, to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Remove removes a file or an empty folder. It is no error if there is none.
func Remove(path string) error {
	if err := ask(Removing, path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// RemoveAll is os.RemoveAll with fault injection.
func RemoveAll(path string) error {
	if err := ask(Removing, path); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// Mkdir creates a folder in an existing one. It is no error if the folder exists. Writing creates no more than one level, so a
// run whose folder was moved or removed does not reappear in parts.
func Mkdir(path string) error {
	if err := ask(Making, path); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// MkdirAll is os.MkdirAll with fault injection.
func MkdirAll(path string) error {
	if err := ask(Making, path); err != nil {
		return err
	}
	return os.MkdirAll(path, 0o777)
}

// syncTree flushes all files and folders under root to disk.
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

// syncFolder flushes a folder's entries to disk. File systems that cannot (EINVAL or ENOTSUP) are ignored.
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

// Free returns the number of bytes that this user can still write to a folder's disk. known is false if the file system does
// not tell.
func Free(folder string) (bytes int64, known bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true
}

// RequireSpace returns an error that is Full unless a folder's disk has the given number of bytes free. If that is unknown it
// returns nil.
func RequireSpace(folder string, bytes int64) error {
	if err := ask(CheckingSpace, folder); err != nil {
		return err
	}
	if free, known := Free(folder); known && free < bytes {
		return fmt.Errorf("%s has %d MB free, but needs %d MB: %w", folder, free>>20, bytes>>20, unix.ENOSPC)
	}
	return nil
}

// Full reports whether an error means that the disk, or the user's quota on it, is full.
func Full(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// Explain wraps err with the operation that failed and, if the user can remove the cause, with advice.
func Explain(what string, err error) error {
	advice := ""
	switch {
	case Full(err):
		advice = ": free some space and run it again"
	case errors.Is(err, unix.EROFS), errors.Is(err, fs.ErrPermission):
		advice = ": choose a runs folder that you may write to"
	}
	if strings.HasSuffix(err.Error(), advice) { // err already has the advice
		advice = ""
	}
	return fmt.Errorf("%s: %w%s", what, err, advice)
}
