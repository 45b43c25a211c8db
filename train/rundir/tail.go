package rundir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/input"
)

const (
	pollBytes = 1 << 18  // read at a time
	lineBytes = 16 << 20 // the longest line that a log may hold
)

// Tail follows a log that another process may be writing. It keeps no file open between polls.
type Tail struct {
	path     string
	offset   int64       // of the first byte that Poll has not read
	line     int         // number of lines before it
	file     fs.FileInfo // of the file read so far; nil before the first
	restarts int
	sparse   bool // of step events that follow each other, only the last is read
}

// OpenTail returns a Tail at the log's beginning. The log need not exist yet.
func OpenTail(dir Dir) *Tail { return &Tail{path: dir.Events()} }

// Restarts returns how often Poll has found the log shortened or replaced. When this number grows, Poll has begun again at the first
// line, and the events before it are void.
func (t *Tail) Restarts() int { return t.restarts }

// AtEnd reports whether the log, by its size and modification time, has nothing that Poll has not returned. It does not open the log.
func (t *Tail) AtEnd() bool {
	info, err := os.Stat(t.path)
	return err == nil && t.file != nil && info.Size() == t.offset && info.Size() == t.file.Size() &&
		info.ModTime().Equal(t.file.ModTime()) && os.SameFile(t.file, info)
}

// Corrupt is the error of a log's line that is not an event.
type Corrupt struct{ Err *fault.Bad }

func (c *Corrupt) Error() string { return c.Err.Error() }

func (c *Corrupt) Unwrap() error { return c.Err }

// corrupt returns the error of a line of a log, counted from 1, that is not an event for a reason.
func corrupt(path string, line int, reason string) *Corrupt {
	return &Corrupt{fault.At(path, line, "not an event: "+reason)}
}

// reasonOf returns why a line is not an event.
func reasonOf(line []byte) string {
	if err := fault.DecodeJSON("", line, new(Event)); err != nil {
		return fault.Message(err)
	}
	return "it changed while it was read"
}

// Poll returns the events written since the last call, superseded ones included (see Current). It does not wait: a partial line counts
// as the end of the file. It reads at most about 256 KiB, more only to complete one line, so a long log takes several calls: call again
// as long as it returns events. It skips lines that are not events and reports the first as *Corrupt; the events beside an error are
// valid.
func (t *Tail) Poll() ([]Event, error) {
	events, _, err := t.poll()
	return events, err
}

// poll is Poll; advanced reports whether it has read any line, so that another call may return more.
func (t *Tail) poll() (events []Event, advanced bool, err error) {
	file, err := disk.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, input.Unreadable(t.path, err)
	}
	defer file.Close()
	if err := t.begin(file); err != nil {
		return nil, false, input.Unreadable(t.path, err)
	}
	if t.file.Size() == t.offset {
		return nil, false, nil
	}
	lines, err := t.lines(file)
	if err != nil {
		return nil, false, input.Unreadable(t.path, err)
	}
	var failed error
	read := func(line []byte, number int) {
		var event Event
		if err := json.Unmarshal(line, &event); err == nil {
			events = append(events, event)
		} else if failed == nil {
			failed = corrupt(t.path, number, reasonOf(line))
		}
	}
	var step []byte // the line before, if it is a step event and they are sparse
	for line := range bytes.Lines(lines) {
		if step != nil && !bytes.Contains(line, stepKind) {
			read(step, t.line)
			step = nil
		}
		t.line++
		t.offset += int64(len(line))
		if t.sparse && bytes.Contains(line, stepKind) {
			step = line
			continue
		}
		read(line, t.line)
	}
	if step != nil {
		read(step, t.line)
	}
	return events, len(lines) > 0, failed
}

// begin goes back to the first line if the file is not the one read so far, or no longer has what was read.
func (t *Tail) begin(file *disk.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	same := t.file == nil || os.SameFile(t.file, info) && info.Size() >= t.offset
	if same && t.offset > 0 {
		var last [1]byte
		if _, err := file.ReadAt(last[:], t.offset-1); err != nil {
			return err
		}
		same = last[0] == '\n'
	}
	if !same {
		t.offset, t.line = 0, 0
		t.restarts++
	}
	t.file = info
	return nil
}

// lines reads complete lines from the offset: those within pollBytes, or a single longer one.
func (t *Tail) lines(file *disk.File) ([]byte, error) {
	for size := pollBytes; ; size *= 2 {
		buffer := make([]byte, size)
		n, err := file.ReadAt(buffer, t.offset)
		if err != nil && err != io.EOF {
			return nil, err
		}
		if end := bytes.LastIndexByte(buffer[:n], '\n'); end >= 0 {
			return buffer[:end+1], nil
		}
		if n < size {
			return nil, nil
		}
		if size >= lineBytes {
			return nil, corrupt(t.path, t.line+1, fmt.Sprintf("it is longer than %d bytes", lineBytes))
		}
	}
}

// ReadEvents returns a log's current events; see Current. A run without a log has none. Beside a *Corrupt error it returns the events
// that could be read.
func ReadEvents(dir Dir) ([]Event, error) {
	events, err := ReadLog(dir)
	return Current(events), err
}

// ReadLog returns all events of a log, superseded ones included, as ReadEvents returns the current ones.
func ReadLog(dir Dir) ([]Event, error) { return OpenTail(dir).all() }

// all returns the events from the tail's place to the log's end.
func (t *Tail) all() ([]Event, error) {
	var events []Event
	var failed error
	for {
		more, advanced, err := t.poll()
		events = append(events, more...)
		if failed == nil {
			failed = err
		}
		if !advanced {
			return events, failed
		}
	}
}
