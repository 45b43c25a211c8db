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
	theme := &oneOf{tui.Themes[0], tui.Themes}
	pixels := &oneOf{"auto", []string{"auto", "on", "off"}}
	cmd.Flags().Var(theme, "theme", "colours of the screen: "+strings.Join(tui.Themes, ", "))
	cmd.Flags().Bool("ascii", false, "use only ASCII characters on the screen")
	cmd.Flags().Bool("no-mouse", false, "leave the mouse to the terminal")
	cmd.Flags().Var(pixels, "pixels", "draw the map as an image: auto (in kitty and Ghostty), on, off; never in tmux, followers or the lesson")
	completeFlag(cmd, "theme", func() []string { return theme.words })
	completeFlag(cmd, "pixels", func() []string { return pixels.words })
}

// oneOf is the value of a flag that takes one of some words. It is checked when the command line is parsed, and so also without a
// terminal.
type oneOf struct {
	word  string
	words []string
}

func (o *oneOf) String() string { return o.word }
func (o *oneOf) Type() string   { return "word" }

func (o *oneOf) Set(word string) error {
	if !slices.Contains(o.words, word) {
		return errors.New("there is no such word")
	}
	o.word = word
	return nil
}

// pixels returns whether the map may be an image, by the value of --pixels and the environment. Multiplexers do not pass images on, even
// where they hand down the variables of the terminal that they run in.
func pixels(choice string, env func(string) string) tui.Pixels {
	term := env("TERM")
	multiplexed := env("TMUX") != "" || env("STY") != "" || env("ZELLIJ") != "" ||
		strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen")
	capable := term == "xterm-kitty" || term == "xterm-ghostty" || env("KITTY_WINDOW_ID") != "" || env("TERM_PROGRAM") == "ghostty"
	switch {
	case choice == "off" || multiplexed || env("NO_COLOR") != "":
		return tui.PixelsOff
	case choice == "on":
		return tui.PixelsOn
	case capable:
		return tui.PixelsAuto
	}
	return tui.PixelsOff
}

// screenOptions returns how the workbench looks, by the command's flags and the environment.
func screenOptions(cmd *cobra.Command) (o tui.Options, err error) {
	o.NoColor = os.Getenv("NO_COLOR") != ""
	o.Theme = cmd.Flags().Lookup("theme").Value.String()
	o.Pixels = pixels(cmd.Flags().Lookup("pixels").Value.String(), os.Getenv)
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
