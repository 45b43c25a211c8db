// Package cli is the command line: the tree of commands, one file for each, which parse, call and print. Begin
// reading in this file. It may import every other package; only main imports it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/internal/fault"
)

// The exit codes.
const (
	failed      = 1
	misused     = 2 // usage or config
	badData     = 3
	interrupted = 130
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// errInterrupted ends a command that a signal has ended; what it had to say has been said.
var errInterrupted = errors.New("interrupted")

// Main runs the command that the process was given and returns its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return exitCode(fang.Execute(ctx, root(), fang.WithErrorHandler(printError), fang.WithoutManpage(), fang.WithoutVersion()))
}

func exitCode(err error) int {
	var usage usageError
	var invalid *configs.Invalid
	var bad *fault.Bad
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		return interrupted
	case errors.As(err, &usage), errors.As(err, &invalid):
		return misused
	case errors.As(err, &bad):
		return badData
	default:
		return failed
	}
}

// printError keeps an error's lines as they are: each begins with the place that it is about.
func printError(w io.Writer, _ fang.Styles, err error) {
	if errors.Is(err, errInterrupted) {
		return
	}
	for i, line := range strings.Split(err.Error(), "\n") {
		if i == 0 {
			line = "ftft: " + line
		}
		fmt.Fprintln(w, line)
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintln(w, "Try --help.")
	}
}

// root is the command tree.
func root() *cobra.Command {
	runs := new(string)
	cmd := &cobra.Command{
		Use:   "ftft",
		Short: "Fine-tuning by transferring training dynamics, in the terminal",
		Long: `Fine-tuning by transferring training dynamics, in the terminal.

A small reference model is trained on everything, and its training dynamics draw
a map of the data; a larger main model then learns from the part of the map that
teaches most. Without a command: the workbench on the runs folder.`,
		Example: `  # the whole experiment on built-in data
  ftft run demo
  # attach to what is running, or look at what has ended
  ftft`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return workbench(cmd, *runs, "") },
	}
	addVersion(cmd)
	cmd.PersistentFlags().StringVar(runs, "runs", "runs", "folder of runs")
	addScreenFlags(cmd)
	cmd.AddCommand(
		runCommand(runs), trainCommand(runs), studyCommand(), lessonCommand(), presentCommand(runs), followCommand(runs),
		mapCommand(runs), selectCommand(runs), compareCommand(runs), curvesCommand(runs), triageCommand(runs), markCommand(runs), correctCommand(runs), exportCommand(runs), embedCommand(runs), reportCommand(runs), runsCommand(runs), stopCommand(runs), resumeCommand(runs), controlCommand(runs), queueCommand(runs), fsckCommand(runs),
		configCommand(), dataCommand(), modelCommand(), tokenizeCommand(), predictCommand(), benchCommand(), manCommand(),
	)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	for _, c := range append(cmd.Commands(), cmd) {
		c.Long = paragraphs(c.Long)
		check := c.Args
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	return cmd
}

// paragraphs joins the lines of each paragraph: the help breaks them anew, to the terminal's width.
func paragraphs(text string) string {
	list := strings.Split(text, "\n\n")
	for i, p := range list {
		list[i] = strings.ReplaceAll(p, "\n", " ")
	}
	return strings.Join(list, "\n\n")
}
