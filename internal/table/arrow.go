package table

import (
	"fmt"

	"ftft/internal/input"
	"ftft/internal/table/arrow"
	"ftft/internal/table/parquet"
)

// readArrow reads a file in one of Arrow's formats.
func (t *Table) readArrow() error {
	budget := parquet.NewBudget(input.Budget())
	file, err := arrow.Open(t.text, func(bytes int64) error { return budget.Take(bytes, 1) })
	if err != nil {
		return t.unreadable(err, "Arrow",
			`fetch it again, or write it as Parquet with: load_from_disk("FOLDER").to_parquet("FILE.parquet")`)
	}
	if err := t.setRows(budget, file.Rows, file.Metadata); err != nil {
		return err
	}
	for _, l := range file.Leaves {
		err := t.addColumn(l.Path, l.Within, func(string) (cells, string, error) {
			kind, why := typeOfArrow(l.Type)
			return cells{kind, l.Bytes}, why, nil
		})
		if err != nil {
			return err
		}
	}
	return t.finishColumns()
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
