package table

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"ftft/internal/fault"
	"ftft/internal/packed"
)

func packedAs(t *testing.T, name, text string) string {
	var out bytes.Buffer
	w, err := packed.Writer(&out, name)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPackedFilesAreUnpackedOrRefused(t *testing.T) {
	text := awkward["plain.csv"] + strings.Repeat("3,c,no\n", 1000)
	cut := len(text) / 3
	for _, ending := range []string{"", ".gz", ".zst"} {
		name := "a.csv" + ending
		whole, parts := packedAs(t, name, text), packedAs(t, name, text[:cut])+packedAs(t, name, text[cut:])
		for _, content := range []string{whole, parts} {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			table, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			if table.Format != CSV || table.Len() != 1002 || written(t, table, all(table), nil) != text {
				t.Errorf("%s: %s of %d rows", name, table.Format, table.Len())
			}
		}
		if ending == "" {
			continue
		}
		damaged := []byte(whole)
		damaged[len(damaged)-3] ^= 0x40 // in the checksum
		for _, content := range []string{whole[:len(whole)-1], whole[:len(whole)/2], whole[:7], parts[:len(parts)-2], string(damaged)} {
			_, err := Parse(name, content)
			if bad := (*fault.Bad)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), "damaged or truncated (") ||
				!strings.Contains(err.Error(), "fetch it or pack it again") {
				t.Errorf("%s of %d bytes: %v", name, len(content), err)
			}
		}
	}
	// Other programs' files may hold a name, or lack the checksum.
	var out bytes.Buffer
	g := gzip.NewWriter(&out)
	g.Name, g.Comment = "x.tsv", "é"
	g.Write([]byte(text))
	g.Close()
	if parse(t, "a.csv", out.String()).Len() != 1002 {
		t.Error("gzip with a name")
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false))
	if err != nil {
		t.Fatal(err)
	}
	if parse(t, "a.csv", string(z.EncodeAll([]byte(text), nil))).Len() != 1002 {
		t.Error("zstd without a check sum")
	}
}
