package rundir

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// Selection is what a run trains on and how it was chosen: selection.json.
type Selection struct {
	Rule     string         `json:"rule,omitempty"`     // the rule's text, where one made the selection
	Strategy string         `json:"strategy"`           // see ftft select --help; rule | hand-picked
	Fraction float64        `json:"fraction"`           // asked for
	Seed     int64          `json:"seed"`               // of random
	Balanced bool           `json:"balanced,omitempty"` // equal numbers of each label
	Compat   string         `json:"compat,omitempty"`   // the program whose counts and sets these are: ftft | cartography
	Formula  string         `json:"formula"`            // of the variability: population | sample
	Ties     string         `json:"ties"`               // how ties were broken
	Source   string         `json:"source"`             // the run whose dynamics were used
	Of       int            `json:"of"`                 // examples that the choice was made from
	Count    int            `json:"count"`              // examples chosen
	Excluded int            `json:"excluded"`           // by marks
	Labels   map[string]int `json:"labels"`             // chosen examples by label
	Hash     string         `json:"hash"`               // of the chosen guids; see HashGUIDs
	Rows     []int          `json:"rows"`               // of examples.jsonl, ascending
}

// Chosen is one example of a selection.
type Chosen struct {
	Row   int // of examples.jsonl
	GUID  string
	Label string // empty = unknown
}

// NewSelection completes a selection with n chosen examples in dataset order: it sets Ties, Count, Labels, Hash and Rows.
func NewSelection(made Selection, n int, example func(i int) Chosen) Selection {
	made.Ties, made.Count, made.Labels, made.Rows = "by guid, bytes, ascending", n, map[string]int{}, nil
	guids := make([]string, n)
	for i := range n {
		chosen := example(i)
		made.Rows, guids[i] = append(made.Rows, chosen.Row), chosen.GUID
		if chosen.Label != "" {
			made.Labels[chosen.Label]++
		}
	}
	made.Hash = HashGUIDs(guids)
	return made
}

// HashGUIDs returns a selection's identity, independent of the file that it was made from: the SHA-256, as hexadecimal, of the
// guids in dataset order, each followed by a newline.
func HashGUIDs(guids []string) string {
	hash := sha256.New()
	for _, guid := range guids {
		hash.Write([]byte(guid + "\n"))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// CheckGUIDs returns an error if the rows do not lie within the n examples of a training set, or if these have other guids than
// those that the selection was made of. guid returns the guid of a row.
func (s *Selection) CheckGUIDs(n int, guid func(row int) string) error {
	guids := make([]string, len(s.Rows))
	for i, row := range s.Rows {
		if row < 0 || row >= n {
			return fmt.Errorf("row %d lies outside the %d training examples", row, n)
		}
		guids[i] = guid(row)
	}
	if hash := HashGUIDs(guids); hash != s.Hash {
		return fmt.Errorf("its rows have other guids than when it was made: their hash is %.12s…, and was %.12s…", hash, s.Hash)
	}
	return nil
}

// WriteSelection writes selection.json, after the same checks as ReadSelection's.
func (d Dir) WriteSelection(s Selection) error {
	if err := s.Check(); err != nil {
		return fmt.Errorf("write %s: %w", d.Selection(), err)
	}
	return disk.WriteJSON(d.Selection(), s)
}

// ReadSelection reads selection.json and checks it. A run on everything has no such file: the error is then fs.ErrNotExist.
func (d Dir) ReadSelection() (Selection, error) {
	var s Selection
	if err := readJSON(d.Selection(), &s); err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, fault.At(d.Selection(), 0, err.Error())
	}
	return s, nil
}

// selectionHead is the size of the part of selection.json that usually holds everything but the rows.
const selectionHead = 4 << 10

// ReadSelectionHead is ReadSelection without the rows, which are most of the file: Rows is nil, and nothing is checked.
func (d Dir) ReadSelectionHead() (Selection, error) {
	file, err := disk.Open(d.Selection())
	if err != nil {
		return Selection{}, err
	}
	defer file.Close()
	head := make([]byte, selectionHead)
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return Selection{}, err
	}
	var s Selection
	if rows := bytes.Index(head[:n], []byte(",\n  \"rows\":")); rows >= 0 && json.Unmarshal(append(head[:rows:rows], '}'), &s) == nil {
		return s, nil
	}
	s, err = d.ReadSelection() // another writer's order of keys, or a long rule
	s.Rows = nil
	return s, err
}

// Check returns an error if the rows do not ascend or are not Count.
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
