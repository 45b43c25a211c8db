package session

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"ftft/internal/disk"
)

// Guide is the schema of guide.json in the user's state folder: what the workbench has explained to the user.
type Guide struct {
	Format int      `json:"format"` // always 1
	Words  []string `json:"words"`  // whose meaning the user has dismissed
	Seen   bool     `json:"seen"`   // the user has seen an experiment end
}

// Knows reports whether the user has dismissed the meaning of a word.
func (g *Guide) Knows(word string) bool { return slices.Contains(g.Words, word) }

// ReadGuide reads guide.json. Without the file, nothing has been explained.
func ReadGuide() (Guide, error) {
	g := Guide{Format: 1, Words: []string{}}
	path := disk.StateFile("guide.json")
	if path == "" {
		return g, nil
	}
	text, err := disk.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return g, err
	}
	return g, json.Unmarshal(text, &g)
}

// ExtendGuide adds what g has to guide.json, which another workbench may have extended meanwhile. Where there is no state folder,
// nothing is written. A file that cannot be read is put aside, and one of a newer format is left alone.
func ExtendGuide(g Guide) error {
	path := disk.StateFile("guide.json")
	if path == "" {
		return nil
	}
	folder := filepath.Dir(path)
	if err := disk.MkdirAll(folder); err != nil {
		return err
	}
	return disk.Exclusively(folder, func() error {
		all, err := ReadGuide()
		if err == nil && all.Format > 1 {
			return nil // of a newer version of ftft, which knows more of it
		}
		if err != nil {
			if err := putAside(path); err != nil {
				return err
			}
			all = Guide{Format: 1, Words: []string{}}
		}
		for _, word := range g.Words {
			if !all.Knows(word) {
				all.Words = append(all.Words, word)
			}
		}
		all.Seen = all.Seen || g.Seen
		return writeJSON(path, all)
	})
}
