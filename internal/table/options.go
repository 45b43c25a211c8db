package table

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
)

// Options describe what neither the name nor the content of a file tells. The zero value leaves all to detection.
type Options struct {
	Format    string   // one of Formats; "" = by content and name
	Delimiter string   // the character between the values of CSV and TSV; "" = detected
	Header    *bool    // whether the first record of CSV and TSV names the columns, which else are "1", "2", ...; nil = yes
	Quoting   string   // QuotingCSV or QuotingNone; "" = by the format
	Encoding  string   // of a text format, such as gb18030; "" = UTF-8, or by the byte order mark
	Columns   []string // that the caller needs; they distinguish a table from plain lines and one delimiter from another
	Flags     bool     // whether messages name the flags of a command rather than the keys of a config

	classes map[string][]string // the names of the classes of columns, where the file names none
}

// Formats are the values of Options.Format.
var Formats = []string{JSONL, JSON, CSV, TSV, Text, Parquet, Arrow}

// The ways to treat quotes in CSV and TSV.
const (
	QuotingCSV  = "csv"  // a value in quotes may hold delimiters, line breaks and doubled quotes
	QuotingNone = "none" // quotes are part of the text
)

// Quotings are the values of Options.Quoting.
var Quotings = []string{QuotingCSV, QuotingNone}

// Set returns how a user sets an option: as a key of a config or as a flag of a command.
func (o Options) Set(option, value string) string {
	if !o.Flags {
		if option != "header" {
			value = strconv.Quote(value)
		}
		return option + " = " + value
	}
	if strings.ContainsAny(value, "\t ;|&<>*?") {
		value = "'" + strings.ReplaceAll(value, "\t", `\t`) + "'"
	}
	return "--" + option + "=" + value
}

// key returns what a user calls an option.
func (o Options) key(option string) string {
	if o.Flags {
		return "--" + option
	}
	return option
}

// Delimiter returns the delimiter that a user's text means: one character, or \t for a tab.
func Delimiter(text string) (string, error) {
	if text == `\t` || text == "tab" {
		return "\t", nil
	}
	if runes := []rune(text); len(runes) != 1 || strings.ContainsAny(text, "\"\r\n\ufffd\ufeff\x00") {
		return "", fmt.Errorf(`%q is not a delimiter: it must be one character, such as ";" or "|", or \t for a tab`, text)
	}
	return text, nil
}

// Check returns what is wrong with the options, by the name of the option.
func (o Options) Check() map[string]string {
	wrong := map[string]string{}
	oneOf := func(option, value string, values []string) {
		if value != "" && !slices.Contains(values, value) {
			wrong[option] = fmt.Sprintf("%q is unknown; available: %s", value, strings.Join(values, ", "))
		}
	}
	oneOf("format", o.Format, Formats)
	oneOf("quoting", o.Quoting, Quotings)
	if o.Delimiter != "" {
		if _, err := Delimiter(o.Delimiter); err != nil {
			wrong["delimiter"] = err.Error()
		} else if o.Format != "" && o.Format != CSV && o.Format != TSV {
			wrong["delimiter"] = fmt.Sprintf("the format %s has no delimiter", o.Format)
		}
	}
	if _, _, err := findEncoding(o.Encoding); err != nil {
		wrong["encoding"] = err.Error()
	}
	return wrong
}

// check is Check as an error about a file.
func (o Options) check(name string) error {
	wrong := o.Check()
	for _, option := range slices.Sorted(maps.Keys(wrong)) {
		return fault.At(name, 0, o.key(option)+": "+wrong[option])
	}
	return nil
}

// unfit returns an error if the options describe what a file of a format cannot have.
func (o Options) unfit(format string) error {
	var given string
	switch text := format != CSV && format != TSV; {
	case text && o.Delimiter != "":
		given = "delimiter"
	case text && o.Header != nil:
		given = "header"
	case text && o.Quoting != "":
		given = "quoting"
	case (format == Parquet || format == Arrow) && o.Encoding != "":
		given = "encoding"
	default:
		return nil
	}
	kind := map[string]string{Text: "plain text, one value a line", Parquet: "Parquet", Arrow: "Arrow"}[format]
	if kind == "" {
		kind = "JSON"
	}
	message := fmt.Sprintf("the file is %s, which has no %s: remove %s", kind, given, o.key(given))
	if format == Text {
		message += fmt.Sprintf(", or if it is a table: %s or another delimiter", o.Set("delimiter", "\t"))
	}
	return errors.New(message)
}

// ReadWith is Read with options. The path may be input.Stdin.
func ReadWith(path string, o Options) (*Table, error) {
	_, err := os.Stat(path)
	switch {
	case err != nil && isPattern(path):
		return readPattern(path, o)
	case isFolder(path):
		return readFolder(path, o)
	}
	return readFile(path, o)
}

// readFile reads one file.
func readFile(path string, o Options) (*Table, error) {
	content, err := input.Content(path)
	if err != nil {
		return nil, err
	}
	return parseUnpacked(input.Name(path), content, o)
}
