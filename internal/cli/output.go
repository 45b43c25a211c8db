package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"ftft/train/cost"
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
