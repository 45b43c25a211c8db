package cli

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// commandLine matches a command of ftft in a block of the README or between backquotes: up to the end, a comment or a backquote.
var commandLine = regexp.MustCompile("(?m)(?:^|`)(?:ftft|go run \\.) ([a-zA-Z][^`#\n]+)")

// block matches a block of the README. One without a language holds what a command prints.
var block = regexp.MustCompile("(?ms)^```(\\w*)\n.*?^```\n")

// Each command line in the README parses: its command, flags and number of arguments exist.
func TestTheReadmesCommandsCanBeTyped(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := block.ReplaceAllStringFunc(string(readme), func(text string) string {
		if strings.HasPrefix(text, "```\n") {
			return ""
		}
		return text
	})
	lines := commandLine.FindAllStringSubmatch(commands, -1)
	if len(lines) < 20 {
		t.Fatalf("%d command lines found in the README: this test misses them", len(lines))
	}
	for _, line := range lines {
		args := words(strings.TrimSpace(line[1]))
		if args[0] == "COMMAND" {
			continue
		}
		cmd, rest, err := root().Find(args)
		if err == nil {
			err = cmd.ParseFlags(rest)
		}
		if errors.Is(err, pflag.ErrHelp) {
			continue
		}
		if err == nil && !strings.Contains(line[0], "`") { // between backquotes, arguments may be left out
			err = cmd.ValidateArgs(cmd.Flags().Args())
		}
		if err != nil || !cmd.HasParent() {
			t.Errorf("ftft %s: %v", line[1], err)
		}
	}
}
