// Package cli is the command line: the tree of commands, one file for each, which parse, call and print. It may import every
// other package, and only main imports it. Begin reading in this file; arguments.go checks the arguments of all commands,
// help.go adds what to do next to their help, and source.go has the flags of those that read a data map.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/internal/crash"
	"ftft/internal/disk"
	"ftft/internal/fault"
	"ftft/internal/safe"
)

// The exit codes of the program, beside 0.
const (
	exitFailed      = 1
	exitUsage       = 2 // the command line or the config is wrong
	exitData        = 3 // the data are wrong
	exitInterrupted = 130
)

// usageError is a mistake in the command line.
type usageError struct{ error }

// A misuse is a usageError with the command that was misused, whose help shows how to use it.
type misuse struct {
	error
	command string
}

func (m misuse) Unwrap() error { return m.error }

// errInterrupted ends a command that a signal has interrupted, which has printed all there is to say about it.
var errInterrupted = errors.New("interrupted")

// Main runs the command line of the process and returns its exit code.
func Main() int {
	return guarded(os.Stderr, func() int { return exitCode(execute(withSignals(context.Background()), root())) })
}

// guarded returns what run returns. If run panics, it prints one sentence, which names the file with the trace, and returns
// exitFailed: Go's own exit code would mean a wrong command line.
func guarded(messages io.Writer, run func() int) (code int) {
	defer func() {
		if value := recover(); value != nil {
			disk.RemoveDrafts()
			fmt.Fprintf(safe.NewWriter(messages), "ftft: %s\n", crash.Report(value))
			code = exitFailed
		}
	}()
	return run()
}

// execute runs the command that the arguments name, and prints its error.
func execute(ctx context.Context, root *cobra.Command) error {
	root.SilenceUsage, root.SilenceErrors = true, true
	flush := cleanOutput(root)
	err := root.ExecuteContext(ctx)
	if err != nil {
		printError(root.ErrOrStderr(), err)
	}
	return errors.Join(err, flush())
}

// defaultRuns is the default of --runs.
const defaultRuns = "runs"

func exitCode(err error) int {
	var usage usageError
	var invalid *configs.Invalid
	var bad *fault.Bad
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &invalid):
		return exitUsage
	case errors.As(err, &bad):
		return exitData
	default:
		return exitFailed
	}
}

// printError prints an error as it is, because each of its lines begins with the file and line that it is about. A mistake in
// the command line is followed by where to find help.
func printError(w io.Writer, err error) {
	if errors.Is(err, errInterrupted) {
		return
	}
	text := err.Error()
	if !strings.HasPrefix(text, "ftft ") { // "ftft map needs ..." names the program already
		text = "ftft: " + text
	}
	fmt.Fprintln(w, text)
	var m misuse
	if errors.As(err, &m) {
		fmt.Fprintf(w, "Try %s --help.\n", m.command)
	}
}

// located adds the misused command to a usageError that does not name it yet.
func located(cmd *cobra.Command, err error) error {
	if errors.As(err, new(misuse)) || !errors.As(err, new(usageError)) {
		return err
	}
	return misuse{err, cmd.CommandPath()}
}

// groups returns the commands under the headings of the help.
func groups(runs *string) []group {
	return []group{
		{"Experiments", []*cobra.Command{
			runCommand(runs),
			runsCommand(runs),
			reportCommand(runs),
			curvesCommand(runs),
			stopCommand(runs),
			resumeCommand(runs),
			controlCommand(runs),
			queueCommand(runs),
			presentCommand(runs),
			followCommand(runs),
			trainCommand(runs),
			studyCommand(),
			fsckCommand(runs),
			lessonCommand(),
		}},
		{"Maps", []*cobra.Command{
			mapCommand(runs),
			selectCommand(runs),
			compareCommand(runs),
			triageCommand(runs),
			markCommand(runs),
			correctCommand(runs),
			exportCommand(runs),
			embedCommand(runs),
		}},
		{"Data and models", []*cobra.Command{
			configCommand(),
			dataCommand(),
			modelCommand(),
			tokenizeCommand(),
			predictCommand(),
		}},
		{"This machine", []*cobra.Command{
			benchCommand(),
			completionCommand(),
			manCommand(),
			licensesCommand(),
		}},
	}
}

// root returns the command tree.
func root() *cobra.Command {
	cobra.EnableCommandSorting = false // the order of groups is the order of work
	runs := new(string)
	cmd := &cobra.Command{
		Use:   "ftft",
		Short: "A terminal workbench for FTFT and dataset cartography",
		Long: `A terminal workbench for FTFT, Fine-Tuning by transFerring Training dynamics, and for dataset cartography.

A small reference model trains on all examples. Its training dynamics, the logits of each example in each epoch, give a data map.
A larger main model then trains on the part of the map that teaches most.

Without a command, ftft opens the workbench on the runs folder.

Exit codes: 0 done, 1 failed, 2 wrong command line or config, 3 wrong data, 130 interrupted. Where memory is exhausted or Go's runtime
fails, which no program in Go can catch, the exit code is also 2, and a trace is on standard error. Runs resume after that as after a
kill.`,
		Example: `  # run a whole experiment on built-in data
  ftft run demo
  # open the workbench on the newest run
  ftft`,
		Annotations: next(
			"ftft lesson", "Learn FTFT and the workbench in thirteen steps",
			"ftft run demo", "Run an experiment on built-in data",
		),
		RunE: func(cmd *cobra.Command, _ []string) error { return workbench(cmd, *runs, "", "") },
	}
	addVersion(cmd)
	cmd.PersistentFlags().StringVar(runs, "runs", defaultRuns, "folder of runs")
	addScreenFlags(cmd)
	cmd.SetHelpFunc(printHelp)
	cmd.SetHelpCommand(helpCommand())
	for _, g := range groups(runs) {
		cmd.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.title
			cmd.AddCommand(c)
		}
		cmd.SetHelpCommandGroupID(g.title) // the last group holds what cobra adds
		cmd.SetCompletionCommandGroupID(g.title)
	}
	cmd.SetFlagErrorFunc(flagError)
	for _, c := range append(cmd.Commands(), cmd) {
		c.Long = paragraphs(c.Long)
		c.Args = checkArguments
		run := c.RunE
		c.RunE = func(cmd *cobra.Command, args []string) error { return located(cmd, run(cmd, args)) }
	}
	return cmd
}

// paragraphs joins the lines of each paragraph, because the help wraps them to the width of the terminal. Indented lines remain
// lines of their own.
func paragraphs(text string) string {
	list := strings.Split(text, "\n\n")
	for i, p := range list {
		lines := strings.Split(p, "\n")
		list[i] = lines[0]
		for _, line := range lines[1:] {
			separator := " "
			if strings.HasPrefix(line, " ") {
				separator = "\n"
			}
			list[i] += separator + line
		}
	}
	return strings.Join(list, "\n\n")
}
