// Package marks keeps what people say of examples: that a label is wrong, that an example is to be left out, or to stay as
// it is. Marks lie in a file beside the dynamics, a JSON object a line, which is only ever added to.
package marks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// What a mark says. Of Relabel, Exclude and Keep the last one of an example counts; a Note stands beside these; Clear
// takes all back.
const (
	Relabel = "relabel" // the gold label is another
	Exclude = "exclude" // no selection takes the example
	Keep    = "keep"    // the label is right, whatever a triage says
	Note    = "note"
	Clear   = "clear"
)

// A Mark is a line of the file.
type Mark struct {
	GUID  string    `json:"guid"`
	Mark  string    `json:"mark"`
	Label string    `json:"label,omitempty"` // of Relabel: the label's name
	Note  string    `json:"note,omitempty"`  // of Note
	Time  time.Time `json:"time"`
}

// A State is what counts of an example's marks.
type State struct {
	Mark  string // Relabel, Exclude, Keep or ""
	Label string
	Note  string
}

// Marks bring an example to the state, whatever marks it has. Their times are to be set.
func (s State) Marks(guid string) []Mark {
	list := []Mark{{GUID: guid, Mark: Clear}}
	if s.Mark != "" {
		list = append(list, Mark{GUID: guid, Mark: s.Mark, Label: s.Label})
	}
	if s.Note != "" {
		list = append(list, Mark{GUID: guid, Mark: Note, Note: s.Note})
	}
	return list
}

// A Set is what counts, by guid; an example without marks is not in it.
type Set map[string]State

// Pool says of guids which may be selected, and how many may not: the excluded. It is nil where all may.
func (s Set) Pool(guids []string) (pool []bool, excluded int) {
	if len(s) == 0 {
		return nil, 0
	}
	pool = make([]bool, len(guids))
	for i, guid := range guids {
		if pool[i] = s[guid].Mark != Exclude; !pool[i] {
			excluded++
		}
	}
	return pool, excluded
}

// Name is the file's name in a folder of dynamics.
const Name = "marks.jsonl"

// Path is where the marks of a source are: in a folder, or beside a file. Cartography's reader counts the files in a
// training_dynamics folder: that folder's marks lie in the one around it, which is the same source.
func Path(source string) string {
	if whole, err := filepath.Abs(source); err == nil && filepath.Base(whole) == "training_dynamics" {
		return filepath.Join(filepath.Dir(whole), Name)
	}
	if info, err := os.Stat(source); err == nil && info.IsDir() {
		return filepath.Join(source, Name)
	}
	return source + "." + Name
}

// Read reads the marks of a source, those in its place and then those that a read-only place has elsewhere. A last line
// that was cut off is not there yet.
func Read(source string) (Set, error) {
	var list []Mark
	for _, path := range []string{Path(source), elsewhere(source)} {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || path == "" {
			continue
		}
		if err != nil {
			return nil, err
		}
		number := 0
		for line := range bytes.Lines(text) {
			number++
			if line[len(line)-1] != '\n' {
				break
			}
			var m Mark
			if err := json.Unmarshal(line, &m); err != nil {
				return nil, fault.At(path, number, "not a mark: "+err.Error()+"; remove the line")
			}
			if err := m.check(); err != nil {
				return nil, fault.At(path, number, err.Error())
			}
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b Mark) int { return a.Time.Compare(b.Time) }) // the two files' are of the same source
	set := Set{}
	for _, m := range list {
		set.add(m)
	}
	return set, nil
}

func (m *Mark) check() error {
	switch m.Mark {
	case Relabel:
		if m.Label == "" {
			return errors.New("a mark that relabels names no label")
		}
	case Exclude, Keep, Note, Clear:
	default:
		return fmt.Errorf("no such mark: %q; there are %s", m.Mark, strings.Join([]string{Relabel, Exclude, Keep, Note, Clear}, ", "))
	}
	if m.GUID == "" {
		return errors.New("a mark without a guid")
	}
	return nil
}

func (s Set) add(m Mark) {
	state := s[m.GUID]
	switch m.Mark {
	case Clear:
		delete(s, m.GUID)
		return
	case Note:
		state.Note = m.Note
	default:
		state.Mark, state.Label = m.Mark, m.Label
	}
	s[m.GUID] = state
}

// Append adds marks to a source's file in one write, so that a line is there whole or not at all, whoever else writes.
// Where the source cannot be written to, they go to the user's state folder. path says where they went.
func Append(source string, list ...Mark) (path string, err error) {
	var text []byte
	for _, m := range list {
		if err := m.check(); err != nil {
			return "", err
		}
		line, err := json.Marshal(m)
		if err != nil {
			return "", err
		}
		text = append(append(text, line...), '\n')
	}
	path = Path(source)
	err = appendTo(path, text)
	if disk.ReadOnly(err) {
		if path = elsewhere(source); path == "" {
			return "", err
		}
		if err := disk.MkdirAll(filepath.Dir(path)); err != nil {
			return "", err
		}
		err = appendTo(path, text)
	}
	return path, err
}

func appendTo(path string, text []byte) error {
	file, err := disk.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	if end, err := file.Seek(0, 2); err == nil && end > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			text = append([]byte("\n"), text...) // somebody's line was cut off
		}
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// elsewhere is the place in the user's state folder, "" without one.
func elsewhere(source string) string { return disk.Elsewhere("marks", Path(source)) }
