package session

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"ftft/internal/disk"
	"ftft/internal/fault"
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
	path := disk.StateFile("guide.json")
	g, text, err := readGuide(path)
	if err == nil && ofNewerFormat(text, g.Format) {
		err = newerFormat(path)
	}
	return g, err
}

// readGuide reads guide.json and its text. The guide of a newer format has only this version's own format.
func readGuide(path string) (g Guide, text []byte, err error) {
	g = Guide{Format: 1, Words: []string{}}
	if path == "" {
		return g, nil, nil
	}
	text, err = disk.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil, nil
	}
	if err != nil || ofNewerFormat(text, g.Format) {
		return g, text, err
	}
	err = fault.DecodeJSON(path, text, &g)
	return g, text, err
}

// ExtendGuide adds what g has to guide.json, which another workbench may have extended meanwhile. Where there is no state folder,
// nothing is written. A file that cannot be read is put aside. Keys that only a newer version knows stay, and so does a whole file of a
// newer format.
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
		all, text, err := readGuide(path)
		if err == nil && ofNewerFormat(text, all.Format) {
			return nil
		}
		if err != nil {
			if err := putAside(path); err != nil {
				return err
			}
			all, text = Guide{Format: 1, Words: []string{}}, nil
		}
		for _, word := range g.Words {
			if !all.Knows(word) {
				all.Words = append(all.Words, word)
			}
		}
		all.Seen = all.Seen || g.Seen
		whole, err := withUnknown(all, text)
		if err != nil {
			return err
		}
		return writeJSON(path, whole)
	})
}
