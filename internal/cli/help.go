package cli

import (
	"fmt"
	"image/color"
	"os"
	"strings"

	"charm.land/fang/v2"
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

// printHelp prints a command's help in fang's style, and below it what to do next. fang styles the help of the commands that it
// executes, so it executes this one with --help, without standard input (see helpColours). It does not execute commands otherwise:
// its words for errors would replace those of printError.
func printHelp(cmd *cobra.Command, _ []string) {
	root := cmd.Root()
	root.SetArgs(append(strings.Fields(cmd.CommandPath())[1:], "--help"))
	out, in := root.OutOrStdout(), os.Stdin
	root.SetOut(styled(out))
	os.Stdin = nil
	defer func() { root.SetOut(out); os.Stdin = in }()
	colours := fang.WithColorSchemeFunc(helpColours)
	if err := fang.Execute(root.Context(), root, fang.WithoutManpage(), fang.WithoutVersion(), colours); err == nil {
		printNext(cmd)
	}
}

// helpColours returns colours that can be read on a dark and on a light terminal. fang's own depend on the background, for which it
// asks the terminal where standard input is one. Where nothing answers, that takes four seconds, and a late answer is typed at the
// shell's next prompt.
func helpColours(lipgloss.LightDarkFunc) fang.ColorScheme {
	return fang.ColorScheme{
		Base: lipgloss.NoColor{}, Title: lipgloss.Blue, Description: lipgloss.NoColor{}, Codeblock: lipgloss.NoColor{},
		Program: lipgloss.Blue, DimmedArgument: lipgloss.BrightBlack, Comment: lipgloss.BrightBlack, Flag: lipgloss.Magenta,
		FlagDefault: lipgloss.BrightBlack, Command: lipgloss.Cyan, QuotedString: lipgloss.Green, Argument: lipgloss.NoColor{},
		Help: lipgloss.NoColor{}, Dash: lipgloss.NoColor{},
		ErrorHeader: [2]color.Color{lipgloss.NoColor{}, lipgloss.Red}, ErrorDetails: lipgloss.NoColor{},
	}
}

// helpCommand is the command help. cobra's own takes an unknown command for a success.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Show the help of a command",
		Example: `  ftft help
  ftft help map`,
		Args: checkArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return located(about, usageError{unknown("command", rest[0], commandNames(about))})
			}
			about.InitDefaultHelpFlag() // the help lists it
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return commandNames(cmd.Root()), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// printNext prints the steps after a command in the manner of the help above them.
func printNext(cmd *cobra.Command) {
	steps := stepsAfter(cmd)
	if len(steps) == 0 {
		return
	}
	w := colorprofile.NewWriter(styled(cmd.OutOrStdout()), os.Environ())
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
