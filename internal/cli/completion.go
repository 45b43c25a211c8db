package cli

import (
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

// shells write the completion scripts, with descriptions or without.
var shells = map[string]func(root *cobra.Command, w io.Writer, described bool) error{
	"bash": func(root *cobra.Command, w io.Writer, described bool) error {
		return root.GenBashCompletionV2(w, described)
	},
	"zsh": func(root *cobra.Command, w io.Writer, described bool) error {
		if described {
			return root.GenZshCompletion(w)
		}
		return root.GenZshCompletionNoDesc(w)
	},
	"fish": func(root *cobra.Command, w io.Writer, described bool) error {
		return root.GenFishCompletion(w, described)
	},
	"powershell": func(root *cobra.Command, w io.Writer, described bool) error {
		if described {
			return root.GenPowerShellCompletionWithDesc(w)
		}
		return root.GenPowerShellCompletion(w)
	},
}

// shellNames are the names of shells, in the order of the help.
var shellNames = []string{"bash", "zsh", "fish", "powershell"}

// completionCommand replaces the one that cobra adds, which has a subcommand for each shell.
func completionCommand() *cobra.Command {
	var plain bool
	cmd := &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script that completes commands with the tab key",
		Long: `Print a script with which the tab key completes ftft's commands and flags, and the names of runs, experiments and presets.
Install it once, and open a new shell.

bash, with the package bash-completion:
    mkdir -p ~/.local/share/bash-completion/completions
    ftft completion bash > ~/.local/share/bash-completion/completions/ftft

zsh, with these two lines in ~/.zshrc: fpath+=~/.zfunc and autoload -U compinit && compinit
    mkdir -p ~/.zfunc
    ftft completion zsh > ~/.zfunc/_ftft

fish:
    mkdir -p ~/.config/fish/completions
    ftft completion fish > ~/.config/fish/completions/ftft.fish

PowerShell:
    ftft completion powershell >> $PROFILE`,
		Example: `  ftft completion bash > ~/.local/share/bash-completion/completions/ftft
  ftft completion fish > ~/.config/fish/completions/ftft.fish`,
		Annotations: next("ftft man | man -l -", "Read the manual page"),
		RunE: func(cmd *cobra.Command, args []string) error {
			write := shells[args[0]]
			if write == nil {
				return usageError{errors.New(unknown("shell", args[0], shellNames).Error() + "; there are " + placeholders["SHELL"])}
			}
			return write(cmd.Root(), cmd.OutOrStdout(), !plain)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return slices.Clone(shellNames), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().BoolVar(&plain, "no-descriptions", false, "complete words without their descriptions")
	return cmd
}
