// Package packed reads and writes files packed with gzip or zstd. It imports only internal/fault. Begin with Unpack and Writer.
package packed

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"ftft/internal/fault"
)

// window is the greatest distance of a back reference in zstd, in bytes. The zstd program has the same default.
const window = 128 << 20

// Is reports whether content is packed, by its first bytes.
func Is(content []byte) bool {
	return bytes.HasPrefix(content, []byte(gzipMagic)) || bytes.HasPrefix(content, []byte(zstdMagic))
}

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// Unpack returns the text of packed content, recognised by its first bytes, and other content unchanged. Damaged content is a
// *fault.Bad.
func Unpack(name, content string) (string, error) {
	var from io.Reader
	var err error
	kind := ""
	switch {
	case strings.HasPrefix(content, gzipMagic):
		kind = "gzip"
		from, err = gzip.NewReader(strings.NewReader(content))
	case strings.HasPrefix(content, zstdMagic):
		kind = "zstd"
		decoder, wrong := zstd.NewReader(strings.NewReader(content), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		if wrong == nil {
			defer decoder.Close()
		}
		from, err = decoder, wrong
	default:
		return content, nil
	}
	var text strings.Builder
	if err == nil {
		_, err = io.Copy(&text, from)
	}
	if err != nil {
		return "", fault.At(name, 0, fmt.Sprintf("packed with %s, but damaged or truncated (%v); fetch it or pack it again (%s -t tests it)",
			kind, err, kind))
	}
	return text.String(), nil
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
