package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/table"
)

// The columns that data files usually have: those of SNLI and MultiNLI, GLUE, SICK, counterfactually augmented data, HateCheck,
// HatemojiBuild and Davidson's tweets. Of each list, the first entry that a file has counts.
var (
	guidColumns  = []string{"guid", "uid", "id", "pairID", "pair_ID", "case_id", "entry_id", "idx"}
	labelColumns = []string{"label", "gold_label", "label_gold", "entailment_judgment", "gold", "class"}
	textColumns  = [][]string{
		{"text", "text_pair"}, {"text"},
		{"premise", "hypothesis"}, {"sentence1", "sentence2"}, {"sentence_A", "sentence_B"},
		{"question1", "question2"}, {"question", "sentence"},
		{"tweet"}, {"sentence"}, {"review"}, {"test_case"}, {"content"},
	}
)

// GUIDColumn returns the column with the guids of a file's records, or "guid" if no usual one is there.
func GUIDColumn(t *table.Table) string {
	for _, column := range guidColumns {
		if slices.Contains(t.Columns, column) {
			return column
		}
	}
	return guidColumns[0]
}

// recognise sets the columns of labels and texts that are not given.
func (d *Data) recognise() {
	has := func(column string) bool { return slices.Contains(d.Columns, column) }
	for _, column := range labelColumns {
		if d.Label == "" && has(column) && column != d.GUID {
			d.Label = column
			d.note(column, "labels "+column)
		}
	}
	for _, columns := range textColumns {
		if d.Text == nil && !slices.ContainsFunc(columns, func(column string) bool { return !has(column) || column == d.Label }) {
			d.Text = columns
			d.note(columns[0], "texts "+strings.Join(columns, ", "))
		}
	}
}

// note notes a recognised column, unless it has the name that the column has by default.
func (d *Data) note(column, text string) {
	if column != "label" && column != "text" {
		d.Recognised = append(d.Recognised, text)
	}
}

// classNames returns the names that the records give the classes, [classes], for a source that has only indices. If one class has
// several names, or one name several classes, names is nil and conflict describes it. Labels that are class indices themselves name
// nothing, and a class without examples keeps its index for a name.
func (d *Data) classNames(guids []string, gold []int32, classes int) (names []string, conflict string) {
	if d.label == nil || gold == nil {
		return nil, ""
	}
	names = make([]string, classes)
	class := map[string]int32{}
	indices := true // every label is a number
	for i, guid := range guids {
		row, ok := d.rows[guid]
		if !ok {
			continue
		}
		name, _ := d.labelOf(row)
		if name == "" {
			continue
		}
		if _, err := strconv.Atoi(name); err != nil {
			indices = false
		}
		other, known := class[name]
		switch c := gold[i]; {
		case known && other != c:
			conflict = fmt.Sprintf("%q is class %d and class %d", name, other, c)
		case names[c] != "" && names[c] != name:
			conflict = fmt.Sprintf("class %d is %q and %q", c, names[c], name)
		default:
			names[c], class[name] = name, c
		}
		if conflict != "" && !indices {
			return nil, conflict + " in column " + d.Label
		}
	}
	if indices {
		return nil, ""
	}
	for c, name := range names {
		if name == "" {
			names[c] = strconv.Itoa(c)
		}
	}
	return names, ""
}

// mostNames limits the labels that are taken for names of classes: a column of more holds something else.
const mostNames = 100

// labelNames returns the names of the classes in the order of the file or, if it gives none, the distinct labels in ascending
// order. It returns nil if all labels are class indices or if there are more than mostNames.
func (d *Data) labelNames() []string {
	if names := d.Table.Classes(d.Label); names != nil {
		return names
	}
	names, indices := map[string]bool{}, true
	for row := range d.guids {
		name, _ := d.labelOf(row)
		if name == "" {
			continue
		}
		if _, err := strconv.Atoi(name); err != nil {
			indices = false
		}
		if names[name] = true; len(names) > mostNames {
			return nil
		}
	}
	if indices {
		return nil
	}
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
