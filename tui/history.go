package tui

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ftft/internal/disk"
)

// history is a file of what was entered at a prompt, a JSON list of texts, the oldest first: in the runs folder, or in the
// user's config folder where there is none.
type history struct{ path string }

// mostEntered is how many texts a history holds.
const mostEntered = 200

func (a *App) history(of asking) history {
	name := ".rules.json"
	if of == searchPrompt {
		name = ".searches.json"
	}
	if a.options.Root != "" {
		return history{filepath.Join(a.options.Root, name)}
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return history{}
	}
	return history{filepath.Join(folder, "ftft", name[1:])}
}

func (h history) read() (past []string, err error) {
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

// add puts a text at the end. One that was there before moves there.
func (h history) add(text string) error {
	if h.path == "" {
		return nil
	}
	past, err := h.read()
	if err != nil {
		past = nil // what cannot be read is begun anew
	}
	past = append(slices.DeleteFunc(past, func(old string) bool { return old == text }), text)
	if err := disk.MkdirAll(filepath.Dir(h.path)); err != nil {
		return err
	}
	return disk.WriteJSON(h.path, past[max(len(past)-mostEntered, 0):])
}
