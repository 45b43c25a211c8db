package table

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/scalar"
	"ftft/internal/table/parquet"
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

// unreadable returns the error of a binary file that cannot be opened. advice is what to do with a damaged one.
func (t *Table) unreadable(err error, kind, advice string) error {
	if limit := (*parquet.LimitError)(nil); errors.As(err, &limit) {
		return fault.At(t.File, 0, err.Error()+"; split the file, or use a machine with more")
	}
	return fault.At(t.File, 0, "unreadable "+kind+" file: "+err.Error()+"; "+advice)
}

// setRows makes the table one of a binary format without columns, and drops the text. It reserves the memory that the readers of a
// table take for its rows.
func (t *Table) setRows(budget *parquet.Budget, rows int, metadata map[string]string) error {
	if budget.Take(int64(rows), rowCost) != nil {
		return fault.At(t.File, 0, fmt.Sprintf("its %d rows take more memory than the %s that are free for them; split the file",
			rows, input.Size(input.Budget())))
	}
	t.text, t.columnar = "", &columnar{rows: rows}
	t.setClasses(metadata)
	return nil
}

// addColumn adds the column at a path in the schema, or refuses it. around is the list, map or union that it is in, "" for none.
// values returns its values, or why they cannot be used.
func (t *Table) addColumn(path []string, around string, values func(name string) (c cells, why string, err error)) error {
	if around != "" {
		t.refuse(path[0], "is a "+around+", not one value a row; write the value that you need to a column of its own")
		return nil
	}
	name := strings.Join(path, ".")
	c, why, err := values(name)
	if err != nil {
		return err
	}
	if why != "" {
		t.refuse(name, why)
		return nil
	}
	if classes := t.classes[name]; classes != nil {
		c.typed = c.named(classes)
	}
	t.Columns, t.columnar.columns = append(t.Columns, name), append(t.columnar.columns, c)
	return nil
}

// finishColumns sets the note about the columns that are refused. A file without rows is an error.
func (t *Table) finishColumns() error {
	var skipped []string
	for name, why := range t.unusable {
		why, _, _ = strings.Cut(why, ";")
		skipped = append(skipped, strconv.Quote(name)+" ("+why+")")
	}
	if slices.Sort(skipped); skipped != nil {
		t.Note = "columns that cannot be used: " + strings.Join(skipped, ", ")
	}
	if t.columnar.rows == 0 {
		return fault.At(t.File, 0, "the file has no rows")
	}
	return nil
}
