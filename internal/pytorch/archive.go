package pytorch

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"ftft/internal/input"
)

const (
	// localMagic begins the first entry of a zip. The entry's name follows a header of localHeader bytes, whose last fields are
	// the lengths of the name and of the extra data after it.
	localMagic  = "PK\x03\x04"
	localHeader = 30
)

// isArchive looks at the name of the first entry, which torch.save makes the pickle, before it reads the list of all entries.
func isArchive(start []byte, file io.ReaderAt, size int64) bool {
	if !bytes.HasPrefix(start, []byte(localMagic)) || len(start) < localHeader {
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
	path     string
	file     io.ReaderAt
	entries  map[string]*zip.File // by name, without the common folder
	unpacked int64                // bytes of compressed entries in memory
}

// openArchive reads the list of entries. An entry may claim any unpacked size, but the packed sizes together must not exceed that of
// the file.
func openArchive(path string, file io.ReaderAt, size int64) (*archive, error) {
	list, err := zip.NewReader(file, size)
	if err != nil {
		return nil, bad(path, "the zip is truncated or damaged: copy or save it again")
	}
	folder, found := "", false
	for _, f := range list.File {
		if isPickle(f.Name) {
			folder, _, found = strings.Cut(f.Name, "/")
			break
		}
	}
	if !found {
		return nil, bad(path, "not written by torch.save: the zip has no data.pkl")
	}
	a := &archive{path: path, file: file, entries: map[string]*zip.File{}}
	left := uint64(size)
	for _, f := range list.File {
		if f.CompressedSize64 > left {
			return nil, bad(path, "the zip's entries, such as %q, are larger than the file: it is damaged; copy or save it again", Brief(f.Name))
		}
		left -= f.CompressedSize64
		if parent, name, _ := strings.Cut(f.Name, "/"); parent == folder {
			if a.entries[name] != nil {
				return nil, bad(path, "the zip's entry %q occurs twice: save it again", Brief(f.Name))
			}
			a.entries[name] = f
		}
	}
	return a, a.checkOrder()
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
		return nil, a.bad("the zip has no entry %q, which its tensors need: copy or save it again", Brief(name))
	}
	if err := a.checkSize(f, name, size); err != nil {
		return nil, err
	}
	if wrong := input.TooLarge(int64(min(size, math.MaxInt64))); wrong != "" {
		return nil, a.bad("the zip's entry %q is too large: %s", Brief(name), wrong)
	}
	data, err := unpack(f, size)
	if err != nil {
		return nil, a.damaged(name, err)
	}
	return data, nil
}

// checkSize returns an error unless an entry has a size, and can have it by its packed size.
func (a *archive) checkSize(f *zip.File, name string, size uint64) error {
	if f.UncompressedSize64 != size {
		return a.bad("the zip's entry %q holds %d bytes instead of %d: copy or save it again", Brief(name), f.UncompressedSize64, size)
	}
	if f.CompressedSize64 < size/greatestRatio || f.Method == zip.Store && f.CompressedSize64 != size {
		return a.bad("the zip's entry %q claims a packed size that is impossible for its size: it is damaged; copy or save it again",
			Brief(name))
	}
	return nil
}

func (a *archive) damaged(name string, err error) error {
	if errors.Is(err, zip.ErrChecksum) {
		return a.bad("the zip's entry %q is damaged, for its checksum differs: copy or save it again", Brief(name))
	}
	return a.bad("the zip's entry %q is damaged: copy or save it again", Brief(name))
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

func (a *archive) bad(format string, args ...any) error { return bad(a.path, format, args...) }

// unpickle returns the value of data.pkl.
func (a *archive) unpickle(advice string) (any, error) {
	if a.entries["constants.pkl"] != nil {
		return nil, a.bad("a program of TorchScript, which is not run: %s", advice)
	}
	text, err := a.pickle()
	if err != nil {
		return nil, err
	}
	u := newUnpickler(text, nil, 0, advice)
	value, err := u.run()
	if err != nil {
		return nil, a.bad("data.pkl, byte %d: %v", u.at, err)
	}
	return value, nil
}

func (a *archive) load(s *Storage) ([]byte, error) { return a.read("data/"+s.key, uint64(s.size())) }

// locate unpacks a compressed entry, and keeps its content. torch.save compresses none.
func (a *archive) locate(s *Storage) (io.ReaderAt, error) {
	name := "data/" + s.key
	f := a.entries[name]
	if f == nil || f.Method != zip.Store {
		if wrong := input.TooLarge(a.unpacked + s.size()); wrong != "" {
			return nil, a.bad("its zip is compressed, and too large: %s; pack it without compression (zip -0)", wrong)
		}
		data, err := a.load(s)
		a.unpacked += int64(len(data))
		return bytes.NewReader(data), err
	}
	if err := a.checkSize(f, name, uint64(s.size())); err != nil {
		return nil, err
	}
	if err := checksum(f); err != nil {
		return nil, a.damaged(name, err)
	}
	at, err := f.DataOffset()
	if err != nil {
		return nil, a.damaged(name, err)
	}
	return io.NewSectionReader(a.file, at, s.size()), nil
}

// checksum reads an entry and compares it with its checksum.
func checksum(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.CopyBuffer(io.Discard, struct{ io.Reader }{r}, make([]byte, 256<<10))
	return err
}
