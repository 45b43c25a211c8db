// Package marks stores people's judgements of examples: that a label is wrong, that an example should be excluded, or kept as
// it is. Marks lie in a file beside the dynamics, one JSON object per line, which is only ever appended to.
//
// It may import internal packages. Begin with Read and Append; Set holds the current marks of a source.
package marks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// Kinds of mark. Of Relabel, Exclude and Keep, the last one of an example counts. A Note is independent of them. Clear revokes all
// earlier marks.
const (
	Relabel = "relabel" // the gold label should be another
	Exclude = "exclude" // no selection may contain the example
	Keep    = "keep"    // the label is right, whatever triage suggests
	Note    = "note"
	Clear   = "clear"
)

// A Mark is one line of the file.
type Mark struct {
	GUID  string    `json:"guid"`
	Mark  string    `json:"mark"`
	Label string    `json:"label,omitempty"` // for Relabel: the name of the label
	Note  string    `json:"note,omitempty"`  // for Note
	Time  time.Time `json:"time"`
}

// State is the effect of all marks of an example.
type State struct {
	Mark  string // Relabel, Exclude, Keep or ""
	Label string
	Note  string
}

// Marks returns marks that bring an example to the state, whatever marks it has. The caller sets their times.
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

// Set holds the states by guid. Examples without marks are absent.
type Set map[string]State

// Pool returns whether each guid may be selected, [len(guids)], and the number of those that may not. pool is nil if there are
// no marks.
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

// Path returns the path of a source's marks: in the source if it is a folder, otherwise beside it. Cartography's own reader
// counts the files in a training_dynamics folder, so the marks of such a folder lie in its parent, which is the same source.
func Path(source string) string {
	if whole, err := filepath.Abs(source); err == nil && filepath.Base(whole) == "training_dynamics" {
		return filepath.Join(filepath.Dir(whole), Name)
	}
	if info, err := os.Stat(source); err == nil && info.IsDir() {
		return filepath.Join(source, Name)
	}
	return source + "." + Name
}

// Read reads the marks of a source: those beside it and those kept in the user's state folder because the source was read-only.
// Within a file the last line counts, whatever a clock said; the lines of the two files are merged by their times. A truncated last
// line is ignored.
func Read(source string) (Set, error) {
	beside, err := readFile(Path(source))
	if err != nil {
		return nil, err
	}
	own, err := readFile(statePath(source))
	if err != nil {
		return nil, err
	}
	return merge(beside, own), nil
}

// merge returns the effect of the marks of two files, by their times.
func merge(beside, own []Mark) Set {
	set := Set{}
	for len(beside)+len(own) > 0 {
		from := &beside
		if len(beside) == 0 || len(own) > 0 && own[0].Time.Before(beside[0].Time) {
			from = &own
		}
		set.add((*from)[0])
		*from = (*from)[1:]
	}
	return set
}

// readFile reads the marks of one file, in its order; none if there is no file.
func readFile(path string) (list []Mark, err error) {
	text, err := disk.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || path == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parse(path, text)
}

// parse reads the marks in the text of a file.
func parse(path string, text []byte) (list []Mark, err error) {
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
	return list, nil
}

func (m *Mark) check() error {
	switch m.Mark {
	case Relabel:
		if m.Label == "" {
			return errors.New("a mark that relabels has no label")
		}
	case Exclude, Keep, Note, Clear:
	default:
		return fmt.Errorf("unknown mark %q; available: %s", m.Mark, strings.Join([]string{Relabel, Exclude, Keep, Note, Clear}, ", "))
	}
	if m.GUID == "" {
		return errors.New("a mark has no guid")
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

// Append appends marks to a source's file in one write, so concurrent writers never mix lines. If the source is read-only, the
// marks go to the user's state folder. Once the source can be written to, those of the state folder move into its file, before the new
// marks. It returns the path of the file that it wrote. After an error, no mark of the list is in a file.
func Append(source string, list ...Mark) (path string, err error) {
	text, err := lines(list)
	if err != nil {
		return "", err
	}
	path, own := Path(source), statePath(source)
	err = appendTo(path, func(beside []byte) ([]byte, error) {
		moved, err := moving(path, beside, own)
		return append(moved, text...), err
	})
	switch {
	case err == nil && own != "":
		_ = disk.Remove(own) // if it stays, its marks have no further effect
	case disk.ReadOnly(err) && own != "":
		path = own
		if err = disk.MkdirAll(filepath.Dir(path)); err == nil {
			err = appendTo(path, func([]byte) ([]byte, error) { return text, nil })
		}
	}
	if err != nil {
		return "", disk.Explain("save the marks", err)
	}
	return path, nil
}

// lines returns the lines of marks.
func lines(list []Mark) (text []byte, err error) {
	for _, m := range list {
		if err := m.check(); err != nil {
			return nil, err
		}
		line, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		text = append(append(text, line...), '\n')
	}
	return text, nil
}

// moving returns the lines that give the examples marked in the user's state folder the states that Read finds, in a file of which the
// text beside is known. Where a process that moved them has been killed before it removed them, no line is left to move.
func moving(path string, beside []byte, own string) (text []byte, err error) {
	ours, err := readFile(own)
	if err != nil || len(ours) == 0 {
		return nil, err
	}
	theirs, err := parse(path, beside)
	if err != nil {
		return nil, err
	}
	before, after := merge(theirs, nil), merge(theirs, ours)
	var list []Mark
	done := map[string]bool{}
	for _, m := range ours {
		state, marked := after[m.GUID]
		earlier, was := before[m.GUID]
		if done[m.GUID] || state == earlier && marked == was {
			continue
		}
		done[m.GUID] = true
		for _, moved := range state.Marks(m.GUID) {
			moved.Time = ours[len(ours)-1].Time
			list = append(list, moved)
		}
	}
	return lines(list)
}

// appendTo appends whole lines to a file: those that add returns for its text. It cuts off a part of a line at its end, which a full disk
// or a lost process left, and what it could not write whole itself. Its lock keeps other writers from cutting a line that is being
// written.
func appendTo(path string, add func(text []byte) ([]byte, error)) error {
	file, err := disk.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOLCK) {
		return disk.Explain("lock "+path, err)
	}
	whole, err := disk.ReadFile(path)
	if err != nil {
		return err
	}
	end := int64(bytes.LastIndexByte(whole, '\n') + 1)
	text, err := add(whole[:end])
	if err != nil {
		return err
	}
	if end < int64(len(whole)) {
		if err := file.Truncate(end); err != nil {
			return err
		}
	}
	if _, err = file.Write(text); err == nil {
		err = file.Sync()
	}
	if err != nil {
		return errors.Join(err, file.Truncate(end))
	}
	return nil
}

// statePath returns the path of the marks in the user's state folder, or "" without a home.
func statePath(source string) string { return disk.StatePath("marks", Path(source)) }
