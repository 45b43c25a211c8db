package torch

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
)

const (
	// localMagic begins the first entry of a zip. The entry's name follows a header of localHeader bytes, whose last fields are
	// the lengths of the name and of the extra data after it.
	localMagic  = "PK\x03\x04"
	localHeader = 30

	// oldMagic begins the pickles that torch.save wrote before PyTorch 1.6, and still writes on request.
	oldMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
)

// is looks at the name of the first entry, which torch.save makes the pickle, before it reads the list of all entries.
func is(file io.ReaderAt, size int64) bool {
	start := make([]byte, localHeader+1<<10)
	n, err := file.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return false
	}
	start = start[:n]
	if bytes.HasPrefix(start, []byte(oldMagic)) {
		return true
	}
	if !bytes.HasPrefix(start, []byte(localMagic)) || n < localHeader {
		return false
	}
	name, length := start[localHeader:], int(binary.LittleEndian.Uint16(start[26:]))
	if length <= len(name) && isPickle(string(name[:length])) {
		return true
	}
	list, err := zip.NewReader(file, size)
	if err != nil {
		return false
	}
	for _, f := range list.File {
		if isPickle(f.Name) {
			return true
		}
	}
	return false
}

// isPickle reports whether an entry is the pickle: data.pkl in the one folder, of any name, that torch.save puts all entries
// in.
func isPickle(name string) bool {
	_, base, ok := strings.Cut(name, "/")
	return ok && base == "data.pkl"
}

// greatestRatio is the ratio to which deflate can pack, rounded up.
const greatestRatio = 1100

// archive is a zip in the form that torch.save writes.
type archive struct {
	path    string
	entries map[string]*zip.File // by name, without the common folder
}

// open reads the list of entries. An entry may claim any unpacked size, but the packed sizes together must not exceed that of
// the file.
func open(path string, file io.ReaderAt, size int64) (*archive, error) {
	list, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fault.At(path, 0, unreadable(file, err))
	}
	folder, found := "", false
	for _, f := range list.File {
		if isPickle(f.Name) {
			folder, _, found = strings.Cut(f.Name, "/")
			break
		}
	}
	if !found {
		return nil, fault.At(path, 0, "not written by torch.save: the zip has no data.pkl")
	}
	a := &archive{path: path, entries: map[string]*zip.File{}}
	left := uint64(size)
	for _, f := range list.File {
		if f.CompressedSize64 > left {
			return nil, fault.At(path, 0, fmt.Sprintf(
				"the zip's entries, such as %q, are larger than the file: it is damaged; copy or save it again",

				brief(f.Name)))
		}
		left -= f.CompressedSize64
		if parent, name, _ := strings.Cut(f.Name, "/"); parent == folder {
			if a.entries[name] != nil {
				return nil, fault.At(path, 0, fmt.Sprintf("the zip's entry %q occurs twice: save it again", brief(f.Name)))
			}
			a.entries[name] = f
		}
	}
	return a, a.checkOrder()
}

// unreadable describes what is wrong with a file that is not a zip.
func unreadable(file io.ReaderAt, err error) string {
	start := make([]byte, len(oldMagic))
	n, _ := file.ReadAt(start, 0)
	switch start = start[:n]; {
	case n == 0:
		return "the file is empty"
	case string(start) == oldMagic:
		return "written in torch.save's format before PyTorch 1.6: load and save it again with a recent version " +
			"(with _use_new_zipfile_serialization left at True)"
	case bytes.HasPrefix(start, []byte(localMagic)):
		return "the zip is truncated or damaged (" + err.Error() + "): copy or save it again"
	}
	return "not written by torch.save: it is not a zip"
}

// checkOrder refuses big-endian numbers. PyTorch before 2.1 does not store the order; such files are taken to be little-endian.
func (a *archive) checkOrder() error {
	const name, most = "byteorder", 16
	f := a.entries[name]
	if f == nil {
		return nil
	}
	if f.UncompressedSize64 > most {
		return a.bad("%s is not a word", name)
	}
	order, err := a.read(name, f.UncompressedSize64)
	if err != nil {
		return err
	}
	if string(order) != "little" {
		return a.bad("its numbers are in %q order, and only little-endian is supported: "+
			"load and save it again with torch on a little-endian machine", order)
	}
	return nil
}

// pickle reads data.pkl. torch.save does not compress it. If another program did, the size is limited: a dict of tensors
// deflates to about a fourth, never to a fiftieth.
func (a *archive) pickle() ([]byte, error) {
	const name, most, spare = "data.pkl", 50, 1 << 16
	f := a.entries[name]
	if f.UncompressedSize64 > most*f.CompressedSize64+spare {
		return nil, a.bad("%s is packed to less than a fiftieth of its size, which no dict of tensors would be", name)
	}
	return a.read(name, f.UncompressedSize64)
}

// read reads an entry that must hold size bytes. It never unpacks more than that.
func (a *archive) read(name string, size uint64) ([]byte, error) {
	f := a.entries[name]
	if f == nil {
		return nil, a.bad("the zip has no entry %q, which its tensors need: copy or save it again", brief(name))
	}
	if f.UncompressedSize64 != size {
		return nil, a.bad("the zip's entry %q holds %d bytes instead of %d: copy or save it again", brief(name), f.UncompressedSize64, size)
	}
	if f.CompressedSize64 < size/greatestRatio {
		return nil, a.bad("the zip's entry %q claims to be packed to less than a thousandth of its size, which is impossible: it is damaged",
			brief(name))
	}
	if wrong := input.TooLarge(int64(min(size, math.MaxInt64))); wrong != "" {
		return nil, a.bad("the zip's entry %q is too large: %s", brief(name), wrong)
	}
	data, err := unpack(f, size)
	if err != nil {
		return nil, a.bad("the zip's entry %q is damaged (%v): copy or save it again", brief(name), err)
	}
	return data, nil
}

// unpack allocates no more at first than the entry's packed size. Reading one byte beyond the end makes the zip reader check
// the checksum.
func unpack(f *zip.File, size uint64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, min(size, f.CompressedSize64))
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(io.LimitReader(r, int64(size)-int64(len(data))+1))
	if err != nil {
		return nil, err
	}
	if data = append(data, rest...); uint64(len(data)) != size {
		return nil, fmt.Errorf("%d bytes or more", len(data))
	}
	return data, nil
}

func (a *archive) bad(format string, args ...any) error {
	return fault.At(a.path, 0, fmt.Sprintf(format, args...))
}

// brief returns text from a file cut to the length that a message should quote.
func brief(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
