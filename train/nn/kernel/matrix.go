package kernel

// A Matrix is a view [Rows, Cols] of a slice. Row i starts at Data[i*Stride]. A matrix without data stands for an absent
// argument.
type Matrix[T Float] struct {
	Data               []T
	Rows, Cols, Stride int
}

// Dense returns the matrix [rows, cols] that fills the start of data without gaps.
func Dense[T Float](data []T, rows, cols int) Matrix[T] {
	return Matrix[T]{data[:rows*cols], rows, cols, cols}
}

// Repeat returns the matrix [rows, len(row)] whose rows are all row.
func Repeat[T Float](row []T, rows int) Matrix[T] { return Matrix[T]{row, rows, len(row), 0} }

// Row returns row i.
func (m Matrix[T]) Row(i int) []T { return m.Data[i*m.Stride : i*m.Stride+m.Cols] }

// check panics if the data ends before the last element.
func (m Matrix[T]) check() {
	if m.Data != nil && m.Rows > 0 && m.Cols > 0 {
		_ = m.Data[(m.Rows-1)*m.Stride+m.Cols-1]
	}
}

// Columns returns a view of count columns, beginning with column from.
func (m Matrix[T]) Columns(from, count int) Matrix[T] { return m.Block(0, from, m.Rows, count) }

// Block returns a view [rows, cols] whose first element is at (row, col).
func (m Matrix[T]) Block(row, col, rows, cols int) Matrix[T] {
	if rows == 0 || cols == 0 {
		return Matrix[T]{nil, rows, cols, m.Stride}
	}
	from := row*m.Stride + col
	return Matrix[T]{m.Data[from : from+(rows-1)*m.Stride+cols], rows, cols, m.Stride}
}
