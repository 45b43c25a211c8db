package cli

import (
	"fmt"
	"io"
	"strings"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"

	"ftft/tui"
)

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long:  `Print the manual page: commands, flags, the keys of the workbench, exit codes.`,
		Example: `  ftft man > ftft.1
  ftft man | man -l -`,
		Annotations: next("ftft man | man -l -", "Read the page"),
		RunE:        func(cmd *cobra.Command, _ []string) error { return manual(cmd.Root(), cmd.OutOrStdout()) },
	}
}

// manual writes the page: the commands and flags that cobra knows, and sections for the rest.
func manual(root *cobra.Command, out io.Writer) error {
	page, err := mango.NewManPage(1, root)
	if err != nil {
		return err
	}
	more := roff.NewDocument()
	section := func(name string, items [][2]string) {
		more.Section(name)
		for _, item := range items {
			more.TaggedParagraph(-1)
			more.TextBold(verbatim(item[0]))
			more.EndSection()
			more.Text(verbatim(item[1]))
		}
	}
	var keys [][2]string
	for _, key := range tui.Keys() {
		if key.Where != "" {
			key.Help += " (in " + key.Where + ")"
		}
		keys = append(keys, [2]string{strings.Join(key.Keys, ", "), key.Help})
	}
	section("Keys of the workbench", keys)
	var steps [][2]string
	for _, c := range root.Commands() {
		for _, step := range stepsAfter(c) {
			steps = append(steps, [2]string{"ftft " + c.Name(), step.purpose + ": " + step.line})
		}
	}
	section("What to do next", steps)
	section("Exit status", [][2]string{
		{"0", "done"},
		{fmt.Sprint(exitFailed), "failed"},
		{fmt.Sprint(exitUsage), "the command line or the config is wrong; or memory is exhausted or Go's runtime fails, with a trace on " +
			"standard error, after which runs resume as after a kill"},
		{fmt.Sprint(exitData), "the data are wrong"},
		{fmt.Sprint(exitInterrupted), "interrupted; ftft resume continues"},
	})
	section("Environment", [][2]string{
		{"NO_COLOR", "if set, no colours are used"},
		{"XDG_STATE_HOME", "folder for the marks and views of read-only runs, in ftft (default: ~/.local/state)"},
		{"XDG_CONFIG_HOME", "folder for the history of prompts if there is no runs folder, in ftft (default: ~/.config)"},
	})
	_, err = fmt.Fprint(out, page.Build(roff.NewDocument()), more.String(), "\n")
	return err
}

// verbatim escapes what the roff package would take for formatting: a percent sign, and a star at the beginning.
func verbatim(text string) string {
	if strings.HasPrefix(text, "*") {
		text = " " + text
	}
	return strings.ReplaceAll(text, "%", "%%")
}
