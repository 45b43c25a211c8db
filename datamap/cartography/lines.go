package cartography

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"

	"github.com/valyala/fastjson"
)

// lines is the text of a file, without a byte order mark and without the line breaks at its end, cut into blocks.
type lines struct {
	path     string
	text     io.ReaderAt
	from, to int64
	block    int64 // bytes in a block; the lines that begin in it make a chunk
	close    func() error
}

// openLines opens a file. Packed files and those in UTF-16 are read into memory.
func openLines(path string) (*lines, error) {
	file, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	l := &lines{path: path, text: file, block: 1 << 19, close: file.Close}
	info, err := file.Stat()
	head := make([]byte, 1<<12)
	if err == nil {
		l.to = info.Size()
		n, _ := file.ReadAt(head, 0)
		head = head[:n]
	}
	if err != nil || input.Recognise(head) != "" {
		file.Close()
		text, err := read(path)
		if err != nil {
			return nil, err
		}
		l.text, l.to, l.close = strings.NewReader(text), int64(len(text)), func() error { return nil }
		head = nil
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

// read returns a file's text without a byte order mark, unpacked if it is packed. A line may still be no UTF-8, which is its own
// fault.
func read(path string) (string, error) {
	text, err := input.Content(path)
	if err == nil && input.Recognise([]byte(text[:min(len(text), 1<<12)])) != "" {
		text, err = input.Text(path, text)
	}
	return strings.TrimPrefix(text, "\ufeff"), err
}

// trim excludes the line breaks at the end of the text.
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

// read returns a part of the text. It reuses the buffer if that is large enough.
func (l *lines) read(buffer []byte, from, to int64) ([]byte, error) {
	buffer = slices.Grow(buffer[:0], int(to-from))[:to-from]
	n, err := l.text.ReadAt(buffer, from)
	if n == len(buffer) {
		return buffer, nil
	}
	if err == io.EOF {
		err = fmt.Errorf("%s: the file shrank while it was read", l.path)
	}
	return nil, err
}

func (l *lines) blocks() int { return int((l.to - l.from + l.block - 1) / l.block) }

// longestLine is more than a record of any number of classes takes, in bytes.
const longestLine = 4 << 20

// linesOf returns the lines that begin in a block. They are part of the buffer, which is returned for reuse.
func (l *lines) linesOf(block int, buffer []byte) (text, reusable []byte, err error) {
	start := l.from + int64(block)*l.block
	end := min(start+l.block, l.to)
	from := max(start-1, l.from) // the byte before shows whether a line begins at start
	for more := int64(1 << 12); ; more *= 2 {
		if more > longestLine {
			return nil, buffer, fault.At(l.path, 0, fmt.Sprintf("a line of more than %s, which is no record", input.Size(longestLine)))
		}
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

// epochParser parses a file's lines in parallel.
type epochParser struct {
	*lines
	key     string // the JSON key of the logits
	classes int    // 0 = as in the first record of each chunk
	numbers bool   // whether most guids are JSON numbers; set for a first epoch that is read leniently
	rows    *index
	labels  []string // the class names, or nil
	lenient bool     // continue after a line that holds no record
	err     error    // the error that ended chunks
}

// openEpoch opens a file to be parsed for a reader. classes is the number of classes of the first epoch, 0 before it.
func openEpoch(path string, epoch, classes int, r *reader) (*epochParser, error) {
	l, err := openLines(path)
	if err != nil {
		return nil, err
	}
	p := &epochParser{lines: l, key: fmt.Sprintf("logits_epoch_%d", epoch), rows: r.rows, lenient: r.lenient, labels: r.labels}
	if p.lenient { // otherwise one ragged record could decide for its whole chunk
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

// commonShape determines the number of logits and the type of guid that most of the first records have.
func (p *epochParser) commonShape() error {
	type shape struct {
		classes int
		numbers bool
	}
	counts := map[shape]int{}
	var best shape
	var parser fastjson.Parser
	var buffer []byte
	for block := range p.blocks() {
		text, reusable, err := p.linesOf(block, buffer)
		if err != nil {
			return err
		}
		buffer = reusable
		for line := range bytes.Lines(text) {
			c := chunk{labels: p.labels}
			if c.record(&parser, bytes.TrimSuffix(line, []byte("\n")), p.key) != "" {
				continue
			}
			s := shape{c.classes, c.numbers[0]}
			if counts[s]++; counts[s] > counts[best] {
				best = s
			}
		}
		if counts[best] > 0 {
			break
		}
	}
	p.classes, p.numbers = best.classes, best.numbers
	return nil
}

// chunks yields each chunk with the number of lines before it. It stops after a chunk that was not parsed to its end. A chunk
// is valid until the next one is yielded.
func (p *epochParser) chunks(yield func(int, *chunk) bool) {
	type slot struct {
		chunk
		parser fastjson.Parser
		buffer []byte
		err    error
	}
	line := 0
	inOrder(p.blocks(), func(block int, at *slot) {
		at.reset(p.classes, p.labels)
		var text []byte
		if text, at.buffer, at.err = p.linesOf(block, at.buffer); at.err == nil {
			at.parse(&at.parser, text, p.key, p.rows, p.lenient)
		}
	}, func(at *slot) bool {
		if p.err = at.err; p.err != nil || !yield(line, &at.chunk) || at.stopped {
			return false
		}
		line += int(at.lines)
		return true
	})
}
