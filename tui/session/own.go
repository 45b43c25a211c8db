package session

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"ftft/internal/disk"
)

// The folders in the user's state folder for files whose own places are read-only: see disk.StatePath.
const (
	ownViews = "views"
	ownRuns  = "runs"
)

// readOwn reads a file of the user's: from the state folder if it is there, or else from its place.
func readOwn(kind, place string, into any) (path string, err error) {
	for _, path = range []string{disk.StatePath(kind, place), place} {
		var text []byte
		if text, err = disk.ReadFile(path); err == nil {
			return path, json.Unmarshal(text, into)
		}
		if path != "" && !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return path, err
}

// writeOwn writes a file in its place with a function, or to the state folder where the place is read-only. It is no error if
// neither can be written, or if the folder of the place is gone.
func writeOwn(kind, place string, v any, inPlace func() error) error {
	state := disk.StatePath(kind, place)
	err := inPlace()
	switch {
	case state == "":
	case err == nil:
		err = disk.Remove(state) // from when the place was read-only
	case disk.ReadOnly(err):
		if err = disk.MkdirAll(filepath.Dir(state)); err == nil {
			err = disk.WriteJSON(state, v)
		}
	}
	if disk.ReadOnly(err) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// writeInto writes a JSON file where another file or folder exists.
func writeInto(exists, path string, v any) error {
	if _, err := os.Stat(exists); err != nil {
		return err
	}
	return disk.WriteJSON(path, v)
}
