package rundir

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"ftft/internal/disk"
)

// Selection is what a run trains on and how it was chosen: selection.json.
type Selection struct {
	Rule     string         `json:"rule,omitempty"`     // the rule's text, where one made the selection
	Strategy string         `json:"strategy"`           // see ftft select --help; rule | hand-picked
	Fraction float64        `json:"fraction"`           // asked for
	Seed     int64          `json:"seed"`               // of random
	Balanced bool           `json:"balanced,omitempty"` // as many of each label
	Compat   string         `json:"compat,omitempty"`   // whose counts and sets: ftft | cartography
	Formula  string         `json:"formula"`            // of the variability: population | sample
	Ties     string         `json:"ties"`               // how ties were broken
	Source   string         `json:"source"`             // the run whose dynamics were used
	Of       int            `json:"of"`                 // examples that the choice was made from
	Count    int            `json:"count"`              // examples chosen
	Excluded int            `json:"excluded"`           // taken out by hand
	Labels   map[string]int `json:"labels"`             // chosen examples by label
	Hash     string         `json:"hash"`               // of the chosen guids; see HashGUIDs
	Rows     []int          `json:"rows"`               // of examples.jsonl, ascending
}

// HashGUIDs is a selection's identity, whatever file it was made from: the SHA-256, as hexadecimal, of the guids in
// dataset order, each followed by a newline.
func HashGUIDs(guids []string) string {
	hash := sha256.New()
	for _, guid := range guids {
		hash.Write([]byte(guid + "\n"))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// WriteSelection writes selection.json, after the same checks as ReadSelection's.
func (d Dir) WriteSelection(s Selection) error {
	if err := s.Check(); err != nil {
		return fmt.Errorf("write %s: %w", d.Selection(), err)
	}
	return disk.WriteJSON(d.Selection(), s)
}

// ReadSelection reads selection.json. Rows that are not ascending, or not as many as Count, are an error. A run on
// everything has no such file: the error is then fs.ErrNotExist.
func (d Dir) ReadSelection() (Selection, error) {
	var s Selection
	if err := readJSON(d.Selection(), &s); err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%s: %w", d.Selection(), err)
	}
	return s, nil
}

// Check says what is wrong with a selection: rows that don't ascend, or another number of them than Count.
func (s *Selection) Check() error {
	if len(s.Rows) != s.Count {
		return fmt.Errorf("count is %d, and there are %d rows", s.Count, len(s.Rows))
	}
	last := -1
	for _, row := range s.Rows {
		if row <= last {
			return fmt.Errorf("row %d follows row %d: rows ascend from 0, each once", row, last)
		}
		last = row
	}
	return nil
}
