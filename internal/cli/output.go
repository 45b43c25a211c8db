package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"ftft/internal/disk"
	"ftft/internal/finite"
	"ftft/internal/safe"
	"ftft/train/cost"
	"ftft/tui/view"
)

// printJSON prints a value as JSON, in which NaN and infinity are null and characters that control a terminal are escaped.
func printJSON(w io.Writer, v any) error {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(finite.JSON(v)); err != nil {
		return err
	}
	_, err := io.WriteString(w, safe.JSON(text.String()))
	return err
}

// writeText writes a text to a file that the user has named.
func writeText(path, text string) error {
	return disk.WriteOutput(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// oneLine returns a text from the data as a cell of a table: without control characters, and shortened.
func oneLine(text string) string {
	const most = 100
	clean := []rune(view.Clean(text))
	if len(clean) > most {
		clean = append(clean[:most-1], '…')
	}
	return string(clean)
}

// numberList lists numbers, each by a format: 1.5, -0.25.
func numberList[T any](format string, numbers []T) string {
	parts := make([]string, len(numbers))
	for i, n := range numbers {
		parts[i] = fmt.Sprintf(format, n)
	}
	return strings.Join(parts, ", ")
}

// printTable prints rows, of which the first is the header, with aligned columns.
func printTable(w io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = safe.Word(cell) // before the columns are aligned
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// printList is printTable for a list that may be empty: instead of a header without rows it prints a message.
func printList(out, messages io.Writer, rows [][]string, empty string) error {
	if len(rows) > 1 {
		return printTable(out, rows)
	}
	_, err := fmt.Fprintln(messages, empty)
	return err
}

// countdown returns a function that prints, every few seconds, how many of all examples are done and how long the others take.
func countdown(out io.Writer) func(done, all int) {
	began, printed := time.Now(), time.Now()
	return func(done, all int) {
		if time.Since(printed) < printEvery {
			return
		}
		printed = time.Now()
		if left, ok := cost.Left(done, all, time.Since(began)); ok {
			fmt.Fprintf(out, "%d of %d examples, %s left\n", done, all, left.Round(time.Second))
		}
	}
}
