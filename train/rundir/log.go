package rundir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"ftft/internal/disk"
)

// Log writes events.jsonl. It may be used from several goroutines; two processes must not write the same log
// (see Lock).
type Log struct {
	mutex   sync.Mutex
	file    *disk.File
	size    int64 // of the whole lines: where the next one begins
	torn    bool  // a failed write may have left a part of a line after size
	seq     int64
	attempt int
}

// OpenLog opens a run's log for appending, or creates it. A torn last line, which a killed writer may have left, is
// cut off, and seq goes on from the last whole line. Attempt 0 means one more than the log's last; an attempt
// smaller than the log's last is an error.
func OpenLog(dir Dir, attempt int) (*Log, error) {
	file, err := disk.OpenFile(dir.Events(), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o666)
	if err != nil {
		return nil, disk.Explain("open the log", err)
	}
	l := &Log{file: file, attempt: attempt}
	if err := l.goToEnd(); err != nil {
		file.Close()
		return nil, disk.Explain("open the log", err)
	}
	return l, nil
}

// goToEnd finds the last whole line, cuts what follows it, and takes seq and attempt from it.
func (l *Log) goToEnd() error {
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	line, end, err := lastLine(l.file, info.Size())
	if err != nil {
		return err
	}
	var last Event
	if line != nil {
		if err := json.Unmarshal(line, &last); err != nil {
			return fmt.Errorf("%s: the line that ends at byte %d is not an event (%w): remove it, or the run", l.file.Name(), end, err)
		}
	}
	switch {
	case l.attempt == 0:
		l.attempt = last.Attempt + 1
	case l.attempt < last.Attempt:
		return fmt.Errorf("%s: attempt %d has been followed by attempt %d already", l.file.Name(), l.attempt, last.Attempt)
	}
	l.seq, l.size, l.torn = last.Seq, end, info.Size() > end
	return l.mend()
}

// lastLine gives the last line of file that ends in a newline, nil if there is none, and the byte after it.
func lastLine(file *disk.File, size int64) (line []byte, end int64, err error) {
	for length := min(size, 1<<16); ; length = min(size, 2*length) {
		tail := make([]byte, length)
		if _, err := file.ReadAt(tail, size-length); err != nil {
			return nil, 0, err
		}
		last := bytes.LastIndexByte(tail, '\n')
		before := bytes.LastIndexByte(tail[:max(last, 0)], '\n')
		switch {
		case before >= 0, last >= 0 && length == size:
			return tail[before+1 : last], size - length + int64(last) + 1, nil
		case length == size:
			return nil, 0, nil
		}
	}
}

// mend cuts off a part of a line.
func (l *Log) mend() error {
	if !l.torn {
		return nil
	}
	if err := l.file.Truncate(l.size); err != nil {
		return err
	}
	l.torn = false
	return nil
}

// Attempt is the number that the log's events bear.
func (l *Log) Attempt() int { return l.attempt }

// Append writes one event in one write. After an error, such as a full disk's, the log holds no part of it and can
// be appended to again. Checkpoints, epochs and finishes are forced to the disk.
func (l *Log) Append(step int, body Body) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	event := Event{Seq: l.seq + 1, Attempt: l.attempt, Time: time.Now().UTC(), Step: step, Body: body}
	line, err := event.MarshalJSON()
	if err != nil {
		return fmt.Errorf("append to %s: %w", l.file.Name(), err)
	}
	if err := l.write(append(line, '\n')); err != nil {
		return disk.Explain("append to the log", err)
	}
	l.seq++
	switch body.(type) {
	case *Checkpoint, *Epoch, *Finish:
		if err := l.file.Sync(); err != nil {
			return disk.Explain("append to the log", err)
		}
	}
	return nil
}

func (l *Log) write(line []byte) error {
	if err := l.mend(); err != nil {
		return err
	}
	if n, err := l.file.Write(line); err != nil {
		l.torn = n > 0
		_ = l.mend() // or else before the next line
		return err
	}
	l.size += int64(len(line))
	return nil
}

// Sync forces the log to the disk, as before a checkpoint: what it says up to there must not be lost behind it. It gives how
// long the log is.
func (l *Log) Sync() (bytes int64, err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.file.Sync(); err != nil {
		return 0, disk.Explain("sync the log", err)
	}
	return l.size, nil
}

// Answer logs what was done about a request and removes it from control/.
func (l *Log) Answer(dir Dir, step int, request Request, answer string) error {
	if err := l.Append(step, &Control{ID: request.ID, Action: request.Action, Answer: answer}); err != nil {
		return err
	}
	return dir.Forget(request)
}

// Close forces the log to the disk and closes it.
func (l *Log) Close() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	err := l.file.Sync()
	if closing := l.file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return disk.Explain("close the log", err)
	}
	return nil
}
