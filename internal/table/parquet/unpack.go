package parquet

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"

	"ftft/internal/packed"
)

// Limits of what a packed page may become.
const (
	plausibleRatio = 1000     // unpacked to packed bytes
	unsuspicious   = 64 << 20 // unpacked bytes that any page may have, whatever its ratio
)

// checkCodec returns an error for a codec that is not supported, which pages without compression may have as well.
func checkCodec(codec format.CompressionCodec) error {
	switch codec {
	case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd, format.Lz4Raw:
		return nil
	}
	name := codec.String()
	if strings.HasSuffix(name, "(?)") {
		name = fmt.Sprintf("an unknown codec (%d)", codec)
	}
	return fmt.Errorf("a column is packed with %s, which is not supported; snappy, zstd, gzip, brotli and lz4_raw are", name)
}

// unpack decompresses a page that claims a size.
func unpack(body []byte, size int, codec format.CompressionCodec, budget *Budget) ([]byte, error) {
	if codec == format.Uncompressed {
		if len(body) != size {
			return nil, fmt.Errorf("a page of %d bytes that claims %d", len(body), size)
		}
		return body, nil
	}
	if size < 0 {
		return nil, fmt.Errorf("a page that claims %d bytes", size)
	}
	if size == 0 {
		return nil, nil
	}
	if size > unsuspicious && size/plausibleRatio > len(body) {
		return nil, fmt.Errorf("a page that unpacks to over %d times its size, which no data does", plausibleRatio)
	}
	if err := budget.Take(int64(size), 1); err != nil {
		return nil, err
	}
	data, err := decompress(body, size, codec)
	if err != nil {
		return nil, err
	}
	if len(data) != size {
		return nil, fmt.Errorf("a page that unpacks to %d bytes and claims %d", len(data), size)
	}
	return data, nil
}

// decompress returns at most size bytes and takes little more memory than that.
func decompress(body []byte, size int, codec format.CompressionCodec) ([]byte, error) {
	damaged := fmt.Errorf("a page whose %v data are damaged", codec)
	switch codec {
	case format.Snappy:
		if n, err := s2.DecodedLen(body); err != nil || n != size {
			return nil, damaged
		}
		if size/32 > len(body) { // a copy takes 2 or more bytes and gives at most 64
			return nil, damaged
		}
		data, err := s2.Decode(nil, body)
		if err != nil {
			return nil, damaged
		}
		return data, nil
	case format.Lz4Raw:
		if size/256 > len(body) { // a byte of a length is at most 255
			return nil, damaged
		}
		data := make([]byte, size)
		n, err := lz4.UncompressBlock(body, data)
		if err != nil {
			return nil, damaged
		}
		return data[:n], nil
	case format.Gzip:
		reader, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, damaged
		}
		return readAll(reader, size, damaged)
	case format.Brotli:
		return readAll(brotli.NewReader(bytes.NewReader(body)), size, damaged)
	case format.Zstd:
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(max(size, packed.Window))))
		if err != nil {
			return nil, damaged
		}
		defer decoder.Close()
		data, err := decoder.DecodeAll(body, make([]byte, 0, size))
		if err != nil || len(data) > size {
			return nil, damaged
		}
		return data, nil
	}
	return nil, checkCodec(codec)
}

// readAll reads a stream of at most size bytes.
func readAll(from io.Reader, size int, damaged error) ([]byte, error) {
	data := make([]byte, size)
	if _, err := io.ReadFull(from, data); err != nil {
		return nil, damaged
	}
	if n, err := io.ReadFull(from, make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, damaged
	}
	return data, nil
}
