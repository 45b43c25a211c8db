// Package packed reads and writes files that are packed with gzip or zstd.
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

// window is how far back packed text may refer, in bytes: what the zstd program allows too unless told otherwise.
const window = 128 << 20

// Is says whether content is packed, by how it begins.
func Is(content []byte) bool {
	return bytes.HasPrefix(content, []byte(gzipMagic)) || bytes.HasPrefix(content, []byte(zstdMagic))
}

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// Unpack gives the text of packed content, by how it begins, and other content as it is. What is wrong is a
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
		return "", fault.At(name, 0, fmt.Sprintf("packed with %s, and damaged or cut off (%v); fetch it or pack it again (%s -t tests it)", kind, err, kind))
	}
	return text.String(), nil
}

// Writer packs what is written to a file of that name as its ending says (.gz, .zst; others: not at all). Closing ends the
// packed text, and leaves the file open.
func Writer(w io.Writer, name string) (io.WriteCloser, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".gz":
		return gzip.NewWriter(w), nil
	case ".zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return plain{w}, nil
}

// plain is a writer that has nothing to end.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }
