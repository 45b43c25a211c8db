// Package input opens and reads files that others made. Such a file may be something else than its name says, too large for
// this machine, packed, or no file at all (a pipe, a device). Every reader of data, dynamics, models and configs gets its
// content here, so that all of them refuse the same things in the same words.
//
// It imports internal/fault and internal/packed. Begin with Read and Content; Recognise lists what is known by its first bytes.
package input

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"

	"ftft/internal/fault"
)

// Open opens a regular file for reading. Anything else (a folder, a pipe, a device, a socket) is a *fault.Bad, and opening it
// does not block. A file that cannot be opened is a *fs.PathError.
func Open(path string) (*os.File, error) {
	// Opening some devices has effects, so the mode is looked at before; and again after, because the path may change in between.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if refusal := irregular(path, info.Mode()); refusal != nil {
		return nil, refusal
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err != nil {
		file.Close()
		return nil, err
	}
	if refusal := irregular(path, info.Mode()); refusal != nil {
		file.Close()
		return nil, refusal
	}
	return file, nil
}

// irregular returns an error that names what a path is if that is no regular file.
func irregular(path string, mode fs.FileMode) error {
	kind := ""
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return fault.At(path, 0, "a folder, not a file")
	case mode&fs.ModeNamedPipe != 0:
		kind = "a pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	default:
		kind = "neither a file nor a folder"
	}
	return fault.At(path, 0, kind+", not a regular file; write its content to a file first")
}

// Read returns the text of a file as UTF-8: unpacked, decoded if it is UTF-16 with a byte order mark, and without that mark. A
// file that cannot be read, is no text or takes more than Budget is a *fault.Bad.
func Read(path string) (string, error) {
	content, err := Content(path)
	if err != nil {
		return "", err
	}
	return Text(path, content)
}

// Stdin is the path that stands for standard input. A file of this name is ./-.
const Stdin = "-"

// Name returns what messages call a path.
func Name(path string) string {
	if path == Stdin {
		return "standard input"
	}
	return path
}

// Content returns the bytes of a file or of Stdin, unpacked if they are packed with gzip or zstd. A file that cannot be read, is
// damaged or takes more than Budget is a *fault.Bad.
func Content(path string) (string, error) {
	if path == Stdin {
		return standard()
	}
	file, err := Open(path)
	if err != nil {
		return "", Unreadable(path, err)
	}
	defer file.Close()
	content, err := slurp(path, file, Budget())
	if err != nil {
		return "", Unreadable(path, err)
	}
	return Unpack(path, content)
}

// standard reads standard input. A second reader gets the same content.
var standard = sync.OnceValues(func() (string, error) { return From(Name(Stdin), os.Stdin) })

// From is Content for a stream, which messages call by the name.
func From(name string, stream io.Reader) (string, error) {
	content, err := drain(name, "", stream, Budget()/2)
	if err != nil {
		return "", Unreadable(name, err)
	}
	return Unpack(name, content)
}

// Small returns the bytes of a file that is small wherever it is valid, such as a config. A file of more than limit bytes, or
// one that cannot be read, is a *fault.Bad. It does not unpack.
func Small(path string, limit int64) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, Unreadable(path, err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, Unreadable(path, err)
	}
	if int64(len(content)) > limit {
		return nil, fault.At(path, 0, fmt.Sprintf("larger than %s, which is the most that such a file may have", Size(limit)))
	}
	return content, nil
}

// slurp reads a file of at most limit bytes.
func slurp(path string, file *os.File, limit int64) (string, error) {
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	var content strings.Builder
	if wrong := tooLarge(info.Size(), limit); wrong != "" {
		return "", fault.At(path, 0, wrong)
	}
	content.Grow(int(info.Size()))
	n, err := io.Copy(&content, io.LimitReader(file, limit+1)) // a file may grow, and those of /proc have no size
	if err == nil && n > limit {
		err = fault.At(path, 0, fmt.Sprintf("more than %s, which do not fit into the memory of this machine", Size(limit)))
	}
	return content.String(), err
}

// TooLarge returns the message for a file that takes more bytes of memory than Budget allows, "" if it does not.
func TooLarge(bytes int64) string { return tooLarge(bytes, Budget()) }

func tooLarge(bytes, limit int64) string {
	if bytes <= limit {
		return ""
	}
	return fmt.Sprintf("its %s do not fit into the memory of this machine (%s for a file); "+
		"read a part of it, or use a machine with more memory", Size(bytes), Size(limit))
}

// Unreadable returns the *fault.Bad of a file that cannot be read, without Go's words for the operation. It returns a
// *fault.Bad unchanged. errors.Is still finds the cause, such as fs.ErrNotExist.
func Unreadable(path string, err error) error {
	if bad := (*fault.Bad)(nil); errors.As(err, &bad) {
		return err
	}
	message := err.Error()
	if inPath := (*fs.PathError)(nil); errors.As(err, &inPath) {
		message = inPath.Err.Error()
	}
	bad := fault.At(path, 0, message)
	bad.Cause = err
	return bad
}

// Size returns a number of bytes with a unit: "14 bytes", "3.9 kB", "8.2 GB".
func Size(bytes int64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	value, unit := float64(bytes)/1000, 0
	for value >= 999.95 && unit < 4 {
		value /= 1000
		unit++
	}
	return strings.Replace(fmt.Sprintf("%.1f %cB", value, "kMGTP"[unit]), ".0 ", " ", 1)
}
