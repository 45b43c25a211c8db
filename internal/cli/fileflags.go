package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"ftft/internal/table"
)

// fileFlags holds the flags that describe how a data file is written. They are named as the keys of a config.
type fileFlags struct {
	format, delimiter, header, quoting, encoding string
}

// fileHelp describes the flags.
const fileHelp = `The delimiter (comma, tab, semicolon or pipe) follows from the file's header and first rows; a .txt file is a table only
if its first row has the columns that are named, and otherwise has a text on each line. Where that fails, --format, --delimiter, --header,
--quoting and --encoding say how the file is written. "-" is standard input; plain texts there need --format txt.`

// add adds the flags to a command. what is the file that they describe.
func (f *fileFlags) add(cmd *cobra.Command, what string) {
	cmd.Flags().StringVar(&f.format, "format", "",
		"format of "+what+": jsonl, json, csv, tsv, txt, parquet or arrow; default: by its content and name")
	cmd.Flags().StringVar(&f.delimiter, "delimiter", "", `character between the values of `+what+`, such as ";" or "\t"; default: detected`)
	cmd.Flags().StringVar(&f.header, "header", "",
		"true or false: whether the first row of "+what+" names the columns; false: their names are 1, 2, ...")
	cmd.Flags().StringVar(&f.quoting, "quoting", "",
		"csv or none: whether values of "+what+" may be in quotes, or quotes are text; default: none between tabs, except in .csv")
	cmd.Flags().StringVar(&f.encoding, "encoding", "",
		"encoding of "+what+", such as gb18030 or windows-1252; default: utf-8, or utf-16 by its mark")
}

// options returns how to read a file of which the columns are needed.
func (f *fileFlags) options(columns ...string) (table.Options, error) {
	o := table.Options{Format: f.format, Delimiter: f.delimiter, Quoting: f.quoting, Encoding: f.encoding, Columns: columns, Flags: true}
	switch f.header {
	case "":
	case "true", "false":
		header := f.header == "true"
		o.Header = &header
	default:
		return o, usageError{fmt.Errorf("--header is %q; it must be true or false", f.header)}
	}
	wrong := o.Check()
	for _, option := range slices.Sorted(maps.Keys(wrong)) {
		return o, usageError{fmt.Errorf("--%s: %s", option, wrong[option])}
	}
	return o, nil
}

// any reports whether a flag was given.
func (f *fileFlags) any() bool { return *f != fileFlags{} }

// given returns the flags that were given.
func (f *fileFlags) given() (flags []string) {
	for _, flag := range []struct{ name, value string }{{"format", f.format}, {"delimiter", f.delimiter}, {"header", f.header},
		{"quoting", f.quoting}, {"encoding", f.encoding}} {
		if flag.value != "" {
			flags = append(flags, "--"+flag.name+"="+flag.value)
		}
	}
	return flags
}

// warnOfShape prints what may have been read otherwise than the writer of a file meant it.
func warnOfShape(file string, doubts []string, warnings io.Writer) {
	for _, doubt := range doubts {
		fmt.Fprintf(warnings, "warning: %s: %s\n", file, doubt)
	}
}

// shapeNotice describes a shape that does not follow from the name of the file, "" for others.
func shapeNotice(t *table.Table) string {
	s := t.Shape()
	usual := map[string]string{table.CSV: ",", table.TSV: "\t"}[s.Format] == s.Delimiter && table.Ending(t.File) == "."+s.Format
	if s.Delimiter != "" && (!usual || !*s.Header) || s.Encoding != "" && s.Encoding != "utf-8" {
		return s.String()
	}
	return ""
}
