package session

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// History is a file of the texts that were entered at a prompt, a JSON list with the oldest first.
type History struct{ path string }

// The names of histories.
const (
	Rules    = "rules"
	Searches = "searches"
)

// mostEntered limits the number of texts in a history.
const mostEntered = 200

// OpenHistory returns the history with a name: in the runs folder or, if root is empty, in the user's configuration folder.
func OpenHistory(root, name string) History { return History{userFile(root, name)} }

// userFile returns the path of a file of the user: in the runs folder or, if root is empty, in the user's configuration folder. It is
// empty if there is no such folder.
func userFile(root, name string) string {
	if root != "" {
		return filepath.Join(root, "."+name+".json")
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "ftft", name+".json")
}

// Read returns the texts, none if there is no file.
func (h History) Read() (past []string, err error) {
	if h.path == "" {
		return nil, nil
	}
	text, err := disk.ReadFile(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if ofNewerFormat(text, 1) {
		return nil, newerFormat(h.path)
	}
	return past, fault.DecodeJSON(h.path, text, &past)
}

// Add appends a text. If the history already has it, it moves to the end. A file that cannot be read is put aside. For one
// of a newer format, which stays as it is, Add returns an error.
func (h History) Add(text string) error {
	if h.path == "" {
		return nil
	}
	folder := filepath.Dir(h.path)
	if err := disk.MkdirAll(folder); err != nil {
		return err
	}
	return disk.Exclusively(folder, func() error {
		past, err := h.Read()
		if errors.Is(err, errNewer) {
			return err
		}
		if err != nil {
			if err := putAside(h.path); err != nil {
				return err
			}
			past = nil
		}
		past = append(slices.DeleteFunc(past, func(old string) bool { return old == text }), text)
		return writeJSON(h.path, past[max(len(past)-mostEntered, 0):])
	})
}
