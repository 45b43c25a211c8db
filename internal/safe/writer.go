package safe

import (
	"io"
	"sync"
	"unicode/utf8"
)

// A Writer passes text to another writer, escaped by Text. It may be used by several goroutines.
type Writer struct {
	mutex sync.Mutex
	out   io.Writer
	rest  []byte // the beginning of a character whose end has not been written yet
}

// NewWriter returns a Writer on out.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Unwrap returns the writer below, for what must pass as it is.
func (w *Writer) Unwrap() io.Writer { return w.out }

// Write writes text. A character may be split between two calls.
func (w *Writer) Write(text []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	all := append(w.rest, text...)
	whole := len(all)
	for back := 1; back < utf8.UTFMax && back <= len(all); back++ {
		if b := all[len(all)-back]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(all[len(all)-back:]) {
				whole -= back
			}
			break
		}
	}
	w.rest = append([]byte(nil), all[whole:]...)
	if whole == 0 {
		return len(text), nil
	}
	if _, err := io.WriteString(w.out, Text(string(all[:whole]))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Flush writes the beginning of a character that no end has followed.
func (w *Writer) Flush() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	rest := w.rest
	w.rest = nil
	if len(rest) == 0 {
		return nil
	}
	_, err := io.WriteString(w.out, Text(string(rest)))
	return err
}
