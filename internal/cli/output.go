package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ftft/configs"
	"ftft/train/cost"
	"ftft/train/watch"
	"ftft/tui/view"
)

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// oneLine is a text from data as a table's cell shows it: without what a terminal would act on, and not too long.
func oneLine(text string) string {
	const most = 100
	clean := []rune(view.Clean(text))
	if len(clean) > most {
		clean = append(clean[:most-1], '…')
	}
	return string(clean)
}

// printTable aligns the columns of rows, the first of which is the header.
func printTable(w io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	return table.Flush()
}

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
			if g.Dir != "" {
				names = append(names, g.Name+"\texperiment")
			}
			for _, r := range g.Runs {
				names = append(names, r.ID()+"\t"+r.Status.State)
			}
		}
		return names, cobra.ShellCompDirectiveDefault
	}
}

// completeFlag completes a flag's value with words.
func completeFlag(cmd *cobra.Command, flag string, words func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the command lacks the flag
	}
}

// progress prints how far something has come, every few seconds.
func progress(out io.Writer) func(done, of int) {
	began, said := time.Now(), time.Now()
	return func(done, of int) {
		if time.Since(said) < sayEvery {
			return
		}
		said = time.Now()
		if left, ok := cost.Left(done, of, time.Since(began)); ok {
			fmt.Fprintf(out, "%d of %d examples, %s left\n", done, of, left.Round(time.Second))
		}
	}
}
