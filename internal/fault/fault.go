// Package fault describes what is wrong with files from outside, and where: each Problem has a file, a line and a message,
// and Bad is an error that holds many. Package internal/cli gives such errors their own exit code.
//
// It imports nothing of the project. Begin with Problem; Collector gathers the problems of a file.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bad is an error that lists every problem found in some data.
type Bad struct {
	Problems []Problem
	More     int   // problems beyond the limit of Merge, which are counted only
	Cause    error // the error of the operating system behind the problems; nil if there is none
}

// Unwrap returns the cause.
func (b *Bad) Unwrap() error { return b.Cause }

// At returns an error of one problem. Lines count from 1; 0 stands for the file as a whole.
func At(file string, line int, message string) *Bad {
	return &Bad{Problems: []Problem{{File: file, Line: line, Message: message}}}
}

// A Problem is one fault and its place.
type Problem struct {
	File    string
	Line    int // from 1; 0 = the file as a whole
	Message string
}

// String returns "file:line: message", or "file: message" without a line.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// printLimit is the number of problems that an error message lists.
const printLimit = 20

func (b *Bad) Error() string {
	var lines []string
	for i, p := range b.Problems {
		if i == printLimit {
			lines = append(lines, fmt.Sprintf("and %d more", len(b.Problems)+b.More-printLimit))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// Message returns the message of an error about one problem without its place, and that of any other error as it is.
func Message(err error) string {
	if bad := (*Bad)(nil); errors.As(err, &bad) && len(bad.Problems) == 1 {
		return bad.Problems[0].Message
	}
	return err.Error()
}

// mergeLimit is the number of problems that Merge keeps.
const mergeLimit = 1000

// Merge appends the problems of err, or counts them if there are many, and returns nil if err is a *Bad. It returns any other error
// unchanged.
func (b *Bad) Merge(err error) error {
	if more := (*Bad)(nil); errors.As(err, &more) {
		room := min(max(0, mergeLimit-len(b.Problems)), len(more.Problems))
		b.Problems, b.More = append(b.Problems, more.Problems[:room]...), b.More+more.More+len(more.Problems)-room
		return nil
	}
	return err
}

// collectLimit is the number of problems that a Collector keeps.
const collectLimit = 10

// A Collector gathers the first problems of a large file and counts the rest. The zero Collector is empty.
type Collector struct {
	problems []Problem
	more     int // problems beyond the limit
}

// Add records a problem.
func (c *Collector) Add(p Problem) {
	if len(c.problems) == collectLimit {
		c.more++
		return
	}
	c.problems = append(c.problems, p)
}

// Empty reports whether there are no problems.
func (c *Collector) Empty() bool { return len(c.problems) == 0 }

// Err returns the problems as a *Bad, or nil if there are none. Its last line counts, for the given file, those beyond the limit.
func (c *Collector) Err(file string) error {
	if c.Empty() {
		return nil
	}
	problems := slices.Clone(c.problems)
	if c.more > 0 {
		problems = append(problems, Problem{File: file, Message: fmt.Sprintf("and %d more", c.more)})
	}
	return &Bad{Problems: problems}
}
