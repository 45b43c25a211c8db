package cli

import (
	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/internal/safe"
	"ftft/train/watch"
)

func completePresets(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, p := range configs.Presets() {
		names = append(names, p.Name+"\t"+p.Summary)
	}
	return names, cobra.ShellCompDirectiveDefault
}

func completeRuns(runs *string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, g := range watch.New(*runs).Poll("").Groups {
			if g.Dir != "" && safe.Word(g.Dir.ID()) == g.Dir.ID() {
				names = append(names, g.Name+"\texperiment")
			}
			for _, r := range g.Runs {
				if r.ID() != r.Dir.ID() {
					continue // it is escaped, and names no run
				}
				names = append(names, r.ID()+"\t"+r.Status.State)
			}
		}
		return names, cobra.ShellCompDirectiveDefault
	}
}

// completeFlag completes the value of a flag with words.
func completeFlag(cmd *cobra.Command, flag string, words func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the command lacks the flag
	}
}
