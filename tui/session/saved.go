package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"ftft/datamap"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/tui/selection"
)

// Saved is a selection that the user has saved under a name, for any map.
type Saved struct {
	Name     string  `json:"name"`
	Strategy string  `json:"strategy"`
	Fraction float64 `json:"fraction"`
	Rule     string  `json:"rule,omitempty"`
	Whole    bool    `json:"whole,omitempty"` // whether everything that the rule matches is selected
}

// NewSaved names the selection of criteria, without the filters of its list.
func NewSaved(name string, c selection.Criteria) Saved {
	return Saved{Name: name, Strategy: c.Strategy, Fraction: c.Fraction, Rule: c.Rule, Whole: c.Whole}
}

// Apply returns criteria with the saved selection. The filters of the list stay.
func (s Saved) Apply(c selection.Criteria) selection.Criteria {
	c.SetRule("", false)
	c.Strategy = s.Strategy
	if s.Rule != "" {
		c.SetRule(s.Rule, false)
	}
	c.Fraction, c.Whole = s.Fraction, s.Whole
	return c
}

// check returns an error for the first value that is missing or out of range.
func (s Saved) check() error {
	switch {
	case strings.TrimSpace(s.Name) == "":
		return errors.New("a selection without a name")
	case !slices.Contains(datamap.Strategies, s.Strategy):
		return fmt.Errorf("%s: strategy %q", s.Name, s.Strategy)
	case !(s.Fraction > 0 && s.Fraction <= 1):
		return fmt.Errorf("%s: fraction %g", s.Name, s.Fraction)
	case s.Whole && s.Rule == "":
		return fmt.Errorf("%s: whole without a rule", s.Name)
	}
	return nil
}

// Selections is the file of saved selections, a JSON list sorted by name.
type Selections struct{ path string }

// OpenSelections returns the saved selections of a runs folder or, if root is empty, of the user's configuration folder.
func OpenSelections(root string) Selections { return Selections{userFile(root, "selections")} }

// Read returns the saved selections, none if there is no file.
func (f Selections) Read() (list []Saved, err error) {
	list, _, err = f.read()
	return list, err
}

// read returns the saved selections and their texts in the file.
func (f Selections) read() (list []Saved, texts []json.RawMessage, err error) {
	text, err := disk.ReadFile(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case err == nil && ofNewerFormat(text, 1):
		err = newerFormat(f.path)
	case err == nil:
		err = fault.DecodeJSON(f.path, text, &list)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("saved selections: %w", err)
	}
	for _, s := range list {
		if err := s.check(); err != nil {
			return nil, nil, fmt.Errorf("saved selections: %s: %w", f.path, err)
		}
	}
	return list, texts, fault.DecodeJSON(f.path, text, &texts)
}

// Put saves a selection, in place of one with the same name. It returns all, and an error if the file cannot be read, which it then
// does not overwrite.
func (f Selections) Put(s Saved) ([]Saved, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return f.change(func(list []Saved) []Saved {
		list = append(deleted(list, s.Name), s)
		slices.SortFunc(list, func(a, b Saved) int { return strings.Compare(a.Name, b.Name) })
		return list
	})
}

// Delete deletes a saved selection. It returns the others.
func (f Selections) Delete(name string) ([]Saved, error) {
	return f.change(func(list []Saved) []Saved { return deleted(list, name) })
}

func deleted(list []Saved, name string) []Saved {
	return slices.DeleteFunc(list, func(s Saved) bool { return s.Name == name })
}

// change edits the list. Another workbench that changes it at the same time waits. A selection that stays as it was keeps the keys that
// only a newer version knows.
func (f Selections) change(edit func([]Saved) []Saved) (list []Saved, err error) {
	if f.path == "" {
		return nil, errors.New("saved selections: there is no configuration folder to keep them in")
	}
	folder := filepath.Dir(f.path)
	if err := disk.MkdirAll(folder); err != nil {
		return nil, err
	}
	err = disk.Exclusively(folder, func() error {
		before, texts, err := f.read()
		if err != nil {
			return err
		}
		list = edit(slices.Clone(before))
		whole := make([]json.RawMessage, len(list))
		for i, s := range list {
			var old json.RawMessage
			if at := slices.Index(before, s); at >= 0 {
				old = texts[at]
			}
			if whole[i], err = withUnknown(s, old); err != nil {
				return err
			}
		}
		return writeJSON(f.path, whole)
	})
	return list, err
}
