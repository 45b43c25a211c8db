package table

import (
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/scalar"
)

// columnar holds the rows of a binary format. Values share the memory of what was read.
type columnar struct {
	rows    int
	columns []cells // parallel to Table.Columns
}

// cells are the values of a column of which a row has at most one.
type cells struct {
	typed
	// raw returns the bytes of a row's value, and false for a null.
	raw func(row int) ([]byte, bool)
}

func (c cells) value(row int) scalar.Value {
	raw, ok := c.raw(row)
	if !ok {
		return scalar.Value{}
	}
	return c.read(raw)
}

// rowCost is the memory that readers of a table take for a row, at least, in bytes.
const rowCost = 256

// setColumns sets the columns of a table, and its note about those that are refused.
func (t *Table) setColumns(rows int, names []string, columns []cells) error {
	t.Columns, t.columnar = names, &columnar{rows, columns}
	for i, name := range names {
		if classes := t.classes[name]; classes != nil {
			columns[i].typed = columns[i].named(classes)
		}
	}
	var skipped []string
	for name, why := range t.unusable {
		why, _, _ = strings.Cut(why, ";")
		skipped = append(skipped, strconv.Quote(name)+" ("+why+")")
	}
	if slices.Sort(skipped); skipped != nil {
		t.Note = "columns that cannot be used: " + strings.Join(skipped, ", ")
	}
	if rows == 0 {
		return fault.At(t.File, 0, "the file has no rows")
	}
	return nil
}
