package source

import (
	"fmt"
	"slices"
	"strconv"

	"ftft/internal/fault"
	"ftft/internal/table"
)

// Data is a file of records joined to the examples of a source by guid.
type Data struct {
	*table.Table
	GUID  string   // the column with the guids; "" = the record's number, from 0
	Label string   // the column with the gold labels; "" = none
	Text  []string // the columns with the texts: one, the two of a pair, or none

	// Recognised describes the columns that were not given but found by their usual names, other than label and text.
	Recognised []string

	guids []string
	rows  map[string]int
	label func(row int) (string, bool)
}

// OpenData reads a file of records. An unknown column and empty or duplicate guids are a *fault.Bad. If label is "" or text is nil,
// columns with usual names are used if there are any, such as gold_label, or premise and hypothesis.
func OpenData(path, guid, label string, text []string) (*Data, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	return NewData(t, guid, label, text)
}

// NewData is OpenData for records that are already read.
func NewData(t *table.Table, guid, label string, text []string) (d *Data, err error) {
	d = &Data{Table: t, GUID: guid, Label: label, Text: text, guids: make([]string, t.Len()), rows: make(map[string]int, t.Len())}
	d.recognise()
	id := func(row int) (string, bool) { return strconv.Itoa(row), true }
	if guid != "" {
		if id, err = t.Find(guid); err != nil {
			return nil, err
		}
	}
	if d.Label != "" {
		if d.label, err = t.Find(d.Label); err != nil {
			return nil, err
		}
	}
	for _, column := range text {
		if _, err := t.Find(column); err != nil {
			return nil, err
		}
	}
	for row := range d.guids {
		value, ok := id(row)
		if !ok || value == "" {
			return nil, t.Fault(row, fmt.Sprintf("the guid (column %q) is empty", guid))
		}
		if first, twice := d.rows[value]; twice {
			return nil, t.Fault(row, fmt.Sprintf("guid %q already occurs on %s; guids must be distinct", value, t.Place(first)))
		}
		d.guids[row], d.rows[value] = value, row
	}
	return d, nil
}

// GUIDs returns the guids in the order of the records.
func (d *Data) GUIDs() []string { return d.guids }

// Row returns the record of a guid. ok is false if there is none.
func (d *Data) Row(guid string) (row int, ok bool) {
	row, ok = d.rows[guid]
	return row, ok
}

// Unmatched returns the rows whose guid is not among guids, and the guids without a row.
func (d *Data) Unmatched(guids []string) (rows []int, missing []string) {
	known := make(map[string]bool, len(guids))
	for _, guid := range guids {
		known[guid] = true
		if _, ok := d.rows[guid]; !ok {
			missing = append(missing, guid)
		}
	}
	for row, guid := range d.guids {
		if !known[guid] {
			rows = append(rows, row)
		}
	}
	return rows, missing
}

// gold returns the class of each guid, [n]. A guid without a class gets -1, and the error is a *fault.Bad.
func (d *Data) gold(guids []string, classes int, labels []string) ([]int32, error) {
	var problems fault.Collector
	gold := make([]int32, len(guids))
	for i, guid := range guids {
		class, problem := d.class(guid, classes, labels)
		gold[i] = class
		if problem != nil {
			problems.Add(*problem)
		}
	}
	return gold, problems.Err(d.File)
}

// class returns the class of a guid, or -1 and the problem.
func (d *Data) class(guid string, classes int, labels []string) (int32, *fault.Problem) {
	row, ok := d.rows[guid]
	if !ok {
		return -1, &fault.Problem{File: d.File, Message: fmt.Sprintf("no record has the source's guid %s", guid)}
	}
	value, ok := d.label(row)
	if class := slices.Index(labels, value); ok && class >= 0 {
		return int32(class), nil
	}
	if class, err := strconv.Atoi(value); err == nil && class >= 0 && class < classes {
		return int32(class), nil
	}
	hint := fmt.Sprintf("neither a class index below %d nor one of %q", classes, labels)
	switch {
	case !ok:
		hint = "no label"
	case labels == nil:
		hint = fmt.Sprintf("not a class index below %d; name the labels in the order of the logits with --labels A,B,...", classes)
	}
	return -1, &d.Fault(row, fmt.Sprintf("guid %s has the label %q: %s", guid, value, hint)).Problems[0]
}

// classes returns the number of classes: that of the labels or, without labels, one more than the greatest class index, at
// least 2.
func (d *Data) classes(labels []string) int {
	if labels != nil {
		return len(labels)
	}
	most := 1
	for row := range d.guids {
		if value, ok := d.label(row); ok {
			if class, err := strconv.Atoi(value); err == nil && class < 1<<16 {
				most = max(most, class)
			}
		}
	}
	return most + 1
}

// Contradicted returns the guids whose label in the file differs from their gold label. Labels that name no class are ignored.
func (d *Data) Contradicted(guids []string, gold []int32, classes int, labels []string) (list []string) {
	if d.label == nil {
		return nil
	}
	for i, guid := range guids {
		if class, problem := d.class(guid, classes, labels); problem == nil && class != gold[i] {
			list = append(list, guid)
		}
	}
	return list
}
