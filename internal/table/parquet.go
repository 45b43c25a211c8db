package table

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"

	"ftft/internal/fault"
	"ftft/internal/input"
	"ftft/internal/table/parquet"
)

// readParquet reads the columns from the text, which it then drops.
func (t *Table) readParquet() error {
	budget := parquet.NewBudget(input.Budget())
	file, err := parquet.Open(t.text, budget)
	if err != nil {
		return t.unreadable(err, "Parquet", "fetch it again, or write it again with snappy, zstd or gzip")
	}
	if err := t.setRows(budget, file.Rows, file.Metadata); err != nil {
		return err
	}
	t.parquet, t.leaves = file, map[string]*parquet.Leaf{}
	for _, l := range file.Leaves {
		err := t.addColumn(l.Path, l.Within, func(name string) (cells, string, error) {
			kind, why := typeOf(l)
			if why == "" && l.Type == format.ByteArray {
				var err error
				if why, err = t.checkText(l, name); err != nil {
					return cells{}, "", err
				}
			}
			if why == "" {
				t.leaves[name] = l
			}
			return cells{kind, rawOf(l)}, why, nil
		})
		if err != nil {
			return err
		}
	}
	return t.finishColumns()
}

// rawOf returns a function that returns the bytes of a row's value, and false for a null.
func rawOf(l *parquet.Leaf) func(row int) ([]byte, bool) {
	return func(row int) ([]byte, bool) {
		value, ok := l.Value(row)
		if !ok {
			return nil, false
		}
		return l.Bytes(value), true
	}
}

// typeOf returns the type of a leaf's values, or why they cannot be used.
func typeOf(l *parquet.Leaf) (kind typed, why string) {
	switch logical := l.Logical.(type) {
	case *format.IntType:
		if l.Type == format.Int32 || l.Type == format.Int64 {
			return integerType(int(logical.BitWidth), l.Width, !logical.IsSigned), ""
		}
	case *format.DecimalType:
		if logical.Scale < 0 || logical.Scale > 76 {
			return kind, fmt.Sprintf("is a decimal with %d digits after the point", logical.Scale)
		}
		integer := l.Type == format.Int32 || l.Type == format.Int64
		if integer || l.Type == format.FixedLenByteArray || l.Type == format.ByteArray {
			return decimalType(int(logical.Scale), l.Width, !integer), ""
		}
	case *format.DateType:
		if l.Type == format.Int32 {
			return dateType(false), ""
		}
	case *format.TimestampType:
		if l.Type == format.Int64 {
			return timestampType(perSecond(logical.Unit), logical.IsAdjustedToUTC), ""
		}
	case *format.TimeType:
		if l.Type == format.Int32 || l.Type == format.Int64 {
			return timeType(perSecond(logical.Unit)), ""
		}
	case *format.UUIDType:
		if l.Type == format.FixedLenByteArray && l.Width == 16 {
			return uuidType(), ""
		}
	case *format.Float16Type:
		if l.Type == format.FixedLenByteArray && l.Width == 2 {
			return floatType(16), ""
		}
	case *format.NullType:
		return textType(), ""
	case nil, *format.StringType, *format.EnumType, *format.JsonType:
		switch l.Type {
		case format.Boolean:
			return booleanType(), ""
		case format.Int32, format.Int64:
			return integerType(8*l.Width, l.Width, false), ""
		case format.Float, format.Double:
			return floatType(8 * l.Width), ""
		case format.Int96:
			return julianType(), ""
		case format.ByteArray:
			return textType(), ""
		case format.FixedLenByteArray:
			return kind, "holds bytes, not text"
		}
	}
	return kind, fmt.Sprintf("is of the type %v, which is neither text, a number, a date nor a boolean", l.Logical)
}

// perSecond returns how many units a second has.
func perSecond(unit format.TimeUnit) int64 {
	if unit.Value == nil {
		return 1000
	}
	return int64(time.Second / unit.Value.Duration())
}

// checkText returns why a column of byte arrays is no text. For one that claims to be text, it is an error.
func (t *Table) checkText(l *parquet.Leaf, name string) (why string, err error) {
	if _, decimal := l.Logical.(*format.DecimalType); decimal {
		return "", nil
	}
	valid := func(text string) bool { return utf8.ValidString(text) }
	if !slices.ContainsFunc(l.Texts, func(text string) bool { return !valid(text) }) {
		return "", nil
	}
	for row := range t.parquet.Rows {
		if value, ok := l.Value(row); ok && !valid(l.Text(value)) {
			if l.Logical == nil {
				return "holds bytes, not text", nil
			}
			return "", fault.At(t.File, 0, fmt.Sprintf("row %d: column %q: not UTF-8", row+1, name))
		}
	}
	return "", nil // only in a dictionary
}

// parquetPart returns the rows to write, with the new values of edits.
func (t *Table) parquetPart(rows []int, edits map[int]map[string]string) parquet.Part {
	return parquet.Part{File: t.parquet, Rows: rows, Edits: func(row int) (list []parquet.Edit, err error) {
		for column, text := range edits[row] {
			kind, l := t.columnar.columns[slices.Index(t.Columns, column)], t.leaves[column]
			if kind.write == nil || len(l.Path) > 1 {
				return nil, t.Fault(row, fmt.Sprintf("column %q: values of its type cannot be changed", column))
			}
			raw, err := kind.write(text)
			if err != nil {
				return nil, t.Fault(row, fmt.Sprintf("column %q: the new value %q %v", column, text, err))
			}
			list = append(list, parquet.Edit{Leaf: l, Value: raw})
		}
		return list, nil
	}}
}
