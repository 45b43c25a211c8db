// Package fault says what is wrong with files that somebody gave us, and where.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Bad is what is wrong with data, all of it at once.
type Bad struct{ Problems []Problem }

// At is one fault of a file, or of a line of it (from 1; 0 = the file as a whole).
func At(file string, line int, message string) *Bad {
	return &Bad{Problems: []Problem{{File: file, Line: line, Message: message}}}
}

// A Problem is one fault and where it is.
type Problem struct {
	File    string
	Line    int // from 1; 0 = the file as a whole
	Message string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// shown is how many problems an error message lists.
const shown = 20

func (b *Bad) Error() string {
	var lines []string
	for i, p := range b.Problems {
		if i == shown {
			lines = append(lines, fmt.Sprintf("and %d more", len(b.Problems)-shown))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// Take adds the problems of another error of this kind; any other error it returns.
func (b *Bad) Take(err error) error {
	if more := (*Bad)(nil); errors.As(err, &more) {
		b.Problems = append(b.Problems, more.Problems...)
		return nil
	}
	return err
}
