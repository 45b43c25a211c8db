package disk

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"ftft/internal/finite"
)

// WriteFile replaces a file atomically: a reader finds either the old content or the new. It writes a temporary file in the
// same folder, syncs it, renames it and syncs the folder. The folder is created if its parent exists. After an error nothing is
// left behind, and errors.Is finds the cause (unix.ENOSPC, unix.EROFS, fs.ErrPermission). The new file has the mode of the old one. A
// link or a pipe is replaced, and a device written into. WriteOutput is for files that the user has named.
func WriteFile(path string, data []byte) error {
	return WriteStream(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteJSON writes v as indented JSON with a final newline, as WriteFile does. NaN and infinity become null.
func WriteJSON(path string, v any) error {
	data, err := json.MarshalIndent(finite.JSON(v), "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return WriteFile(path, append(data, '\n'))
}

// WriteStream is WriteFile for content that is too large to hold in memory. fill writes it to a buffered writer.
func WriteStream(path string, fill func(w io.Writer) error) error {
	if err := writeStream(path, fill); err != nil {
		return Explain("write "+path, err)
	}
	return nil
}

func writeStream(path string, fill func(w io.Writer) error) error {
	old, err := os.Lstat(path)
	replaces := err == nil && old.Mode().IsRegular()
	if err == nil && isDevice(path, old.Mode()) {
		return writeInto(path, fill)
	}
	if err := Mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := Draft(path)
	if err != nil {
		return err
	}
	if replaces {
		if err := file.Chmod(old.Mode().Perm()); err != nil {
			file.Discard()
			return err
		}
	}
	buffer := bufio.NewWriterSize(file, 1<<16)
	if err := errors.Join(fill(buffer), buffer.Flush()); err != nil {
		file.Discard()
		return err
	}
	if err := file.Commit(path); err != nil {
		return err
	}
	return file.Close()
}

// WriteOutput writes a file that the user has named. It follows a link, and writes into a pipe; everything else is as in WriteStream.
func WriteOutput(path string, fill func(w io.Writer) error) error {
	path = Follow(path)
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		return WriteStream(path, fill)
	}
	if err := writeInto(path, fill); err != nil {
		return Explain("write "+path, err)
	}
	return nil
}

// isDevice reports whether a path is a device, or a link to one of the process's own files, as /dev/stdout is. Other files below /dev are
// files as anywhere: /dev/shm is a disk.
func isDevice(path string, mode fs.FileMode) bool {
	return mode&fs.ModeDevice != 0 || mode&fs.ModeSymlink != 0 && slices.Contains(ownFiles, filepath.Dir(path))
}

// ownFiles are the folders of links to the process's own files.
var ownFiles = []string{"/dev", "/dev/fd", "/proc/self/fd"}

// writeInto writes into what cannot be replaced by a file.
func writeInto(path string, fill func(w io.Writer) error) error {
	if err := ask(Opening, path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(file, 1<<16)
	return errors.Join(fill(buffer), buffer.Flush(), file.Close())
}

// Follow returns the file that a path names behind links, for a path that the user has given.
func Follow(path string) string {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 || isDevice(path, info.Mode()) {
		return path
	}
	to, err := os.Readlink(path) // also of a link to a file that is not there yet
	if err != nil {
		return path
	}
	if whole, err := filepath.EvalSymlinks(path); err == nil {
		return whole
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(path), to)
	}
	return to
}

// Draft creates a file with a hidden name in the folder of path, hence on the same disk. Commit gives it its name.
func Draft(path string) (*File, error) {
	name := temporaryName(path)
	drafts.Store(name, true)
	file, err := OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		drafts.Delete(name)
	}
	return file, err
}

// drafts has the paths of the files and folders that this process has not yet given their names.
var drafts sync.Map

// RemoveDrafts removes what this process has not finished writing. Call it only before the process ends: its writers then fail.
func RemoveDrafts() {
	drafts.Range(func(path, _ any) bool {
		_ = os.RemoveAll(path.(string)) // the process ends, whatever remains
		return true
	})
}

// Commit syncs a draft and renames it to path. The file stays open. After an error the draft is gone.
func (f *File) Commit(path string) error {
	err := f.Sync()
	if err == nil {
		err = Rename(f.Name(), path)
	}
	if err != nil {
		f.Discard()
		return err
	}
	drafts.Delete(f.path)
	f.path = path
	if err := syncFolder(filepath.Dir(path)); err != nil {
		f.Close()
		return err
	}
	return nil
}

// Discard closes a draft and removes it.
func (f *File) Discard() {
	f.Close()
	drafts.Delete(f.Name())
	_ = Remove(f.Name()) // a draft that stays is hidden; fsck and a resumed run find it
}

// WriteFolder creates a folder of files atomically: fill writes into a temporary folder beside it, which is synced and renamed.
// An existing folder is replaced: it is moved aside first and removed last. After an error the temporary folder is gone and an
// existing folder is unchanged.
func WriteFolder(path string, fill func(temporary string) error) error {
	if err := writeFolder(path, fill); err != nil {
		return Explain("write the folder "+path, err)
	}
	return nil
}

func writeFolder(path string, fill func(temporary string) error) (err error) {
	path = filepath.Clean(path) // a final slash would refer to the content
	parent := filepath.Dir(path)
	temporary := temporaryName(path)
	drafts.Store(temporary, true)
	defer drafts.Delete(temporary)
	if err := Mkdir(temporary); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = RemoveAll(temporary)
		}
	}()
	if err := fill(temporary); err != nil {
		return err
	}
	if err := syncTree(temporary); err != nil {
		return err
	}
	old := temporaryName(path)
	switch err := Rename(path, old); {
	case errors.Is(err, fs.ErrNotExist):
		old = ""
	case err != nil:
		return err
	}
	if err := Rename(temporary, path); err != nil {
		if old != "" {
			err = errors.Join(err, Rename(old, path))
		}
		return err
	}
	if err := syncFolder(parent); err != nil {
		return err
	}
	if old != "" {
		return RemoveAll(old)
	}
	return nil
}

// RemoveFolder removes a folder. It gets the name of a draft first, so that a process that is killed meanwhile leaves no folder with
// a part of its files. It is no error if there is none.
func RemoveFolder(path string) error {
	draft := temporaryName(path)
	err := Rename(path, draft)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = RemoveAll(draft)
	}
	if err != nil {
		return Explain("remove the folder "+path, err)
	}
	return nil
}

// DraftOf reports whether a file name is that of a draft or of a folder being replaced, and returns the final name. A writer
// that is killed leaves such names behind.
func DraftOf(name string) (final string, isDraft bool) {
	hidden, isHidden := strings.CutPrefix(name, ".")
	at := strings.LastIndex(hidden, ".tmp-")
	if !isHidden || at < 0 {
		return "", false
	}
	return hidden[:at], true
}

func temporaryName(path string) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.tmp-%d-%08x", filepath.Base(path), os.Getpid(), rand.Uint32()))
}
