package rundir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// Log writes events.jsonl. It is safe for concurrent use. Two processes must not write the same log; see Lock.
type Log struct {
	mutex   sync.Mutex
	file    *disk.File
	size    int64 // of the complete lines; the next one begins there
	torn    bool  // a failed write may have left a partial line after size
	seq     int64
	attempt int
}

// OpenLog opens a run's log for appending, or creates it. It cuts off a partial last line, which a killed process may have left, and
// continues seq from the last complete line. Attempt 0 means one more than the log's last; an attempt smaller than the log's last is
// an error.
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

// goToEnd finds the last complete line, cuts off what follows it, and continues its seq and attempt.
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
			return fault.At(l.file.Name(), 0, fmt.Sprintf("its last line is not an event: %s: remove that line, or the run", reasonOf(line)))
		}
	}
	switch {
	case l.attempt == 0:
		l.attempt = last.Attempt + 1
	case l.attempt < last.Attempt:
		return fault.At(l.file.Name(), 0, fmt.Sprintf("attempt %d came after attempt %d", last.Attempt, l.attempt))
	}
	l.seq, l.size, l.torn = last.Seq, end, info.Size() > end
	return l.mend()
}

// lastLine returns the last line of file that ends in a newline, nil if there is none, and the offset after it.
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

// mend cuts off a partial line.
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

// Attempt returns the attempt number of the events that this Log writes.
func (l *Log) Attempt() int { return l.attempt }

// Append writes one event in a single write. After an error, such as a full disk, the log has no part of the event, and Append may be
// called again. Checkpoint, Epoch, Finish and Heartbeat events are synced to the disk: other hosts judge by the heartbeats whether the
// writer lives.
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
	case *Checkpoint, *Epoch, *Finish, *Heartbeat:
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
		_ = l.mend() // if it fails, the next write tries again
		return err
	}
	l.size += int64(len(line))
	return nil
}

// Sync syncs the log to the disk, such as before a checkpoint, which must not outlive the events before it. It returns the log's
// length.
func (l *Log) Sync() (bytes int64, err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.file.Sync(); err != nil {
		return 0, disk.Explain("sync the log", err)
	}
	return l.size, nil
}

// Answer logs the answer to a request and removes the request from control/.
func (l *Log) Answer(dir Dir, step int, request Request, answer string) error {
	if err := l.Append(step, &Control{ID: request.ID, Action: request.Action, Answer: answer}); err != nil {
		return err
	}
	return dir.Forget(request)
}

// Close syncs the log to the disk and closes it.
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
