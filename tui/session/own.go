package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// The folders in the user's state folder for files whose own places are read-only: see disk.StatePath.
const (
	ownViews = "views"
	ownRuns  = "runs"
)

// readOwn reads a JSON file of the user, with the format that it may have. path is the file that was read.
func readOwn(kind, place string, format int, into any) (path string, err error) {
	text, path, err := ownText(kind, place)
	switch {
	case err != nil:
		return path, err
	case ofNewerFormat(text, format):
		return path, newerFormat(path)
	}
	return path, fault.DecodeJSON(path, text, into)
}

// ownText reads the text of a file of the user from the state folder or, if it is not there, from its place.
func ownText(kind, place string) (text []byte, path string, err error) {
	for _, path = range []string{disk.StatePath(kind, place), place} {
		text, err = disk.ReadFile(path)
		if err == nil || path != "" && !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return text, path, err
}

// writeOwn writes a JSON file of the user with inPlace or, if its place is read-only, to the state folder. It is not an error if both
// are read-only or if the folder of the place does not exist.
func writeOwn(kind, place string, v any, inPlace func() error) error {
	state := disk.StatePath(kind, place)
	err := inPlace()
	switch {
	case state == "":
	case err == nil:
		err = disk.Remove(state) // left from when the place was read-only
	case disk.ReadOnly(err):
		if err = disk.MkdirAll(filepath.Dir(state)); err == nil {
			err = writeJSON(state, v)
		}
	}
	if disk.ReadOnly(err) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// writeInto writes a JSON file if another file or folder exists; otherwise the error is fs.ErrNotExist.
func writeInto(exists, path string, v any) error {
	if _, err := os.Stat(exists); err != nil {
		return err
	}
	return writeJSON(path, v)
}

// writeJSON is disk.WriteJSON for the workbench's own files. A pipe or a device in the place of one is an error: writing into it would
// wait for a reader.
func writeJSON(path string, v any) error {
	if info, err := os.Lstat(path); err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeDevice|fs.ModeSocket) != 0 {
		return fmt.Errorf("%s is a device or a pipe: remove it", path)
	}
	return disk.WriteJSON(path, v)
}

// putAside renames a file that cannot be read, so that what a newer version of ftft or a torn write left there is not lost. It leaves a
// pipe or a device to writeJSON.
func putAside(path string) error {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return err
	}
	return disk.Rename(path, path+".unreadable")
}
