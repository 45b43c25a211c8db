package input

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/packed"
)

// Limits of what packed content may become. Text packs to a third or a twentieth of its size; gzip can pack a run of one byte
// to a thousandth, and zstd to far less.
const (
	plausibleRatio = 200      // unpacked to packed bytes
	unsuspicious   = 64 << 20 // unpacked bytes that any file may have, whatever its ratio
)

// Unpack returns content that is packed with gzip or zstd unpacked, and other content unchanged. name is that of the file.
// Content that is damaged, takes more than half of Budget or is packed beyond what text can be is a *fault.Bad.
func Unpack(name, content string) (string, error) {
	if !packed.Is([]byte(content[:min(len(content), 4)])) {
		return content, nil
	}
	from, err := unpacker(name, strings.NewReader(content), int64(len(content)))
	if err != nil {
		return "", err
	}
	defer from.Close()
	return drain(name, "unpacks to ", from, Budget()/2)
}

// drain reads a stream of at most limit bytes. While it joins what it read, it takes twice as much memory. A longer stream is a
// *fault.Bad whose message begins with verb.
func drain(name, verb string, from io.Reader, limit int64) (string, error) {
	var blocks [][]byte
	var total int64
	for size := 1 << 16; ; size = min(2*size, 64<<20) {
		block := make([]byte, min(int64(size), limit-total+1))
		n, err := io.ReadFull(from, block)
		blocks = append(blocks, block[:n])
		if total += int64(n); total > limit {
			return "", fault.At(name, 0, fmt.Sprintf("%smore than %s, which do not fit into the memory of this machine; %s",
				verb, Size(limit), "read a part of it, or use a machine with more memory"))
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return "", err
		}
	}
	var text strings.Builder
	text.Grow(int(total))
	for i, block := range blocks {
		text.Write(block)
		blocks[i] = nil
	}
	return text.String(), nil
}

// Stream opens a regular file to be read once from start to end, and unpacks it if it is packed. It holds no more than a window
// of it in memory. Errors of opening and reading are *fault.Bad.
func Stream(path string) (io.ReadCloser, error) {
	file, err := Open(path)
	if err != nil {
		return nil, Unreadable(path, err)
	}
	first := make([]byte, 4)
	n, err := file.ReadAt(first, 0)
	info, wrong := file.Stat()
	if err == io.EOF {
		err = wrong
	}
	if err != nil {
		file.Close()
		return nil, Unreadable(path, err)
	}
	if !packed.Is(first[:n]) {
		return file, nil
	}
	from, err := unpacker(path, file, info.Size())
	if err != nil {
		file.Close()
		return nil, err
	}
	return streamed{from, file}, nil
}

// streamed is a packed file. Close closes both.
type streamed struct {
	io.ReadCloser
	file *os.File
}

func (s streamed) Close() error {
	s.ReadCloser.Close()
	return s.file.Close()
}

// unpacker returns a reader of packed content of the given size.
func unpacker(name string, content io.Reader, size int64) (io.ReadCloser, error) {
	from, kind, err := packed.Reader(content)
	if err != nil {
		return nil, damaged(name, kind, err)
	}
	return &ratioReader{ReadCloser: from, name: name, kind: kind, limit: max(unsuspicious, size*plausibleRatio)}, nil
}

func damaged(name, kind string, err error) error {
	return fault.At(name, 0, fmt.Sprintf("packed with %s, but damaged or truncated (%v); fetch it or pack it again (%s -t tests it)",
		kind, err, kind))
}

// ratioReader unpacks up to a limit. Its errors, other than the end, are *fault.Bad.
type ratioReader struct {
	io.ReadCloser
	name, kind string
	limit      int64 // bytes that may still come
	first      bool  // whether the first bytes have been looked at
}

func (r *ratioReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if !r.first && n > 0 {
		r.first = true
		if allZero(p[:n]) && n >= zeroRun {
			return 0, fault.At(r.name, 0, "unpacks to "+zeros)
		}
	}
	if r.limit -= int64(n); r.limit < 0 {
		return 0, fault.At(r.name, 0, fmt.Sprintf("unpacks to over %d times its size, which no text does; "+
			"if it is what you expect, unpack it with %s -d and read that", plausibleRatio, r.kind))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, damaged(r.name, r.kind, err)
	}
	return n, err
}
