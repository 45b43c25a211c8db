package rundir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"ftft/internal/disk"
	"ftft/internal/input"
)

const (
	briefHead = 4 << 10  // read of a log's beginning
	briefTail = 16 << 10 // read of its end at first
	briefMost = 1 << 20  // read of its end at most
)

// ReadBrief reads the beginning and the end of a log, for lists of many runs. The Record has the start, the latest totals, the
// evaluations at the last and at the best step, and the status. It has no losses and no totals by step, and other events only by
// chance. ok is false if these parts do not suffice, such as for a run that was resumed: then use ReadSparse. A run without a log
// has an empty Record.
func ReadBrief(dir Dir) (r Record, ok bool, err error) {
	file, err := disk.Open(dir.Events())
	if errors.Is(err, fs.ErrNotExist) {
		return r, true, nil
	}
	if err != nil {
		return r, false, input.Unreadable(dir.Events(), err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return r, false, input.Unreadable(dir.Events(), err)
	}
	start, ok, err := briefStart(file, info)
	for size := int64(briefTail); ok && err == nil && size <= briefMost; size *= 4 {
		b := brief{}
		if err = b.readEnd(file, info, size); err != nil {
			break
		}
		if b.done(start) {
			return b.record(start), true, nil
		}
		if b.broken || size >= info.Size() {
			break
		}
	}
	if err != nil {
		err = input.Unreadable(dir.Events(), err)
	}
	return r, false, err
}

// ReadSparse reads a whole log, for lists. Of step events that follow each other it reads only the last, so that its time hardly grows
// with the steps: the Record has no losses and no totals by step. Beside a *Corrupt error it holds the events that could be read.
func ReadSparse(dir Dir) (Record, error) {
	tail := OpenTail(dir)
	tail.sparse = true
	events, err := tail.all()
	var fold Fold
	fold.Add(events)
	fold.Record.Losses, fold.Record.Totals = nil, nil
	return fold.Record, err
}

// briefStart reads the first event, ok if it is a start.
func briefStart(file *disk.File, info os.FileInfo) (start Event, ok bool, err error) {
	head := make([]byte, min(info.Size(), briefHead))
	if _, err := file.ReadAt(head, 0); err != nil {
		return start, false, err
	}
	end := bytes.IndexByte(head, '\n')
	if end < 0 || start.UnmarshalJSON(head[:end]) != nil {
		return start, false, nil
	}
	_, ok = start.Body.(*Start)
	return start, ok, nil
}

// brief holds the last events of a log, the last one first.
type brief struct {
	events []Event
	broken bool // a line is not an event, or another attempt begins
	step   bool // the last step event has been read
	finish *Finish
	last   evaluated // the last evaluation
	best   evaluated // the best one, if the run has finished and names it
}

// evaluated tells how much of an evaluation has been read: one event for each set, after a step event.
type evaluated struct{ some, all bool }

// readEnd reads the last size bytes, from the last line to the first one that is complete.
func (b *brief) readEnd(file *disk.File, info os.FileInfo, size int64) error {
	from := max(info.Size()-size, 0)
	tail := make([]byte, info.Size()-from)
	if _, err := file.ReadAt(tail, from); err != nil {
		return err
	}
	first := 0
	if from > 0 {
		first = bytes.IndexByte(tail, '\n') + 1
	}
	tail = tail[:bytes.LastIndexByte(tail, '\n')+1] // a partial last line counts as the end of the file
	for end := len(tail); end > first && !b.broken; {
		begin := max(bytes.LastIndexByte(tail[:end-1], '\n')+1, first)
		b.add(tail[begin:end])
		end = begin
	}
	return nil
}

// kindOf returns the key of a kind as this package writes it. Lines of other writers are decoded to learn their kind.
func kindOf(kind string) []byte { return []byte(`"kind":"` + kind + `"`) }

var (
	stepKind, evaluationKind, heartbeatKind = kindOf("step"), kindOf("evaluation"), kindOf("heartbeat")
	otherKinds                              = [][]byte{kindOf("epoch"), kindOf("checkpoint")}
)

// add adds the line before those added so far. It decodes what a list shows, which is little of a log.
func (b *brief) add(line []byte) {
	if bytes.Contains(line, stepKind) {
		b.last.all, b.best.all = b.last.some, b.best.some
		if b.step {
			return
		}
	}
	if len(b.events) > 0 && (bytes.Contains(line, heartbeatKind) || b.passes(line)) {
		return
	}
	var event Event
	if err := event.UnmarshalJSON(line); err != nil {
		b.broken = true
		return
	}
	switch body := event.Body.(type) {
	case *Steps:
		b.step = true
	case *Finish:
		if b.finish == nil {
			b.finish = body
		}
	case *Evaluation:
		b.last.some = true
		b.best.some = b.best.some || b.finish != nil && event.Step == b.finish.BestStep
	case *Resume:
		b.broken = true
	}
	b.events = append(b.events, event)
}

// passes reports whether a line is of an epoch, a checkpoint, or an evaluation that is neither the last nor the best.
func (b *brief) passes(line []byte) bool {
	if slices.ContainsFunc(otherKinds, func(kind []byte) bool { return bytes.Contains(line, kind) }) {
		return true
	}
	if !b.last.all || !bytes.Contains(line, evaluationKind) {
		return false
	}
	return b.finish == nil || !bytes.Contains(line, fmt.Appendf(nil, `"step":%d,`, b.finish.BestStep))
}

// done reports whether the events read suffice for a record of a run that began with start.
func (b *brief) done(start Event) bool {
	if b.broken || len(b.events) == 0 || b.events[0].Attempt != start.Attempt {
		return false
	}
	if b.events[len(b.events)-1].Seq == start.Seq {
		return true // the whole log
	}
	hasBest := b.finish != nil && b.finish.BestStep > 0
	return b.step && b.last.all && (b.best.all || !hasBest)
}

// record returns the events folded.
func (b *brief) record(start Event) Record {
	var fold Fold
	if last := len(b.events) - 1; b.events[last].Seq == start.Seq {
		b.events = b.events[:last]
	}
	events := []Event{start}
	for i := len(b.events) - 1; i >= 0; i-- {
		events = append(events, b.events[i])
	}
	fold.Add(events)
	r := fold.Record
	r.Losses, r.Totals = nil, nil
	return r
}
