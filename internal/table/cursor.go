package table

import (
	"fmt"
	"slices"
	"sort"

	"ftft/internal/scalar"
)

// A Cursor reads several values of each record in one pass over it: a record is scanned when the first of its values is read, and
// kept until a value of another is read. It is for one goroutine.
type Cursor struct {
	table  *Table
	shards []*Cursor // of the files of a table of several

	row     int // whose members are kept, -1 for none
	record  string
	members []member
	add     func(name string, raw span) // appends to members
}

// member is one value of a record, by column. A record may have several of one column.
type member struct {
	name    string
	raw     span
	value   scalar.Value // once it is decoded
	decoded bool
}

// Cursor returns a cursor over the records of the table.
func (t *Table) Cursor() *Cursor {
	c := &Cursor{table: t, row: -1}
	c.add = func(name string, raw span) { c.members = append(c.members, member{name: name, raw: raw}) }
	for _, shard := range t.shards {
		c.shards = append(c.shards, shard.Cursor())
	}
	return c
}

// Column finds a column as Table.Column does. Its values are read with the cursor.
func (c *Cursor) Column(name string) (*Column, error) {
	t := c.table
	if t.shards != nil {
		return t.shardColumn(name, func(i int) (*Column, error) { return c.shards[i].Column(name) })
	}
	column, err := t.Column(name)
	if err != nil || t.columnar != nil || !slices.Contains(t.Columns, name) { // a path is followed on its own
		return column, err
	}
	column.value = func(row int) (scalar.Value, string) { return c.value(row, name) }
	return column, nil
}

// value returns the value of a column, or the message of a faulty record.
func (c *Cursor) value(row int, name string) (scalar.Value, string) {
	c.move(row)
	found, times := -1, 0
	for i := range c.members {
		if c.members[i].name == name {
			found, times = i, times+1
		}
	}
	switch {
	case times > 1:
		return scalar.Value{}, repeated(name, times)
	case found < 0:
		return scalar.Value{}, ""
	}
	return c.decode(&c.members[found]), ""
}

// Fields returns a record's values as Table.Fields does, without those of the columns that are left out.
func (c *Cursor) Fields(row int, without ...string) map[string]string {
	t := c.table
	if t.shards != nil {
		i := sort.SearchInts(t.starts, row+1) - 1
		return c.shards[i].Fields(row-t.starts[i], without...)
	}
	fields := make(map[string]string, max(0, len(t.Columns)-len(without)))
	set := func(name string, v scalar.Value) {
		if v.Kind != scalar.Null && v.Kind != scalar.NotFinite {
			fields[name] = v.Text
		} else {
			delete(fields, name)
		}
	}
	if t.columnar != nil {
		for i, name := range t.Columns {
			if !slices.Contains(without, name) {
				set(name, t.columnar.columns[i].value(row))
			}
		}
		return fields
	}
	c.move(row)
	for i := range c.members {
		if m := &c.members[i]; !slices.Contains(without, m.name) {
			set(m.name, c.decode(m))
		}
	}
	return fields
}

// move scans a record unless it is the one that is kept.
func (c *Cursor) move(row int) {
	if c.row == row {
		return
	}
	c.row, c.record, c.members = row, c.table.record(row), c.members[:0]
	c.table.syntax.each(c.table, c.record, c.add)
}

// decode returns the value of a member of the record.
func (c *Cursor) decode(m *member) scalar.Value {
	if !m.decoded {
		m.value, m.decoded = c.table.scalar(m.raw.of(c.record)), true
	}
	return m.value
}

// repeated describes a record that has a column several times.
func repeated(column string, times int) string {
	return fmt.Sprintf("column %q occurs %s in this record: remove all but one", column, timesOf(times))
}
