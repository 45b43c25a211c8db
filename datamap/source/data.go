package source

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"ftft/internal/fault"
	"ftft/internal/scalar"
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
	label *table.Column // nil without labels
	texts []*table.Column
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
	var id *table.Column
	if guid != "" {
		if id, err = t.Column(guid); err != nil {
			return nil, err
		}
	}
	if d.Label != "" {
		if d.label, err = t.Column(d.Label); err != nil {
			return nil, err
		}
	}
	for _, column := range d.Text {
		c, err := t.Column(column)
		if err != nil {
			return nil, err
		}
		d.texts = append(d.texts, c)
	}
	for row := range d.guids {
		value := strconv.Itoa(row)
		if id != nil {
			if value, err = id.ID(row, "guid"); err != nil {
				return nil, err
			}
		}
		if first, twice := d.rows[value]; twice {
			return nil, t.Fault(row, fmt.Sprintf("guid %q already occurs on %s; guids must be distinct", value, t.Place(first)))
		}
		d.guids[row], d.rows[value] = value, row
	}
	return d, nil
}

// Texts returns the texts of a record: one, the two of a pair, or an empty one if no column has texts.
func (d *Data) Texts(row int) (texts []string, err error) {
	if d.texts == nil {
		return []string{""}, nil
	}
	texts = make([]string, len(d.texts))
	for i, c := range d.texts {
		if texts[i], err = c.Text(row, "text"); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// labelOf returns a record's label in the form that package scalar has it, "" if it has none, and what the file has.
func (d *Data) labelOf(row int) (name string, v scalar.Value) {
	v, err := d.label.Value(row)
	if err != nil {
		return "", v
	}
	name, err = v.Class()
	if err != nil || v.Unlabelled() {
		return "", v
	}
	return name, v
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
	name, v := d.labelOf(row)
	if class := v.Index(labels); class >= 0 {
		return int32(class), nil
	}
	if class, err := strconv.Atoi(name); err == nil && class >= 0 && class < classes {
		return int32(class), nil
	}
	if class := slices.Index(d.Classes(d.Label), v.Text); class >= 0 {
		if labels == nil && class < classes {
			return int32(class), nil
		}
		if class = slices.Index(labels, strconv.Itoa(class)); class >= 0 {
			return int32(class), nil
		}
	}
	_, err := d.label.Value(row)
	if err == nil && !v.Unlabelled() {
		_, err = d.label.Class(row, "label")
	}
	if bad := (*fault.Bad)(nil); errors.As(err, &bad) {
		return -1, &bad.Problems[0]
	}
	message := fmt.Sprintf("guid %s has the label %q: ", guid, v.Text)
	switch {
	case v.Unlabelled():
		message = fmt.Sprintf("guid %s has no gold label (column %q is %v)", guid, d.Label, v)
	case labels == nil:
		message += fmt.Sprintf("not a class index below %d; name the labels in the order of the logits with --labels A,B,...", classes)
	default:
		message += fmt.Sprintf("neither a class index below %d nor one of %s", classes, fault.Names(labels))
	}
	return -1, &d.Fault(row, message).Problems[0]
}

// classes returns the number of classes: that of the labels or, without labels, one more than the greatest class index, at
// least 2.
func (d *Data) classes(labels []string) int {
	if labels != nil {
		return len(labels)
	}
	most := max(1, len(d.Classes(d.Label))-1)
	for row := range d.guids {
		name, _ := d.labelOf(row)
		if class, err := strconv.Atoi(name); err == nil && class < 1<<16 {
			most = max(most, class)
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
