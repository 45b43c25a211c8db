// Package packed reads and writes files packed with gzip or zstd. It imports nothing of the project. Begin with Reader and Writer.
package packed

import (
	"bufio"
	"bytes"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Window is the greatest distance of a back reference in zstd that is read, in bytes. The zstd program has the same default.
const Window = 128 << 20

// Is reports whether content is packed, by its first bytes.
func Is(content []byte) bool {
	return bytes.HasPrefix(content, []byte(gzipMagic)) || bytes.HasPrefix(content, []byte(zstdMagic))
}

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// Reader returns a reader of what content unpacks to, and the name of the packing. Content must begin as Is describes. Close
// releases the decoder and leaves content open.
func Reader(content io.Reader) (from io.ReadCloser, kind string, err error) {
	buffered := bufio.NewReader(content)
	first, err := buffered.Peek(len(zstdMagic))
	if err != nil && err != io.EOF {
		return nil, "", err
	}
	if !strings.HasPrefix(string(first), zstdMagic) {
		from, err = gzip.NewReader(buffered)
		return from, "gzip", err
	}
	decoder, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(Window))
	if err != nil {
		return nil, "zstd", err
	}
	return decoder.IOReadCloser(), "zstd", nil
}

// Writer returns a writer that packs according to the extension of a file name (.gz, .zst; others: not at all). Close ends the
// packed text and leaves w open.
func Writer(w io.Writer, name string) (io.WriteCloser, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".gz":
		return gzip.NewWriter(w), nil
	case ".zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return plain{w}, nil
}

// plain is a writer without packing.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }
