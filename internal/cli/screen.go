package cli

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"ftft/datamap"
	"ftft/train/rundir"
	"ftft/train/study"
	"ftft/tui"
)

// onTerminal reports whether a screen can be shown.
func onTerminal() bool {
	return term.IsTerminal(os.Stdin.Fd()) && term.IsTerminal(os.Stdout.Fd()) && os.Getenv("TERM") != "dumb"
}

// addScreenFlags adds the flags for how the workbench looks.
func addScreenFlags(cmd *cobra.Command) {
	theme := theme(tui.Themes[0])
	cmd.Flags().Var(&theme, "theme", "colours of the screen: "+strings.Join(tui.Themes, ", "))
	cmd.Flags().Bool("ascii", false, "use only ASCII characters on the screen")
	cmd.Flags().Bool("no-mouse", false, "leave the mouse to the terminal")
	completeFlag(cmd, "theme", func() []string { return tui.Themes })
}

// theme is the value of --theme, one of tui.Themes. It is checked when the command line is parsed, and so also without a terminal.
type theme string

func (t *theme) String() string { return string(*t) }
func (t *theme) Type() string   { return "theme" }

func (t *theme) Set(name string) error {
	if !slices.Contains(tui.Themes, name) {
		return errors.New("there is no such theme")
	}
	*t = theme(name)
	return nil
}

// screenOptions returns how the workbench looks, by the command's flags and the environment.
func screenOptions(cmd *cobra.Command) (o tui.Options, err error) {
	o.NoColor = os.Getenv("NO_COLOR") != ""
	o.Theme = cmd.Flags().Lookup("theme").Value.String()
	var errs [2]error
	o.ASCII, errs[0] = cmd.Flags().GetBool("ascii")
	o.NoMouse, errs[1] = cmd.Flags().GetBool("no-mouse")
	return o, errors.Join(errs[:]...)
}

// onRuns adds to the options what the screen of a runs folder needs.
func onRuns(options tui.Options, runs, focus string) tui.Options {
	t := &texts{}
	options.Root, options.Focus, options.Texts, options.Columns = runs, focus, t.example, t.columns
	options.Tokens, options.Forecast = (&tokens{}).count, study.Forecast
	options.Truth = func(run rundir.Dir, m *datamap.Map) (tui.Truth, error) {
		wrong, err := t.flipped(run, m)
		return tui.Truth{Wrong: wrong, Column: flippedColumn}, err
	}
	return options
}
