package pytorch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"

	"ftft/internal/input"
)

// legacy is the format of torch.save before PyTorch 1.6: pickles of a magic number, of the format's version, of facts about the
// machine, of the value and of the keys of its storages, then for each storage the number of its elements in eight bytes and the
// elements, little-endian.
type legacy struct {
	path    string
	content io.ReaderAt
	size    int64
	advice  string

	at map[*Storage]int64 // where the elements begin
}

// magic is the number that the format begins with, as a pickle has it: lowest byte first.
const magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

// version is the version of the format, the only one.
const version = 1001

// isLegacy reports whether a file begins with a pickle of the magic number, in protocol 2 to 5.
func isLegacy(start []byte) bool {
	if len(start) < 2 || start[0] != Protocol {
		return false
	}
	start = start[2:]
	if len(start) > 9 && start[0] == Frame {
		start = start[9:]
	}
	return bytes.HasPrefix(start, []byte("\x8a\x0a"+magic))
}

// read returns the value, and finds the storages.
func (l *legacy) read() (any, error) {
	u := newUnpickler(nil, io.NewSectionReader(l.content, 0, l.size), l.size, l.advice)
	var values [5]any
	for i := range values {
		v, err := u.run()
		if err != nil {
			return nil, bad(l.path, "byte %d: %v", u.at, err)
		}
		values[i] = v
	}
	if n, ok := values[0].(*big.Int); !ok || !bytes.Equal(n.Bytes(), reversed(magic)) {
		return nil, bad(l.path, "not written by torch.save")
	}
	if n, ok := values[1].(int64); !ok || n != version {
		return nil, bad(l.path, "its format has the version %s; supported: %d", text(values[1]), version)
	}
	keys, ok := values[4].(*List)
	if !ok {
		return nil, bad(l.path, "byte %d: %s instead of the list of storages: it is damaged; copy or save it again", u.at, Kind(values[4]))
	}
	return values[3], l.find(u, keys.Items)
}

// reversed returns the bytes of a text, the last one first.
func reversed(text string) []byte {
	b := make([]byte, len(text))
	for i := range text {
		b[len(b)-1-i] = text[i]
	}
	return b
}

// text returns a value for a message.
func text(v any) string {
	if n, ok := v.(int64); ok {
		return fmt.Sprint(n)
	}
	return Kind(v)
}

// find finds the storages that follow the pickles, in the order of the keys.
func (l *legacy) find(u *unpickler, keys []any) error {
	l.at = make(map[*Storage]int64, len(u.storages))
	at := u.at
	for _, k := range keys {
		key, _ := k.(string)
		s := u.storages[key]
		if s == nil {
			return bad(l.path, "it lists a storage %q, which no tensor has: it is damaged; copy or save it again", Brief(key))
		}
		if l.at[s] != 0 {
			return bad(l.path, "it lists the storage %q twice: it is damaged; copy or save it again", Brief(key))
		}
		var count [8]byte
		if at > l.size-8 {
			return l.short(key, 8, at)
		}
		if _, err := l.content.ReadAt(count[:], at); err != nil && err != io.EOF {
			return input.Unreadable(l.path, err)
		}
		if n := int64(binary.LittleEndian.Uint64(count[:])); n != s.count {
			return bad(l.path, "byte %d: the storage %q has %d elements, by its tensors %d: it is damaged; copy or save it again",
				at, Brief(key), n, s.count)
		}
		at += 8
		l.at[s] = at
		if s.size() > l.size-at {
			return l.short(key, s.size(), at)
		}
		at += s.size()
	}
	for key, s := range u.storages {
		if l.at[s] == 0 {
			return bad(l.path, "the storage %q is missing: copy or save the file again", Brief(key))
		}
	}
	return nil
}

// short is the error of a storage that ends after the file.
func (l *legacy) short(key string, size, at int64) error {
	return bad(l.path, "cut short: the storage %q needs %d bytes from byte %d on, and the file ends at %d; download or copy it again",
		Brief(key), size, at, l.size)
}

func (l *legacy) locate(s *Storage) (io.ReaderAt, error) {
	return io.NewSectionReader(l.content, l.at[s], s.size()), nil
}

func (l *legacy) load(s *Storage) ([]byte, error) {
	if wrong := input.TooLarge(s.size()); wrong != "" {
		return nil, bad(l.path, "the storage %q is too large: %s", Brief(s.key), wrong)
	}
	data := make([]byte, s.size())
	if n, err := l.content.ReadAt(data, l.at[s]); n < len(data) {
		return nil, input.Unreadable(l.path, err)
	}
	return data, nil
}
