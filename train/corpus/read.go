package corpus

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ftft/configs"
	"ftft/internal/fault"
	"ftft/internal/scalar"
	"ftft/internal/table"
)

// A reader makes examples of the records of a source. What a value counts for is the rule of package scalar.
type reader struct {
	source configs.Source
	labels []string
	config string   // where a config has the source's keys, such as data.train; "" = a file that belongs to no experiment
	also   []string // columns that the caller needs in Meta by these names, which may be paths

	// within, unless it is nil, receives the table and may return a function that reports whether a record belongs to the set. The
	// other records are accounted for as those of the other part.
	within func(*table.Table) (func(row int) bool, error)

	table                       *table.Table
	cursor                      *table.Cursor
	guid, text, textPair, label *table.Column     // nil if the source has none
	excluding                   []*table.Column   // in the order of their names
	labelMap                    map[string]string // that of the source, by class as package scalar has it
	used                        []string          // the columns of examples, which their Meta lacks
	paths                       paths
	account                     Account
}

// read returns the examples and the account of all records.
func (r *reader) read() ([]Example, Account, error) {
	r.account = newAccount(r.source.Path)
	options := r.source.Options()
	options.Flags = r.config == ""
	t, err := open(r.source.Path, options)
	if err != nil {
		return nil, r.account, err
	}
	shape := t.Shape()
	r.cursor = t.Cursor()
	r.table, r.account.Note, r.account.Shape, r.account.Doubts = t, t.Note, &shape, t.Warnings
	if err := r.findColumns(); err != nil {
		return nil, r.account, err
	}
	var belongs func(int) bool
	if r.within != nil {
		if belongs, err = r.within(t); err != nil {
			return nil, r.account, err
		}
	}
	var bad Bad
	var examples []Example
	first := map[string]int{} // row by guid
	for row := range t.Len() {
		r.account.Read++
		if belongs != nil && !belongs(row) {
			r.account.drop("in the other part", t.Line(row))
			continue
		}
		e, reason, err := r.example(row)
		if other, ok := first[e.GUID]; err == nil && reason == "" && ok {
			err = t.Fault(row, fmt.Sprintf("guid %q is already used on %s; guids must be distinct, or leave guid out to number the records",
				e.GUID, t.Place(other)))
		}
		if err != nil {
			if err := bad.Merge(err); err != nil {
				return nil, r.account, err
			}
			continue
		}
		if reason != "" {
			r.account.drop(reason, t.Line(row))
			continue
		}
		first[e.GUID] = row
		examples = append(examples, e)
	}
	if len(bad.Problems) > 0 {
		return nil, r.account, &bad
	}
	return examples, r.account, nil
}

// findColumns finds the columns that the source names. The error lists all that cannot be read.
func (r *reader) findColumns() error {
	var bad Bad
	find := func(key, name string) (c *table.Column, err error) {
		if name == "" {
			return nil, nil
		}
		c, err = column(r.cursor.Column, key, name)
		return c, bad.Merge(err)
	}
	s := r.source
	for _, c := range []struct {
		key, name string
		column    **table.Column
	}{{"guid", s.GUID, &r.guid}, {"text", s.Text, &r.text}, {"text_pair", s.TextPair, &r.textPair}, {"label", s.Label, &r.label}} {
		var err error
		if *c.column, err = find(c.key, c.name); err != nil {
			return err
		}
	}
	if s.LabelPath != "" {
		var err error
		if r.label, err = r.labelFile(); bad.Merge(err) != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Exclude)) {
		c, err := find("exclude", name)
		if err != nil {
			return err
		}
		r.excluding = append(r.excluding, c)
	}
	if len(bad.Problems) > 0 {
		return &bad
	}
	r.labelMap = map[string]string{}
	for _, own := range slices.Sorted(maps.Keys(s.LabelMap)) {
		r.labelMap[scalar.Class(own)] = s.LabelMap[own]
	}
	r.used = []string{s.GUID, s.Text, s.TextPair, s.Label}
	others := append(slices.Collect(maps.Keys(s.Exclude)), r.also...)
	r.paths = findPaths(r.table, slices.DeleteFunc(others, func(name string) bool { return slices.Contains(r.used, name) }))
	return nil
}

// counted returns a number with its noun, which takes an s in the plural.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// labelFile returns the column of the file that has a label on each line.
func (r *reader) labelFile() (*table.Column, error) {
	t, err := open(r.source.LabelPath, table.Options{Format: table.Text, Encoding: r.source.Encoding})
	if err != nil {
		return nil, err
	}
	if t.Len() != r.table.Len() {
		return nil, fault.At(t.File, 0, fmt.Sprintf("label_path: %s (empty ones count), and %s has %s; each record needs its label "+
			"on the line of its number", counted(t.Len(), "line"), r.table.File, counted(r.table.Len(), "record")))
	}
	c, err := t.Column("text")
	if err == nil {
		c.Name = "label"
	}
	return c, err
}

// example makes an example of a record, or returns the reason why it is left out. The example keeps the other columns as its Meta.
func (r *reader) example(row int) (e Example, reason string, err error) {
	if reason, err := r.excluded(row); reason != "" || err != nil {
		return e, reason, err
	}
	t := r.table
	e = Example{GUID: strconv.Itoa(row), Gold: -1, Paired: r.textPair != nil, File: t.FileOf(row), Line: t.Line(row)}
	e.Meta = r.cursor.Fields(row, r.used...)
	if r.guid != nil {
		if e.GUID, err = r.guid.ID(row, "guid"); err != nil {
			return e, "", err
		}
	}
	if r.label != nil {
		if e.Gold, reason, err = r.class(row); reason != "" || err != nil {
			return e, reason, err
		}
	}
	if e.Text, err = r.textOf(r.text, row, "text"); err != nil {
		return e, "", err
	}
	if e.TextPair, err = r.textOf(r.textPair, row, "second text"); err != nil {
		return e, "", err
	}
	if e.Gold < 0 && r.label != nil {
		r.account.Unlabelled++
	}
	if strings.TrimSpace(e.Text) == "" || e.Paired && strings.TrimSpace(e.TextPair) == "" {
		r.account.Empty++
	}
	if err := r.paths.add(e.Meta, row); err != nil {
		return e, "", err
	}
	return e, "", nil
}

// excluded returns the reason why a column's value excludes a record, or "". null is the empty text there.
func (r *reader) excluded(row int) (string, error) {
	for _, c := range r.excluding {
		v, err := c.Value(row)
		if err != nil {
			return "", err
		}
		own, index := scalar.Class(v.Text), slices.Index(r.table.Classes(c.Name), v.Text)
		bracket := map[scalar.Kind]string{scalar.List: "[", scalar.Object: "{"}[v.Kind]
		for _, text := range r.source.Exclude[c.Name] {
			if bracket != "" { // equals no text; its JSON would depend on spaces and the order of keys
				if strings.HasPrefix(strings.TrimSpace(text), bracket) {
					_, err := c.Text(row, "value for exclude")
					return "", err
				}
				continue
			}
			if v.Text == text || own == scalar.Class(text) || index >= 0 && text == strconv.Itoa(index) {
				return fmt.Sprintf("excluded: %s = %s", c.Name, text), nil
			}
		}
	}
	return "", nil
}

// class returns the class of a record, or the reason why its label leaves it out. A record without a gold label has the class -1; in
// an experiment it is an error.
func (r *reader) class(row int) (class int, reason string, err error) {
	v, err := r.label.Value(row)
	if err != nil {
		return -1, "", err
	}
	v = r.byIndex(v)
	name, unfit := v.Class()
	if unfit != nil {
		name = v.Text // "" for null
	}
	label, mapped := r.source.LabelMap[v.Text]
	if !mapped {
		label, mapped = r.labelMap[name]
	}
	if label == configs.Drop && mapped {
		return -1, fmt.Sprintf("label %s dropped", v.Text), nil
	}
	if mapped {
		class = scalar.OfText(label).Index(r.labels)
	} else {
		class = v.Index(r.labels)
	}
	switch {
	case class >= 0:
		return class, "", nil
	case v.Unlabelled() && r.config == "":
		return -1, "", nil
	case v.Unlabelled():
		err = r.label.Fault(row, fmt.Sprintf("no gold label (column %q is %v); label_map = { %q = %q } in %s leaves such rows out",
			r.label.Name, v, v.Text, configs.Drop, r.config))
	case v.Kind == scalar.List || v.Kind == scalar.Object || v.Kind == scalar.Bytes:
		_, err = r.label.Class(row, "label")
	case r.config == "":
		err = r.label.Fault(row, fmt.Sprintf("label %s is not one of %s", quoted(v), fault.Names(r.labels)))
	default:
		err = r.label.Fault(row, fmt.Sprintf("label %s is not one of %s; label_map in %s maps it to one, or to %q to leave its rows out",
			quoted(v), fault.Names(r.labels), r.config, configs.Drop))
	}
	return -1, "", err
}

// byIndex returns the class index in the place of a class name that the file gives it, if the labels or label_map have the index and not
// the name.
func (r *reader) byIndex(v scalar.Value) scalar.Value {
	index := slices.Index(r.table.Classes(r.label.Name), v.Text)
	if index < 0 || r.means(v.Text) || !r.means(strconv.Itoa(index)) {
		return v
	}
	return scalar.Value{Kind: scalar.Number, Text: strconv.Itoa(index)}
}

// means reports whether the labels or label_map have a name.
func (r *reader) means(name string) bool {
	_, mapped := r.labelMap[scalar.Class(name)]
	return mapped || slices.ContainsFunc(r.labels, func(own string) bool { return scalar.Class(own) == scalar.Class(name) })
}

// quoted returns a label in quotes whatever its type.
func quoted(v scalar.Value) string { return scalar.OfText(v.Text).String() }

// textOf returns a text of a record. In an experiment an empty one is an error, except for a line of plain text.
func (r *reader) textOf(c *table.Column, row int, what string) (string, error) {
	if c == nil {
		return "", nil
	}
	text, err := c.Text(row, what)
	if err != nil || r.config == "" || r.table.Format == table.Text || strings.TrimSpace(text) != "" {
		return text, err
	}
	state := "empty"
	if v, err := c.Value(row); err == nil && v.Kind == scalar.Null {
		state = "null"
	}
	return "", r.table.Fault(row, fmt.Sprintf("the %s (column %q) is %s; exclude = { %q = [%q] } in %s leaves such rows out",
		what, c.Name, state, c.Name, text, r.config))
}

// column returns a column that a table or a cursor finds. The error names the key of the config, such as text_pair.
func column(find func(name string) (*table.Column, error), key, name string) (*table.Column, error) {
	c, err := find(name)
	if err != nil {
		return nil, keyed(err, key)
	}
	return c, nil
}

// paths are columns inside of objects, which a record's fields lack.
type paths []*table.Column

// findPaths returns those of the names that are paths in a table. Names that it lacks are left out.
func findPaths(t *table.Table, names []string) (list paths) {
	for _, name := range names {
		if slices.Contains(t.Columns, name) {
			continue
		}
		if c, err := t.Column(name); err == nil {
			list = append(list, c)
		}
	}
	return list
}

// add adds the values of a row to its fields.
func (p paths) add(fields map[string]string, row int) error {
	for _, c := range p {
		v, err := c.Value(row)
		if err != nil {
			return err
		}
		if v.Kind != scalar.Null && v.Kind != scalar.NotFinite {
			fields[c.Name] = v.Text
		}
	}
	return nil
}
