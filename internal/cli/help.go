package cli

import (
	"fmt"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"
)

// A group is a heading of the root's help with the commands below it.
type group struct {
	title    string
	commands []*cobra.Command
}

// A step is a command line that a user may want after a command, and what it does.
type step struct{ line, purpose string }

// nextSteps is the annotation of a command that holds its steps.
const nextSteps = "next"

// next returns the annotation with the steps that the words give: a command line, its purpose, and so on.
func next(words ...string) map[string]string {
	var lines []string
	for i := 0; i < len(words); i += 2 {
		lines = append(lines, words[i]+"\t"+words[i+1])
	}
	return map[string]string{nextSteps: strings.Join(lines, "\n")}
}

// stepsAfter returns what to do after a command.
func stepsAfter(cmd *cobra.Command) []step {
	var list []step
	for line := range strings.Lines(cmd.Annotations[nextSteps]) {
		command, purpose, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		list = append(list, step{command, purpose})
	}
	return list
}

// helpWithNext prints a command's help, and below it what to do next.
func helpWithNext(cmd *cobra.Command, args []string) {
	cmd.Root().HelpFunc()(cmd, args)
	printNext(cmd)
}

// printedRootHelp reports whether the command that has ended was the root's help. fang replaces the root's help function when
// it starts, so the root's steps are printed afterwards.
func printedRootHelp(root *cobra.Command) bool {
	if flag := root.Flags().Lookup("help"); flag != nil && flag.Changed {
		return true
	}
	for _, c := range root.Commands() {
		if c.Name() == "help" && c.CalledAs() != "" {
			return c.Flags().NArg() == 0
		}
	}
	return false
}

// printNext prints the steps after a command in the manner of the help above them.
func printNext(cmd *cobra.Command) {
	steps := stepsAfter(cmd)
	if len(steps) == 0 {
		return
	}
	w := colorprofile.NewWriter(cmd.OutOrStdout(), os.Environ())
	fmt.Fprintf(w, "  %s\n\n", lipgloss.NewStyle().Bold(true).Render("NEXT"))
	width := 0
	for _, s := range steps {
		width = max(width, len(s.line))
	}
	for _, s := range steps {
		fmt.Fprintf(w, "    %-*s  %s\n", width, s.line, s.purpose)
	}
	fmt.Fprintln(w)
}
