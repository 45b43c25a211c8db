package cli

import (
	"errors"
	"io"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"ftft/internal/safe"
)

// All that commands print, cobra's completions and errors included, passes through a safe.Writer: names, labels and messages from files
// must not control the terminal. Only the program's own styles go around it (styled), and bytes that are themselves what a command
// produces (product).

// cleanOutput puts a safe.Writer before both outputs of the command line. flush ends what was printed.
func cleanOutput(root *cobra.Command) (flush func() error) {
	out, messages := safe.NewWriter(root.OutOrStdout()), safe.NewWriter(root.ErrOrStderr())
	root.SetOut(out)
	root.SetErr(messages)
	return func() error { return errors.Join(out.Flush(), messages.Flush()) }
}

// styled returns the writer for text of the program's own, with its styles.
func styled(w io.Writer) io.Writer {
	if clean, ok := w.(*safe.Writer); ok {
		return clean.Unwrap()
	}
	return w
}

// product returns the writer for bytes that must stay as they are in a file or a pipe, such as corrected data. On a terminal they are
// escaped as everything else.
func product(cmd *cobra.Command) io.Writer {
	w := styled(cmd.OutOrStdout())
	if file, ok := w.(term.File); ok && term.IsTerminal(file.Fd()) {
		return cmd.OutOrStdout()
	}
	return w
}
