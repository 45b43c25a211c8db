package cartography

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"

	"ftft/datamap/packed"

	"github.com/valyala/fastjson"
)

// lines are those of a file, without a byte order mark and without the line ends behind the last.
type lines struct {
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
	l := &lines{text: file, block: 1 << 19, close: file.Close}
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
		err = io.ErrUnexpectedEOF // it has become shorter
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
			p.firstClasses()
		}
	}
	return p, nil
}

// firstClasses takes the number of logits that the first record has.
func (p *parsing) firstClasses() {
	var parser fastjson.Parser
	var buffer []byte
	for block := range p.blocks() {
		text, all, err := p.in(block, buffer)
		buffer = all
		if err != nil {
			p.err = err
			return
		}
		for line := range bytes.Lines(text) {
			var c chunk
			if c.record(&parser, bytes.TrimSuffix(line, []byte("\n")), p.key) == "" {
				p.classes = c.classes
				return
			}
		}
	}
}

// chunks gives each chunk with the number of lines before it, and none behind one that was not parsed to its end. A chunk
// holds what it does until the next is asked for.
func (p *parsing) chunks(yield func(int, *chunk) bool) {
	blocks := p.blocks()
	workers := min(2*runtime.GOMAXPROCS(0), blocks)
	ready, used := make([]chan *chunk, workers), make([]chan struct{}, workers)
	quit := make(chan struct{})
	var wait sync.WaitGroup
	defer wait.Wait()
	defer close(quit)
	for w := range workers {
		ready[w], used[w] = make(chan *chunk), make(chan struct{})
		wait.Go(func() { p.work(w, workers, blocks, ready[w], used[w], quit) })
	}
	line := 0
	for block := range blocks {
		c := <-ready[block%workers]
		if p.err = c.err; p.err != nil || !yield(line, c) || c.stopped {
			return
		}
		line += int(c.lines)
		used[block%workers] <- struct{}{}
	}
}

// work parses every so-manieth block, each into the chunk of the last one when that is used up.
func (p *parsing) work(first, step, blocks int, ready chan<- *chunk, used <-chan struct{}, quit <-chan struct{}) {
	var parser fastjson.Parser
	var buffer, text []byte
	c := &chunk{}
	for block := first; block < blocks; block += step {
		c.reset(p.classes)
		if text, buffer, c.err = p.in(block, buffer); c.err == nil {
			c.parse(&parser, text, p.key, p.rows, p.lenient)
		}
		select {
		case ready <- c:
		case <-quit:
			return
		}
		select {
		case <-used:
		case <-quit:
			return
		}
	}
}
