// Package pytorch reads files of torch.save: the zips that PyTorch writes since version 1.6, and the format before, which it still
// writes on request. It reads what such a file holds (dicts, lists, numbers, texts and tensors), and the numbers of a tensor on
// demand.
//
// Such a file has a pickle in it, and a pickle is a program. The reader in this package knows only the few instructions that build
// these values, accepts no class but those of tensors, and runs no code. The library github.com/nlpodyssey/gopickle v0.2.0 is not an
// alternative: it panics on pickles of one and of nine bytes (an instruction 0xff, a frame of a claimed size), and creates objects
// of some classes before it asks which are allowed.
//
// It may import internal packages. Begin with Open and File; unpickler runs a pickle, archive and legacy are the two formats.
package pytorch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// A File is an open file of torch.save. Its methods must not be called concurrently.
type File struct {
	Value any // what it holds: see Kind

	path   string
	source source
	close  func() error
}

// A source finds the bytes of storages.
type source interface {
	// locate returns a reader of a storage's bytes, which are of the size that the pickle claims.
	locate(s *Storage) (io.ReaderAt, error)
	// load returns all bytes of a storage.
	load(s *Storage) ([]byte, error)
}

// Open opens a file and reads what it holds, except for the numbers of its tensors. advice ends messages about values that it
// refuses: what the file should hold. A malformed file is a *fault.Bad, one that cannot be opened a *fs.PathError.
func Open(path, advice string) (*File, error) {
	file, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	f, err := Read(path, file, info.Size(), advice)
	if err != nil {
		file.Close()
		return nil, err
	}
	f.close = file.Close
	return f, nil
}

// Read is Open for content of the given size; path is its name in messages.
func Read(path string, content io.ReaderAt, size int64, advice string) (*File, error) {
	f := &File{path: path}
	start, err := beginning(content)
	if err != nil {
		return nil, input.Unreadable(path, err)
	}
	switch {
	case isLegacy(start):
		l := &legacy{path: path, content: content, size: size, advice: advice}
		f.source = l
		f.Value, err = l.read()
	case bytes.HasPrefix(start, []byte(localMagic)):
		var a *archive
		if a, err = openArchive(path, content, size); err == nil {
			f.source = a
			f.Value, err = a.unpickle(advice)
		}
	default:
		return nil, fault.At(path, 0, foreign(start))
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

// Path returns the file's name in messages.
func (f *File) Path() string { return f.path }

// Bad returns an error about the file.
func (f *File) Bad(format string, args ...any) error { return bad(f.path, format, args...) }

func bad(path, format string, args ...any) error {
	return fault.At(path, 0, fmt.Sprintf(format, args...))
}

// Load returns the bytes of a storage.
func (f *File) Load(s *Storage) ([]byte, error) { return f.source.load(s) }

// Is reports whether torch.save wrote a file, whatever its content: it looks at the first bytes or at the names in the zip. It is
// also true for many files that are damaged.
func Is(path string) bool {
	file, err := input.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return false
	}
	start, err := beginning(file)
	return err == nil && (isLegacy(start) || isArchive(start, file, info.Size()))
}

// beginning returns the first bytes of a file, a few thousand where it has them.
func beginning(content io.ReaderAt) ([]byte, error) {
	start := make([]byte, 4<<10)
	n, err := content.ReadAt(start, 0)
	if err == io.EOF {
		err = nil
	}
	return start[:n], err
}

// foreign describes a file of another program by its first bytes.
func foreign(start []byte) string {
	if len(start) == 0 {
		return "the file is empty"
	}
	if what := input.Recognise(start); what != "" {
		return what
	}
	return "not written by torch.save"
}

// Brief returns text from a file cut to the length that a message should quote.
func Brief(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

var (
	errShort = errors.New("the pickle is truncated: copy or save it again")
	errStack = errors.New("the pickle uses a value that does not exist: it is damaged; copy or save it again")
)
