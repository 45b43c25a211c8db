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

// onTerminal reports whether a screen can be shown.
func onTerminal() bool {
	return term.IsTerminal(os.Stdin.Fd()) && term.IsTerminal(os.Stdout.Fd()) && os.Getenv("TERM") != "dumb"
}

// addScreenFlags adds the flags for how the workbench looks.
func addScreenFlags(cmd *cobra.Command) {
	cmd.Flags().String("theme", tui.Themes[0], "colours of the screen: "+strings.Join(tui.Themes, ", "))
	cmd.Flags().Bool("ascii", false, "use only ASCII characters on the screen")
	cmd.Flags().Bool("no-mouse", false, "leave the mouse to the terminal")
	completeFlag(cmd, "theme", func() []string { return tui.Themes })
}

// screenOptions returns how the workbench looks, by the command's flags and the environment.
func screenOptions(cmd *cobra.Command) (o tui.Options, err error) {
	o.NoColor = os.Getenv("NO_COLOR") != ""
	if o.Theme, err = cmd.Flags().GetString("theme"); err != nil {
		return o, err
	}
	if !slices.Contains(tui.Themes, o.Theme) {
		return o, usageError{fmt.Errorf("unknown --theme %s; the themes are %s", o.Theme, strings.Join(tui.Themes, ", "))}
	}
	var errs [2]error
	o.ASCII, errs[0] = cmd.Flags().GetBool("ascii")
	o.NoMouse, errs[1] = cmd.Flags().GetBool("no-mouse")
	return o, errors.Join(errs[:]...)
}

// onRuns adds to the options what the screen of a runs folder needs.
func onRuns(options tui.Options, runs, focus string) tui.Options {
	t := &texts{}
	options.Root, options.Focus, options.Texts, options.Columns = runs, focus, t.example, t.columns
	options.Tokens = (&tokens{}).count
	return options
}
