package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// A Column reads the values of one column by the rule of package scalar.
type Column struct {
	Name  string
	table *Table
	value func(row int) (scalar.Value, string) // the value, or the message of a faulty record
}

// Column finds a column by its name. In JSON, a name such as "example.premise" that is no key of a record is a path: the value of
// "premise" in the object "example"; in a list, numbers from 0 are the names. A column that is absent, or occurs twice in the
// header, or holds what cannot be read, is a *fault.Bad.
func (t *Table) Column(name string) (*Column, error) {
	if t.shards != nil {
		return t.shardColumn(name, func(i int) (*Column, error) { return t.shards[i].Column(name) })
	}
	if err := t.check(name); err != nil {
		return nil, err
	}
	c := &Column{Name: name, table: t}
	if t.columnar != nil {
		cells := t.columnar.columns[slices.Index(t.Columns, name)]
		c.value = func(row int) (scalar.Value, string) { return cells.value(row), "" }
		return c, nil
	}
	find := t.finder(name)
	c.value = func(row int) (scalar.Value, string) {
		record := t.record(row)
		raw, wrong := find(record)
		if raw.start < 0 || wrong != "" {
			return scalar.Value{}, wrong
		}
		return t.scalar(raw.of(record)), ""
	}
	return c, nil
}

// scalar decodes a value of a text format.
func (t *Table) scalar(raw string) scalar.Value {
	text, _ := t.syntax.value(raw)
	return scalar.Value{Kind: t.syntax.kind(raw), Text: text}
}

// Value returns a row's value, null if the record has none. A key that occurs twice in the record is a *fault.Bad.
func (c *Column) Value(row int) (scalar.Value, error) {
	v, wrong := c.value(row)
	if wrong != "" {
		return v, c.table.Fault(row, wrong)
	}
	return v, nil
}

// Fault returns an error about a row's value, with its place.
func (c *Column) Fault(row int, message string) *fault.Bad { return c.table.Fault(row, message) }

// ID returns a row's value as scalar.Value.ID does. A value that is no ID is a *fault.Bad, whose message calls it what, such as
// "guid".
func (c *Column) ID(row int, what string) (string, error) {
	return c.as(row, what, scalar.Value.ID)
}

// Class returns a row's value as scalar.Value.Class does; otherwise it is like ID.
func (c *Column) Class(row int, what string) (string, error) {
	return c.as(row, what, scalar.Value.Class)
}

// Text returns a row's value as the text of an example, "" for null; otherwise it is like ID.
func (c *Column) Text(row int, what string) (string, error) {
	return c.as(row, what, func(v scalar.Value) (string, error) {
		if v.Kind == scalar.Null {
			return "", nil
		}
		return v.AsText()
	})
}

func (c *Column) as(row int, what string, form func(scalar.Value) (string, error)) (string, error) {
	v, err := c.Value(row)
	if err != nil {
		return "", err
	}
	text, err := form(v)
	if err != nil {
		return "", c.table.Fault(row, fmt.Sprintf("the %s (column %q) %v%s", what, c.Name, err, c.inside(row, v)))
	}
	return text, nil
}

// inside returns a hint that names a value inside of a list or an object, "" for others.
func (c *Column) inside(row int, v scalar.Value) string {
	if c.table.shards != nil {
		shard, row := c.table.shard(row)
		if column, err := shard.Column(c.Name); err == nil {
			return column.inside(row, v)
		}
		return ""
	}
	if c.table.columnar != nil || v.Kind != scalar.List && v.Kind != scalar.Object {
		return ""
	}
	record := c.table.record(row)
	raw, _ := c.table.finder(c.Name)(record)
	if path := firstScalar(raw.of(record)); path != "" {
		return fmt.Sprintf("; make it one text, or name a value inside of it: %q", c.Name+"."+path)
	}
	return ""
}

// finder returns a function that finds a column's value in a record. The start of the span is -1 if there is none; wrong says what
// is wrong with the record.
func (t *Table) finder(column string) func(record string) (raw span, wrong string) {
	if !slices.Contains(t.Columns, column) && t.isJSON() {
		return func(record string) (span, string) { return follow(record, column) }
	}
	return func(record string) (span, string) {
		found, times := span{-1, -1}, 0
		t.syntax.each(t, record, func(name string, raw span) {
			if name == column {
				found, times = raw, times+1
			}
		})
		if times > 1 {
			return found, repeated(column, times)
		}
		return found, ""
	}
}

func timesOf(n int) string {
	if n == 2 {
		return "twice"
	}
	return strconv.Itoa(n) + " times"
}

// check returns an error unless a column can be read. It lists the columns if there is no such column.
func (t *Table) check(column string) error {
	switch n := count(t.Columns, column); {
	case n == 1:
		return nil
	case n > 1:
		var numbers []string
		for i, name := range t.Columns {
			if name == column {
				numbers = append(numbers, strconv.Itoa(i+1))
			}
		}
		return fault.At(t.File, t.headerLine(), fmt.Sprintf("column %q occurs %s, as columns %s: rename all but one",
			column, timesOf(n), strings.Join(numbers, ", ")))
	}
	if why := t.unusable[column]; why != "" {
		return fault.At(t.File, 0, fmt.Sprintf("column %q is there, but %s", column, why))
	}
	if t.isJSON() && t.hasPath(column) {
		return nil
	}
	inside := func(name string) bool { return strings.HasPrefix(name, column+".") }
	if i := slices.IndexFunc(t.Columns, inside); i >= 0 && t.columnar != nil {
		return fault.At(t.File, 0, fmt.Sprintf("column %q is there, but is a struct; name a value inside of it, such as %q",
			column, t.Columns[i]))
	}
	message := fmt.Sprintf("no column %q; there are %s", column, fault.Names(t.Columns))
	if path := t.pathEndingIn(column); path != "" {
		message += fmt.Sprintf("; the values inside of an object are named by a path, such as %q", path)
	}
	return fault.At(t.File, t.headerLine(), message+t.hint())
}

// headerLine returns the line of the header, 0 if there is none.
func (t *Table) headerLine() int {
	if !t.headed {
		return 0
	}
	return 1 + strings.Count(strings.TrimRight(t.text[:t.head], "\r\n"), "\n")
}

func count(names []string, name string) (n int) {
	for _, other := range names {
		if other == name {
			n++
		}
	}
	return n
}
