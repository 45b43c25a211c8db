package cartography

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	"ftft/internal/packed"

	"github.com/valyala/fastjson"
)

// lines are those of a file, without a byte order mark and without the line ends behind the last.
type lines struct {
	path     string
	text     io.ReaderAt
	from, to int64
	block    int64 // bytes of text, of which the lines that begin there make a chunk
	close    func() error
}

func openLines(path string) (*lines, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	l := &lines{path: path, text: file, block: 1 << 19, close: file.Close}
	info, err := file.Stat()
	head := make([]byte, 4)
	if err == nil && info.Mode().IsRegular() {
		l.to = info.Size()
		n, _ := file.ReadAt(head, 0)
		head = head[:n]
	}
	if err != nil || !info.Mode().IsRegular() || packed.Is(head) {
		file.Close()
		text, err := read(path)
		if err != nil {
			return nil, err
		}
		l.text, l.to, l.close = bytes.NewReader(text), int64(len(text)), func() error { return nil }
		head = text[:min(len(text), 4)]
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		l.from = 3
	}
	if err := l.trim(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// read gives a file's text, unpacked where it is packed.
func read(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil || !packed.Is(text) {
		return text, err
	}
	unpacked, err := packed.Unpack(path, string(text))
	return []byte(unpacked), err
}

// trim leaves the line ends out that the text ends in.
func (l *lines) trim() error {
	for l.to > l.from {
		tail, err := l.read(nil, max(l.from, l.to-1<<12), l.to)
		if err != nil {
			return err
		}
		kept := len(bytes.TrimRight(tail, "\r\n"))
		l.to -= int64(len(tail) - kept)
		if kept > 0 {
			break
		}
	}
	return nil
}

// read gives a part of the text, in a buffer that it uses again or replaces.
func (l *lines) read(buffer []byte, from, to int64) ([]byte, error) {
	buffer = slices.Grow(buffer[:0], int(to-from))[:to-from]
	n, err := l.text.ReadAt(buffer, from)
	if n == len(buffer) {
		return buffer, nil
	}
	if err == io.EOF {
		err = fmt.Errorf("%s: the file has become shorter while it was read", l.path)
	}
	return nil, err
}

func (l *lines) blocks() int { return int((l.to - l.from + l.block - 1) / l.block) }

// in gives the lines that begin in a block; they are part of the buffer, which is given back for the next.
func (l *lines) in(block int, buffer []byte) (text, all []byte, err error) {
	start := l.from + int64(block)*l.block
	end := min(start+l.block, l.to)
	from := max(start-1, l.from) // the byte before tells whether a line begins at the start
	for more := int64(1 << 12); ; more *= 2 {
		to := min(end+more, l.to)
		if buffer, err = l.read(buffer, from, to); err != nil {
			return nil, buffer, err
		}
		begin := 0
		if block > 0 {
			begin = bytes.IndexByte(buffer[:end-from], '\n') + 1
			if begin == 0 || begin == int(end-from) {
				return nil, buffer, nil
			}
		}
		last := int(end - from - 1)
		switch at := bytes.IndexByte(buffer[last:], '\n'); {
		case at >= 0:
			return buffer[begin : last+at+1], buffer, nil
		case to == l.to:
			return buffer[begin:], buffer, nil
		}
	}
}

// parsing parses a file's lines in parallel.
type parsing struct {
	*lines
	key     string // of the logits
	classes int    // 0 = what the first record of each chunk has
	numbers bool   // of a first epoch that is read leniently: most guids are numbers
	rows    *index
	lenient bool  // a chunk goes on behind a line that is no record
	err     error // that ended it
}

// openEpoch opens a file to be parsed. classes are those of the first epoch, 0 before it.
func openEpoch(path string, epoch, classes int, rows *index, lenient bool) (*parsing, error) {
	l, err := openLines(path)
	if err != nil {
		return nil, err
	}
	p := &parsing{lines: l, key: fmt.Sprintf("logits_epoch_%d", epoch), rows: rows, lenient: lenient}
	if lenient { // or else a ragged record would make the rest of its chunk look so
		if p.classes = classes; classes == 0 {
			err = p.commonShape()
		}
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return p, nil
}

// commonShape takes the number of logits and the kind of guid that most of the first records have.
func (p *parsing) commonShape() error {
	type shape struct {
		classes int
		numbers bool
	}
	counts := map[shape]int{}
	var best shape
	var parser fastjson.Parser
	var buffer []byte
	for block := range p.blocks() {
		text, all, err := p.in(block, buffer)
		if err != nil {
			return err
		}
		buffer = all
		for line := range bytes.Lines(text) {
			var c chunk
			if c.record(&parser, bytes.TrimSuffix(line, []byte("\n")), p.key) != "" {
				continue
			}
			own := shape{c.classes, c.numbers[0]}
			if counts[own]++; counts[own] > counts[best] {
				best = own
			}
		}
		if counts[best] > 0 {
			break
		}
	}
	p.classes, p.numbers = best.classes, best.numbers
	return nil
}

// chunks gives each chunk with the number of lines before it, and none behind one that was not parsed to its end. A chunk
// holds what it does until the next is asked for.
func (p *parsing) chunks(yield func(int, *chunk) bool) {
	type place struct {
		chunk
		parser fastjson.Parser
		buffer []byte
		err    error
	}
	line := 0
	inOrder(p.blocks(), func(block int, at *place) {
		at.reset(p.classes)
		var text []byte
		if text, at.buffer, at.err = p.in(block, at.buffer); at.err == nil {
			at.parse(&at.parser, text, p.key, p.rows, p.lenient)
		}
	}, func(at *place) bool {
		if p.err = at.err; p.err != nil || !yield(line, &at.chunk) || at.stopped {
			return false
		}
		line += int(at.lines)
		return true
	})
}
