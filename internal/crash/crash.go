// Package crash keeps the trace of a panic, so that a fault of the program ends in a sentence for its user and a file for its
// developers.
//
// It may import internal packages. Begin with Report. A goroutine defers Catch or Exit, because a panic that nothing catches ends the
// program with Go's trace on the terminal, and without the work of its other goroutines.
package crash

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"ftft/internal/disk"
	"ftft/internal/parallel"
	"ftft/internal/safe"
	"ftft/internal/version"
)

// keep is the number of traces that remain in the state folder.
const keep = 20

// Report writes what a recovered panic tells to a file in the user's state folder, or else in the temporary folder, and returns the
// sentence that names the file. The deferred function that recovers calls it.
func Report(value any) string {
	stack := debug.Stack()
	if p, ok := value.(*parallel.Panic); ok {
		value, stack = p.Value, p.Stack
	}
	what := "a fault of the program ended it"
	if memory(value) {
		what = "there is not enough memory for this"
	}
	trace := fmt.Appendf(nil, "ftft %s\n%s\n%q\n\n%v\n\n%s",
		version.String(), time.Now().Format(time.RFC3339), os.Args, value, stack)
	path, err := write(trace)
	if err != nil {
		return fmt.Sprintf("%s, and its trace could not be written: %v", what, err)
	}
	return fmt.Sprintf("%s; its trace is in %s", what, path)
}

// Catch recovers from a panic and sets err to the sentence of Report. Deferred by a goroutine that reports an error.
func Catch(err *error) {
	if value := recover(); value != nil {
		*err = errors.New(Report(value))
	}
}

// Exit recovers from a panic and ends the program: it prints the sentence of Report to standard error, and the exit code is 1. Deferred
// by a goroutine that has no other way to report an error.
func Exit() {
	if value := recover(); value != nil {
		disk.RemoveDrafts()
		fmt.Fprintf(safe.NewWriter(os.Stderr), "ftft: %s\n", Report(value))
		os.Exit(1)
	}
}

// memory reports whether the value of a panic says that memory is short.
func memory(value any) bool {
	text := fmt.Sprint(value)
	return value == bytes.ErrTooLarge || strings.Contains(text, "makeslice") || strings.Contains(text, "growslice") ||
		strings.Contains(text, "out of memory") || strings.Contains(text, "cannot allocate memory")
}

// write writes a trace to a new file and returns its path.
func write(trace []byte) (path string, err error) {
	name := time.Now().UTC().Format("20060102T150405") + "-*.txt"
	for _, folder := range []string{disk.StateFile("crashes"), os.TempDir()} {
		if folder == "" {
			continue
		}
		pattern := name
		if folder == os.TempDir() {
			pattern = "ftft-crash-" + name
		} else if err = os.MkdirAll(folder, 0o700); err != nil {
			continue
		} else {
			sweep(folder)
		}
		if path, err = writeIn(folder, pattern, trace); err == nil {
			return path, nil
		}
	}
	return "", err
}

func writeIn(folder, pattern string, trace []byte) (path string, err error) {
	file, err := os.CreateTemp(folder, pattern)
	if err != nil {
		return "", err
	}
	_, err = file.Write(trace)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return file.Name(), err
}

// sweep removes the oldest traces in the state folder.
func sweep(folder string) {
	old, _ := filepath.Glob(filepath.Join(folder, "*.txt")) // the pattern is well formed
	slices.Sort(old)                                        // names begin with the time
	for _, path := range old[:max(0, len(old)-keep+1)] {
		_ = os.Remove(path) // another process may have removed it
	}
}
