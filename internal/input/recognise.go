package input

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A kind is content that its first bytes tell.
type kind struct {
	first   string
	textual bool // text can begin like this as well, so the bytes must hold some that text does not
	what    string
}

const (
	unpackFirst = ": unpack it first"
	asText      = "; export it as JSONL, CSV or Parquet"
	zeros       = "NUL bytes only, no text: the file is damaged; fetch or write it again"
	zeroRun     = 16 // NUL bytes at the start that no text has
)

// kinds lists what Recognise knows by a fixed beginning.
var kinds = []kind{
	{first: "version https://git-lfs.github.com/spec/", what: "a Git LFS pointer, not the file: run git lfs pull"},
	{first: "/annex/objects/", what: "a git-annex pointer, not the file: run git annex get"},
	{first: "\x1f\x8b", what: "packed with gzip: unpack it with gzip -d"},
	{first: "\x28\xb5\x2f\xfd", what: "packed with zstd: unpack it with zstd -d"},
	{first: "\xfd7zXZ\x00", what: "packed with xz: unpack it with xz -d"},
	{first: "BZh", textual: true, what: "packed with bzip2: unpack it with bzip2 -d"},
	{first: "\x04\x22\x4d\x18", what: "packed with lz4: unpack it with lz4 -d"},
	{first: "7z\xbc\xaf\x27\x1c", what: "a 7-Zip archive" + unpackFirst},
	{first: "Rar!\x1a\x07", what: "a RAR archive" + unpackFirst},
	{first: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", what: "an old Office file (.xls, .doc), not text: save it as CSV in UTF-8"},
	{first: "%PDF-", what: "a PDF, not text"},
	{first: "ARROW1\x00\x00", what: "an Arrow file" + asText},
	{first: "\xff\xff\xff\xff", what: "an Arrow stream or another binary file, not text" + asText},
	{first: "FEA1", textual: true, what: "a Feather file" + asText},
	{first: "PAR1", textual: true, what: "a Parquet file"},
	{first: "PARE", textual: true, what: "an encrypted Parquet file: decrypt it first"},
	{first: "ORC", textual: true, what: "an ORC file" + asText},
	{first: "Obj\x01", what: "an Avro file" + asText},
	{first: "\x89HDF\r\n\x1a\n", what: "an HDF5 file"},
	{first: "\x93NUMPY", what: "a NumPy array (.npy)"},
	{first: "SQLite format 3\x00", what: "an SQLite database" + asText},
	{first: "GGUF", textual: true, what: "a GGUF file"},
	{first: "\x89PNG\r\n\x1a\n", what: "a PNG image"},
	{first: "\xff\xd8\xff", what: "a JPEG image"},
	{first: "\x7fELF", what: "a program (ELF)"},
	{first: "{\\rtf", what: "an RTF document, not text: save it as plain text"},
	{first: "\xff\xfe\x00\x00", what: "text in UTF-32: convert it with iconv -f utf-32 -t utf-8"},
	{first: "\x00\x00\xfe\xff", what: "text in UTF-32: convert it with iconv -f utf-32 -t utf-8"},
	{first: "\xff\xfe", what: "text in UTF-16: save it as UTF-8"},
	{first: "\xfe\xff", what: "text in UTF-16: save it as UTF-8"},
}

// Recognise returns what content is by its first bytes, a few hundred or more, and what to do with it: "a Git LFS pointer, not
// the file: run git lfs pull". It returns "" for content that it does not know, as plain text is.
func Recognise(first []byte) string {
	text := looksLikeText(first)
	for _, k := range kinds {
		if !bytes.HasPrefix(first, []byte(k.first)) || k.textual && text {
			continue
		}
		if size := pointerSize(first); size != "" {
			return fmt.Sprintf("%s, or download the file (%s bytes)", k.what, size)
		}
		return k.what
	}
	switch {
	case bytes.HasPrefix(first, []byte("PK\x03\x04")), bytes.HasPrefix(first, []byte("PK\x05\x06")):
		return zipKind(first)
	case len(first) >= 262 && string(first[257:262]) == "ustar":
		return "a tar archive: unpack it first with tar -xf"
	case len(first) > 9 && first[8] == '{' && binary.LittleEndian.Uint64(first) < 1<<32: // a length of 640 begins as a pickle does
		return "a safetensors file"
	case len(first) > 2 && first[0] == 0x80 && first[1] >= 2 && first[1] <= 5:
		return "a Python pickle, which can run any program: load it in Python and save the data in another format"
	case len(first) >= zeroRun && allZero(first):
		return zeros
	}
	if encoding := unmarked(first); encoding != "" {
		return fmt.Sprintf("text in UTF-16 without a byte order mark: convert it with iconv -f %s -t utf-8", encoding)
	}
	start := strings.ToLower(string(bytes.TrimLeft(first[:min(len(first), 512)], "\ufeff \t\r\n")))
	switch {
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"):
		return "an HTML page, such as a server's error or login page: download the file itself"
	case strings.HasPrefix(start, "<?xml"), strings.HasPrefix(start, "<error>"):
		return "XML, such as a server's error message: download the file itself"
	}
	return ""
}

// pointerSize returns the size that a Git LFS pointer gives, "" for other content.
func pointerSize(first []byte) string {
	if !bytes.HasPrefix(first, []byte("version https://git-lfs")) {
		return ""
	}
	for line := range bytes.Lines(first) {
		size, ok := strings.CutPrefix(string(bytes.TrimSpace(line)), "size ")
		if ok && len(size) < 20 && strings.Trim(size, "0123456789") == "" {
			return size
		}
	}
	return ""
}

// zipKind returns what a zip archive holds by the name of its first entry.
func zipKind(first []byte) string {
	name := ""
	if len(first) > 30 {
		length := int(binary.LittleEndian.Uint16(first[26:]))
		name = string(first[30:min(len(first), 30+length)])
	}
	folder, _, _ := strings.Cut(name, "/")
	switch {
	case bytes.Contains(first, []byte("mimetypeapplication/vnd.oasis.opendocument")):
		return "an OpenDocument file (.ods), not text: save the sheet as CSV in UTF-8"
	case folder == "word":
		return "a Word document (.docx), not text: save it as plain text in UTF-8"
	case name == "[Content_Types].xml", folder == "docProps", folder == "_rels", folder == "xl":
		return "an Excel workbook (.xlsx) or another Office file, not text: save the sheet as CSV in UTF-8"
	case strings.HasSuffix(name, ".npy"):
		return "a NumPy archive (.npz): save one array of it with numpy.save"
	case strings.HasSuffix(name, "/data.pkl"), strings.HasSuffix(name, "/byteorder"), strings.HasSuffix(name, "/.format_version"):
		return "a file of PyTorch (.pt)"
	}
	return "a zip archive: unpack it first with unzip"
}

// looksLikeText reports whether the bytes are UTF-8, apart from a character cut at the end, without NUL.
func looksLikeText(first []byte) bool {
	if bytes.IndexByte(first, 0) >= 0 {
		return false
	}
	for cut := 0; cut < utf8.UTFMax && cut <= len(first); cut++ {
		if utf8.Valid(first[:len(first)-cut]) {
			return true
		}
	}
	return false
}

// unmarked returns the encoding of mostly Latin text in UTF-16 without a byte order mark: every second byte is NUL. "" = none.
func unmarked(first []byte) string {
	first = first[:min(len(first), 64)&^1]
	if len(first) < 8 {
		return ""
	}
	var nul [2]int
	for i, b := range first {
		if b == 0 {
			nul[i&1]++
		}
	}
	switch half := len(first) / 2; {
	case nul[0] == 0 && nul[1] == half:
		return "utf-16le"
	case nul[1] == 0 && nul[0] == half:
		return "utf-16be"
	}
	return ""
}

func allZero(content []byte) bool { return len(bytes.TrimLeft(content, "\x00")) == 0 }
