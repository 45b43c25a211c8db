package kernel

// A Matrix is a view of rows by columns; row i starts at Data[i*Stride].
type Matrix[T Float] struct {
	Data               []T
	Rows, Cols, Stride int
}

// Dense is the matrix that fills the start of data row by row.
func Dense[T Float](data []T, rows, cols int) Matrix[T] {
	return Matrix[T]{data[:rows*cols], rows, cols, cols}
}

// Repeat is the matrix that has the same row everywhere.
func Repeat[T Float](row []T, rows int) Matrix[T] { return Matrix[T]{row, rows, len(row), 0} }

// Row is row i.
func (m Matrix[T]) Row(i int) []T { return m.Data[i*m.Stride : i*m.Stride+m.Cols] }

// check panics where the data end before the last element.
func (m Matrix[T]) check() {
	if m.Data != nil && m.Rows > 0 && m.Cols > 0 {
		_ = m.Data[(m.Rows-1)*m.Stride+m.Cols-1]
	}
}

// Columns is the view of count columns from column from on.
func (m Matrix[T]) Columns(from, count int) Matrix[T] { return m.Block(0, from, m.Rows, count) }

// Block is the view of rows by cols elements from (row, col) on.
func (m Matrix[T]) Block(row, col, rows, cols int) Matrix[T] {
	if rows == 0 || cols == 0 {
		return Matrix[T]{nil, rows, cols, m.Stride}
	}
	from := row*m.Stride + col
	return Matrix[T]{m.Data[from : from+(rows-1)*m.Stride+cols], rows, cols, m.Stride}
}
