package source

import (
	"fmt"
	"slices"
	"strconv"

	"ftft/datamap/fault"
	"ftft/datamap/table"
)

// Data are the records of a source's examples: a file that is joined by guid.
type Data struct {
	*table.Table
	GUID   string   // the guid's column; "" = the record's number, from 0
	Label  string   // the gold label's; "" = none
	Text   []string // those of the texts
	Labels []string // the classes' names in the order of the logits; nil = the labels are class indices

	guids []string
	rows  map[string]int
	label func(row int) (string, bool)
}

// OpenData reads a file of records. A column that it lacks, an empty guid and one that is there twice are a *fault.Bad.
func OpenData(path, guid, label string, text, labels []string) (*Data, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	d := &Data{Table: t, GUID: guid, Label: label, Text: text, Labels: labels, guids: make([]string, t.Len()), rows: make(map[string]int, t.Len())}
	id := func(row int) (string, bool) { return strconv.Itoa(row), true }
	if guid != "" {
		if id, err = t.Find(guid); err != nil {
			return nil, err
		}
	}
	if label != "" {
		if d.label, err = t.Find(label); err != nil {
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
			return nil, t.Fault(row, fmt.Sprintf("guid %q is %s's already; guids must be distinct", value, t.Place(first)))
		}
		d.guids[row], d.rows[value] = value, row
	}
	return d, nil
}

// GUIDs are the records', in their order.
func (d *Data) GUIDs() []string { return d.guids }

// Row is the record of a guid.
func (d *Data) Row(guid string) (row int, ok bool) {
	row, ok = d.rows[guid]
	return row, ok
}

// Unmatched are the rows whose guid is none of those given, and the guids that have no row.
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

// most is the number of problems that an error lists.
const most = 10

// gold finds the class of each guid, -1 with a *fault.Bad where there is none.
func (d *Data) gold(guids []string, classes int) ([]int32, error) {
	if d.Labels != nil && len(d.Labels) != classes {
		return nil, fmt.Errorf("%d labels are named (%q), and the logits have %d classes", len(d.Labels), d.Labels, classes)
	}
	var bad fault.Bad
	more := 0
	gold := make([]int32, len(guids))
	for i, guid := range guids {
		class, problem := d.class(guid, classes)
		gold[i] = class
		switch {
		case problem == nil:
		case len(bad.Problems) < most:
			bad.Problems = append(bad.Problems, *problem)
		default:
			more++
		}
	}
	if more > 0 {
		bad.Problems = append(bad.Problems, fault.Problem{File: d.File, Message: fmt.Sprintf("and %d faults more", more)})
	}
	if len(bad.Problems) > 0 {
		return gold, &bad
	}
	return gold, nil
}

// class is the class of a guid, -1 with what is wrong.
func (d *Data) class(guid string, classes int) (int32, *fault.Problem) {
	row, ok := d.rows[guid]
	if !ok {
		return -1, &fault.Problem{File: d.File, Message: fmt.Sprintf("no record has the guid %s of the source", guid)}
	}
	value, ok := d.label(row)
	if class := slices.Index(d.Labels, value); ok && class >= 0 {
		return int32(class), nil
	}
	if class, err := strconv.Atoi(value); err == nil && class >= 0 && class < classes {
		return int32(class), nil
	}
	hint := fmt.Sprintf("neither a class index below %d nor one of %q", classes, d.Labels)
	switch {
	case !ok:
		hint = "no label"
	case d.Labels == nil:
		hint = fmt.Sprintf("no class index below %d; name the labels in the order of the logits with --labels A,B,...", classes)
	}
	return -1, &d.Fault(row, fmt.Sprintf("guid %s has the label %q: %s", guid, value, hint)).Problems[0]
}

// names are the classes' names, nil where nobody has said them.
func (d *Data) names(classes int) []string {
	if len(d.Labels) == classes {
		return d.Labels
	}
	return nil
}
