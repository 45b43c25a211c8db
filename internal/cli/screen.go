package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"ftft/tui"
)

// onTerminal says whether a screen can be shown.
func onTerminal() bool {
	return term.IsTerminal(os.Stdin.Fd()) && term.IsTerminal(os.Stdout.Fd()) && os.Getenv("TERM") != "dumb"
}

// addScreenFlags gives a command that can show the workbench the flags of how it looks.
func addScreenFlags(cmd *cobra.Command) {
	cmd.Flags().String("theme", tui.Themes[0], "colours of the screen: "+strings.Join(tui.Themes, ", "))
	cmd.Flags().Bool("ascii", false, "use only ASCII characters on the screen")
	cmd.Flags().Bool("no-mouse", false, "leave the mouse to the terminal")
	completeFlag(cmd, "theme", func() []string { return tui.Themes })
}

// screenOptions are those of how the workbench looks: by the command's flags and the environment.
func screenOptions(cmd *cobra.Command) (o tui.Options, err error) {
	o.NoColor = os.Getenv("NO_COLOR") != ""
	if o.Theme, err = cmd.Flags().GetString("theme"); err != nil {
		return o, err
	}
	if !slices.Contains(tui.Themes, o.Theme) {
		return o, usageError{fmt.Errorf("--theme %s: there are %s", o.Theme, strings.Join(tui.Themes, ", "))}
	}
	var errs [2]error
	o.ASCII, errs[0] = cmd.Flags().GetBool("ascii")
	o.NoMouse, errs[1] = cmd.Flags().GetBool("no-mouse")
	return o, errors.Join(errs[:]...)
}

// onRuns has the screen show a runs folder.
func onRuns(options tui.Options, runs, focus string) tui.Options {
	read := &texts{}
	options.Root, options.Focus, options.Texts, options.Columns = runs, focus, read.of, read.columns
	options.Tokens = (&tokens{}).kept
	return options
}
