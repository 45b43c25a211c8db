package corpus

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"ftft/configs"
	"ftft/train/corpus/nli"
)

// A record is one row of a source as text, by column.
type record struct {
	line   int
	fields map[string]string
}

// A table is a source as read.
type table struct {
	file    string
	columns []string // nil where each record has its own
	records []record
	note    string
}

// readTable reads a source whole, by its name's ending.
func readTable(path string) (*table, error) {
	if strings.HasPrefix(path, configs.Builtin) {
		return builtin(path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &Bad{[]Problem{{File: path, Message: cause(err) + "; relative paths start at data.root (--set data.root=DIR)"}}}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &Bad{[]Problem{{File: path, Message: "the file is empty"}}}
	}
	if line := invalidLine(data); line > 0 {
		return nil, &Bad{[]Problem{{path, line, "not UTF-8; convert the file, for instance with: iconv -f latin1 -t utf-8"}}}
	}
	t := &table{file: path}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl", ".ndjson":
		err = t.readJSONL(data)
	case ".csv":
		err = t.readCSV(data)
	case ".tsv":
		err = t.readTSV(data)
	case ".txt":
		err = t.readText(data)
	default:
		err = &Bad{[]Problem{{File: path, Message: "of no format known by its name; there are .jsonl, .csv, .tsv and .txt"}}}
	}
	return t, err
}

// cause is what went wrong with a file, without its name.
func cause(err error) string {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// invalidLine is the first line that is not UTF-8, 0 if all are.
func invalidLine(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	line := 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[size:]
	}
	return line
}

func (t *table) readJSONL(data []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var object map[string]any
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.UseNumber()
		if err := decoder.Decode(&object); err != nil {
			return &Bad{[]Problem{{t.file, n, "not a JSON object: " + err.Error()}}}
		}
		if decoder.More() {
			return &Bad{[]Problem{{t.file, n, "something follows the JSON object; one object a line"}}}
		}
		r := record{n, map[string]string{}}
		for key, value := range object {
			switch v := value.(type) {
			case string:
				r.fields[key] = v
			case nil:
			default:
				text, err := json.Marshal(v)
				if err != nil {
					return err
				}
				r.fields[key] = string(text)
			}
		}
		t.records = append(t.records, r)
	}
	return lines.Err()
}

func (t *table) readCSV(data []byte) error {
	reader := csv.NewReader(bytes.NewReader(data))
	for {
		fields, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
			return &Bad{[]Problem{{t.file, parse.StartLine, parse.Err.Error()}}}
		} else if err != nil {
			return err
		}
		line, _ := reader.FieldPos(0)
		t.row(line, fields)
	}
}

// readTSV takes quotes for text: a field ends at a tab, a record at a line's end.
func (t *table) readTSV(data []byte) error {
	for i, line := range strings.Split(strings.TrimRight(string(data), "\r\n"), "\n") {
		fields := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		if t.columns != nil && len(fields) != len(t.columns) {
			return &Bad{[]Problem{{t.file, i + 1, fmt.Sprintf("%d fields, the header has %d", len(fields), len(t.columns))}}}
		}
		t.row(i+1, fields)
	}
	return nil
}

// readText takes each line for a text.
func (t *table) readText(data []byte) error {
	t.columns = []string{"text"}
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		t.row(i+1, []string{strings.TrimSuffix(line, "\r")})
	}
	return nil
}

// row takes a header or a record.
func (t *table) row(line int, fields []string) {
	if t.columns == nil {
		t.columns = slices.Clone(fields)
		return
	}
	r := record{line, make(map[string]string, len(fields))}
	for i, name := range t.columns {
		r.fields[name] = fields[i]
	}
	t.records = append(t.records, r)
}

// builtin generates a part of the built-in task. Its "lines" are numbers of pairs.
func builtin(path string) (*table, error) {
	name := strings.TrimPrefix(path, configs.Builtin)
	part, ok := strings.CutPrefix(name, "nli")
	part = strings.TrimPrefix(part, "/")
	if part == "" {
		part = nli.Train
	}
	pairs, found := nli.Generate(part)
	if !ok || !found {
		return nil, &Bad{[]Problem{{File: path, Message: "no such built-in data; there are builtin:nli, builtin:nli/id, builtin:nli/ood-validation, builtin:nli/ood-test"}}}
	}
	t := &table{file: path, columns: nli.Columns, note: "synthetic: generated by rules, says nothing about real language"}
	for i, p := range pairs {
		fields := map[string]string{"guid": p.GUID, "premise": p.Premise, "hypothesis": p.Hypothesis, "label": p.Label}
		for key, value := range p.Meta {
			fields[key] = value
		}
		t.records = append(t.records, record{i + 1, fields})
	}
	return t, nil
}

// column checks that a column is there, of some record at least, and names those that are.
func (t *table) column(key, name string) error {
	names := t.columns
	if names == nil {
		seen := map[string]bool{}
		for _, r := range t.records {
			for k := range r.fields {
				if !seen[k] {
					seen[k] = true
					names = append(names, k)
				}
			}
		}
		slices.Sort(names)
	}
	if slices.Contains(names, name) {
		return nil
	}
	return &Bad{[]Problem{{t.file, 1, fmt.Sprintf("no column %q (%s); there are %q", name, key, names)}}}
}
