package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/internal/hub"
	"ftft/internal/safe"
	"ftft/train/rundir"
	"ftft/train/watch"
)

func completePresets(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, p := range configs.Presets() {
		names = append(names, p.Name+"\t"+p.Summary)
	}
	return names, cobra.ShellCompDirectiveDefault
}

// completeModels completes the first argument, a MODEL, with the models of the hub's cache.
func completeModels(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 || !strings.HasPrefix(word, hub.Prefix) {
		return nil, cobra.ShellCompDirectiveDefault // files
	}
	return hub.List(), cobra.ShellCompDirectiveNoFileComp
}

func completeRuns(runs *string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		listed := map[rundir.Dir]bool{} // a run that several experiments share is listed once
		for _, g := range watch.New(*runs).Poll("").Groups {
			if g.Dir != "" && safe.Word(g.Dir.ID()) == g.Dir.ID() {
				state := "experiment"
				if g.State == watch.Broken {
					state += ", " + g.State
				}
				names = append(names, g.Name+"\t"+state)
			}
			for _, r := range g.Runs {
				if r.Experiment || listed[r.Dir] || r.ID() != r.Dir.ID() {
					continue // such an ID is escaped, and names no run
				}
				listed[r.Dir] = true
				state := r.State()
				if shared := g.SharedWith(r); len(shared) > 0 {
					state += ", shared by " + strings.Join(append([]string{g.Name}, shared...), ", ")
				}
				names = append(names, r.ID()+"\t"+state)
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
