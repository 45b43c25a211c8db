package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"

	"ftft/internal/disk"
	"ftft/internal/safe"
)

// callLimit is the longest that a command of a scheduler may take.
var callLimit = 2 * time.Minute

// call runs a command of a scheduler and returns its standard output. The error has what it wrote to standard error. ended reports
// whether the command ran to its end, with whatever exit code.
func call(ctx context.Context, command []string) (output string, ended bool, err error) {
	path, err := lookUp(command)
	if err != nil {
		return "", false, err
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, command[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the terminal's Ctrl-C is not for it
	cmd.WaitDelay = time.Second
	var printed, problems bounded
	cmd.Stdout, cmd.Stderr = &printed, &problems
	err = cmd.Run()
	switch exit := (*exec.ExitError)(nil); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", false, fmt.Errorf("%s did not end within %s", program(command), callLimit)
	case ctx.Err() != nil:
		return "", false, ctx.Err()
	case printed.over:
		return "", true, fmt.Errorf("%s printed more than %d MB", program(command), callBytes>>20)
	case errors.As(err, &exit):
		return printed.String(), true, fmt.Errorf("%s %s%s", program(command), ending(exit), said(problems.String(), printed.String()))
	case err != nil:
		return "", false, fmt.Errorf("%s: %w", program(command), err)
	}
	return printed.String(), true, nil
}

// callBytes is the most that a command of a scheduler may print.
const callBytes = 16 << 20

// bounded keeps the first callBytes of what is written to it.
type bounded struct {
	strings.Builder
	over bool
}

func (b *bounded) Write(text []byte) (int, error) {
	kept := text[:min(len(text), callBytes-b.Len())]
	b.over = b.over || len(kept) < len(text)
	_, _ = b.Builder.Write(kept) // it never fails
	return len(text), nil
}

// lookUp returns the path of a command's program, or an error that names the cause.
func lookUp(command []string) (string, error) {
	if len(command) == 0 {
		return "", errors.New("the command is empty")
	}
	path, err := exec.LookPath(command[0])
	if err == nil {
		return filepath.Abs(path)
	}
	place := "in PATH"
	if strings.Contains(command[0], "/") {
		place = ""
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("%q is not executable: chmod +x it, or begin the command with its interpreter", command[0])
	case place == "":
		return "", fmt.Errorf("%q does not exist", command[0])
	}
	return "", fmt.Errorf("%q is not in PATH: install it, load its module, or write its path", command[0])
}

// ending describes how a process ended that did not succeed.
func ending(exit *exec.ExitError) string {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return "was killed by signal " + signalText(int(status.Signal()))
	}
	return fmt.Sprintf("ended with exit code %d", exit.ExitCode())
}

// signalText returns a signal's number and name.
func signalText(n int) string { return fmt.Sprintf("%d (%s)", n, syscall.Signal(n)) }

// said returns the last lines of the first of the texts that has any, as the end of a message.
func said(texts ...string) string {
	for _, text := range texts {
		if lines := lastLines(text, 3); len(lines) > 0 {
			return ": " + strings.Join(lines, "; ")
		}
	}
	return ""
}

// lastLines returns the last n lines of a text that are not blank, each cut to what a message can hold, in order.
func lastLines(text string, n int) []string {
	var lines []string
	all := strings.Split(text, "\n")
	for i := len(all) - 1; i >= 0 && len(lines) < n; i-- {
		line := all[i][strings.LastIndexByte(strings.TrimRight(all[i], "\r"), '\r')+1:] // after the last of a progress bar's states
		if line = strings.TrimSpace(safe.Text(safe.Uncoloured(line))); line != "" {
			lines = append([]string{shorten(line)}, lines...)
		}
	}
	return lines
}

// lineLength is the most characters of a program's line that a message holds.
const lineLength = 300

func shorten(line string) string {
	runes := []rune(line)
	if len(runes) <= lineLength {
		return line
	}
	return string(runes[:lineLength]) + "…"
}

// outputBytes is the most that is read of the end of a program's output.
const outputBytes = 64 << 10

// tailOf returns the end of a file, "" if it cannot be read.
func tailOf(path string) string {
	text, _ := disk.Tail(path, outputBytes)
	return string(text)
}

// lastOutput returns the line by which a job's attempt has ended: the message of its last exception, before what torchrun adds to it, or
// else the last line with a word. It returns "" if there is none.
func lastOutput(path string) string {
	text := tailOf(path)
	if i := strings.LastIndex(text, headerMark); i >= 0 {
		text = text[i:]
		if _, after, ok := strings.Cut(text, "\n"); ok {
			text = after
		} else {
			text = ""
		}
	}
	lines := lastLines(text, 200)
	slices.Reverse(lines)
	for _, fits := range []func(line string) bool{
		func(line string) bool { return exception.MatchString(line) && !consequence.MatchString(line) },
		exception.MatchString,
		func(line string) bool { return strings.ContainsFunc(line, wordCharacter) },
	} {
		if i := slices.IndexFunc(lines, fits); i >= 0 {
			return lines[i]
		}
	}
	return ""
}

func wordCharacter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// exception matches the last line of a Python traceback, which torchrun's processes mark with their rank.
var exception = regexp.MustCompile(`^(\[rank\d+\]: ?)?[A-Za-z_][\w.]*(Error|Exception|Interrupt)(: |$)`)

// consequence matches exceptions of processes whose peers have ended, and that of torchrun.
var consequence = regexp.MustCompile(`torch\.distributed\.elastic\.|Connection (closed|reset) by peer`)
