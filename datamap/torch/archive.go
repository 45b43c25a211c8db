package torch

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"ftft/internal/fault"
)

const (
	// local begins a zip's first entry; the entry's name is behind its header, whose last fields are the lengths of the name
	// and of what follows it.
	local       = "PK\x03\x04"
	localHeader = 30

	// old begins the pickles that torch.save wrote before PyTorch 1.6, and writes on request.
	old = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
)

// is looks at the first entry's name, which torch.save makes the pickle's, before it reads the list of all.
func is(file io.ReaderAt, size int64) bool {
	start := make([]byte, localHeader+1<<10)
	n, err := file.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return false
	}
	start = start[:n]
	if bytes.HasPrefix(start, []byte(old)) {
		return true
	}
	if !bytes.HasPrefix(start, []byte(local)) || n < localHeader {
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

// isPickle says whether an entry is data.pkl in the folder of any name that all of torch.save's entries lie in.
func isPickle(name string) bool {
	_, base, ok := strings.Cut(name, "/")
	return ok && base == "data.pkl"
}

// archive is a zip as torch.save writes it.
type archive struct {
	path    string
	entries map[string]*zip.File // by name, without the folder that all lie in
}

// open reads the list of entries. Their sizes are those that the file claims, but together they are packed no larger
// than the file.
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
		return nil, fault.At(path, 0, "a zip without data.pkl in it, so not a file that torch.save wrote")
	}
	a := &archive{path: path, entries: map[string]*zip.File{}}
	left := uint64(size)
	for _, f := range list.File {
		if f.CompressedSize64 > left {
			return nil, fault.At(path, 0, fmt.Sprintf("the zip's entries, such as %q, are larger than the file: it is damaged; copy or save it again", brief(f.Name)))
		}
		left -= f.CompressedSize64
		if in, name, _ := strings.Cut(f.Name, "/"); in == folder {
			if a.entries[name] != nil {
				return nil, fault.At(path, 0, fmt.Sprintf("the zip's entry %q is there twice: save it again", brief(f.Name)))
			}
			a.entries[name] = f
		}
	}
	return a, a.checkOrder()
}

// unreadable says what is wrong with a file that is no zip.
func unreadable(file io.ReaderAt, err error) string {
	start := make([]byte, len(old))
	n, _ := file.ReadAt(start, 0)
	switch start = start[:n]; {
	case n == 0:
		return "the file is empty"
	case string(start) == old:
		return "torch.save wrote it in the format before PyTorch 1.6: load and save it again with a recent one (_use_new_zipfile_serialization is True there unless said otherwise)"
	case bytes.HasPrefix(start, []byte(local)):
		return "the zip is cut off or damaged (" + err.Error() + "): copy or save it again"
	}
	return "not a file that torch.save wrote: it is no zip"
}

// checkOrder refuses numbers in big-endian order. Files of PyTorch before 2.1 don't say; theirs are little-endian but for
// those of rare machines.
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
		return a.bad("its numbers are in the order %q, and little-endian ones are read: load and save it again with torch on a machine of today", order)
	}
	return nil
}

// pickle reads data.pkl. torch.save doesn't compress it; of a zip that was packed again no more is unpacked than dicts of
// tensors come to, which deflate to a fourth or so.
func (a *archive) pickle() ([]byte, error) {
	const name, most, spare = "data.pkl", 50, 1 << 16
	f := a.entries[name]
	if f.UncompressedSize64 > most*f.CompressedSize64+spare {
		return nil, a.bad("%s is packed to less than a fiftieth of its size, as no dict of tensors is", name)
	}
	return a.read(name, f.UncompressedSize64)
}

// read reads an entry that must hold a number of bytes; of one that holds others no more is unpacked.
func (a *archive) read(name string, size uint64) ([]byte, error) {
	f := a.entries[name]
	if f == nil {
		return nil, a.bad("the zip has no entry %q, which its tensors need: copy or save it again", brief(name))
	}
	if f.UncompressedSize64 != size {
		return nil, a.bad("the zip's entry %q holds %d bytes, where %d belong: copy or save it again", brief(name), f.UncompressedSize64, size)
	}
	data, err := unpack(f, size)
	if err != nil {
		return nil, a.bad("the zip's entry %q is damaged (%v): copy or save it again", brief(name), err)
	}
	return data, nil
}

// unpack begins with as much memory as the entry has bytes in the file. The byte more that it asks for has the checksum
// compared.
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

// brief is a text out of a file as far as a message should show it.
func brief(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
