package rundir

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

	"golang.org/x/sys/unix"
)

// WriteFile writes a file so that a reader finds the old content or the new, never a part: a temporary file in the
// same folder, fsync, rename, fsync of the folder. Missing folders are made. On error nothing is left behind, and
// errors.Is finds the cause (unix.ENOSPC, unix.EROFS, fs.ErrPermission).
func WriteFile(path string, data []byte) error {
	return WriteStream(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteJSON writes v as indented JSON with a final newline, as WriteFile does.
func WriteJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return WriteFile(path, append(data, '\n'))
}

// WriteStream is WriteFile for content too large to hold: fill writes it, buffered.
func WriteStream(path string, fill func(w io.Writer) error) error {
	if err := writeStream(path, fill); err != nil {
		return explain("write "+path, err)
	}
	return nil
}

func writeStream(path string, fill func(w io.Writer) error) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	temporary := temporaryName(path)
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(temporary)
		}
	}()
	buffer := bufio.NewWriterSize(file, 1<<16)
	if err := fill(buffer); err != nil {
		return err
	}
	if err := buffer.Flush(); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// WriteFolder makes a folder of files that appears whole: fill writes into a temporary folder beside it, which is
// synced and renamed. A folder of that name is replaced: moved aside first, removed last. On error the temporary
// folder is removed and the old one, if any, is still there.
func WriteFolder(path string, fill func(temporary string) error) error {
	if err := writeFolder(path, fill); err != nil {
		return explain("write the folder "+path, err)
	}
	return nil
}

func writeFolder(path string, fill func(temporary string) error) (err error) {
	path = filepath.Clean(path) // a slash at the end would name what is in it
	parent := filepath.Dir(path)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	temporary := temporaryName(path)
	if err := os.Mkdir(temporary, 0o777); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(temporary)
		}
	}()
	if err := fill(temporary); err != nil {
		return err
	}
	if err := syncTree(temporary); err != nil {
		return err
	}
	old := temporaryName(path)
	switch err := os.Rename(path, old); {
	case errors.Is(err, fs.ErrNotExist):
		old = ""
	case err != nil:
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		if old != "" {
			err = errors.Join(err, os.Rename(old, path))
		}
		return err
	}
	if err := syncFolder(parent); err != nil {
		return err
	}
	if old != "" {
		return os.RemoveAll(old)
	}
	return nil
}

// temporaryName gives a hidden name in the same folder, hence on the same disk.
func temporaryName(path string) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.tmp-%d-%08x", filepath.Base(path), os.Getpid(), rand.Uint32()))
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
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		return file.Sync()
	})
}

// syncFolder forces a folder's entries to the disk, where the file system can (some answer EINVAL or ENOTSUP).
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}

// explain says what was being done, and what to do about the causes that a user can remove.
func explain(what string, err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("%s: %w: free some space and run it again", what, err)
	case errors.Is(err, unix.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w: choose a runs folder that you may write to", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
