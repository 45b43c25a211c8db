package session

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ftft/internal/disk"
)

// History is a file of what was entered at a prompt: a JSON list of texts, the oldest first.
type History struct{ path string }

// The names of histories.
const (
	Rules    = "rules"
	Searches = "searches"
)

// mostEntered bounds the texts of a history.
const mostEntered = 200

// OpenHistory returns the history of a name: in the runs folder or, where there is none (root is empty), in the user's
// configuration folder.
func OpenHistory(root, name string) History {
	if root != "" {
		return History{filepath.Join(root, "."+name+".json")}
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return History{} // nothing is kept
	}
	return History{filepath.Join(folder, "ftft", name+".json")}
}

// Read returns the texts.
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
	return past, json.Unmarshal(text, &past)
}

// Add puts a text at the end. A text that is already there moves there.
func (h History) Add(text string) error {
	if h.path == "" {
		return nil
	}
	past, err := h.Read()
	if err != nil {
		past = nil // an unreadable history begins anew
	}
	past = append(slices.DeleteFunc(past, func(old string) bool { return old == text }), text)
	if err := disk.MkdirAll(filepath.Dir(h.path)); err != nil {
		return err
	}
	return disk.WriteJSON(h.path, past[max(len(past)-mostEntered, 0):])
}
