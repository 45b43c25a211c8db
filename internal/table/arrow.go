package table

import (
	"errors"
	"fmt"
	"strings"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/table/arrow"
	"ftft/internal/table/parquet"
)

// readArrow reads a file in one of Arrow's formats.
func (t *Table) readArrow() error {
	budget := parquet.NewBudget(input.Budget())
	file, err := arrow.Open(t.text, func(bytes int64) error { return budget.Take(bytes, 1) })
	if limit := (*parquet.LimitError)(nil); errors.As(err, &limit) {
		return fault.At(t.File, 0, err.Error()+"; split the file, or use a machine with more")
	}
	if err != nil {
		return fault.At(t.File, 0, "unreadable Arrow file: "+err.Error()+
			`; fetch it again, or write it as Parquet with: load_from_disk("FOLDER").to_parquet("FILE.parquet")`)
	}
	if err := t.takeRows(budget, file.Rows); err != nil {
		return err
	}
	t.text = ""
	t.setClasses(file.Metadata)
	var names []string
	var columns []cells
	for _, l := range file.Leaves {
		kind, why := typeOfArrow(l.Type)
		name := strings.Join(l.Path, ".")
		if l.Within != "" {
			name, why = l.Path[0], within(l.Within)
		}
		if why != "" {
			t.refuse(name, why)
			continue
		}
		names, columns = append(names, name), append(columns, cells{kind, l.Bytes})
	}
	return t.setColumns(file.Rows, names, columns)
}

// takeRows reserves what the readers of a table take for its rows.
func (t *Table) takeRows(budget *parquet.Budget, rows int) error {
	if budget.Take(int64(rows), rowCost) == nil {
		return nil
	}
	return fault.At(t.File, 0, fmt.Sprintf("its %d rows take more memory than the %s that are free for them; split the file",
		rows, input.Size(input.Budget())))
}

// within returns why a column in a list, a map or a union is refused.
func within(what string) string {
	return "is a " + what + ", not one value a row; write the value that you need to a column of its own"
}

// typeOfArrow returns the type of a column, or why it cannot be used.
func typeOfArrow(t arrow.Type) (kind typed, why string) {
	whole := t.Width == 1 || t.Width == 2 || t.Width == 4 || t.Width == 8
	switch {
	case t.Kind == arrow.Null, t.Kind == arrow.Text:
		return textType(), ""
	case t.Kind == arrow.Boolean:
		return booleanType(), ""
	case t.Kind == arrow.Integer && whole:
		return integerType(8*t.Width, t.Width, t.Unsigned), ""
	case t.Kind == arrow.Float && whole && t.Width > 1:
		return floatType(8 * t.Width), ""
	case t.Kind == arrow.Decimal && t.Scale >= 0 && t.Scale <= 76:
		return decimalType(t.Scale, t.Width, false), ""
	case t.Kind == arrow.Date:
		return dateType(t.PerSecond == 1000), ""
	case t.Kind == arrow.Time && whole:
		return timeType(t.PerSecond), ""
	case t.Kind == arrow.Timestamp:
		return timestampType(t.PerSecond, t.Zoned), ""
	case t.Kind == arrow.UUID:
		return uuidType(), ""
	case t.Kind == arrow.Binary:
		return kind, "holds bytes, not text"
	}
	return kind, fmt.Sprintf("is %s, which is neither text, a number, a date nor a boolean", t.Name)
}
