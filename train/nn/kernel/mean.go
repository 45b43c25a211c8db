package kernel

import "fmt"

// means is the task of Means and MeansBackward. A tile is a sequence.
type means[T Float] struct {
	arithmetic[T]
	y, x   Matrix[T]
	starts []int32
	back   bool // whether y is given
}

// Means sets row i of y to the mean of rows starts[i] to starts[i+1]-1 of x, of which there must be at least one. y is
// [sequences, columns], x [tokens, columns] and starts [sequences+1].
func (e *Engine[T]) Means(y, x Matrix[T], starts []int32) { e.runMeans(y, x, starts, false) }

// MeansBackward sets dx to the gradient of the x of Means, given dy, the gradient of its y.
func (e *Engine[T]) MeansBackward(dx, dy Matrix[T], starts []int32) { e.runMeans(dy, dx, starts, true) }

func (e *Engine[T]) runMeans(y, x Matrix[T], starts []int32, back bool) {
	if len(starts) != y.Rows+1 || int(starts[y.Rows]) != x.Rows || x.Cols != y.Cols {
		panic(fmt.Sprintf("kernel: %d means of [%d, %d] in [%d, %d]", len(starts)-1, x.Rows, x.Cols, y.Rows, y.Cols))
	}
	x.check()
	y.check()
	e.means = means[T]{e.arithmetic, y, x, starts, back}
	e.Run(y.Rows, &e.means)
}

func (t *means[T]) Tile(_, index int) {
	from, to := int(t.starts[index]), int(t.starts[index+1])
	y := t.y.Row(index)
	if t.back {
		x := t.x.Row(from)
		for j, v := range y {
			x[j] = v / T(to-from)
		}
		for i := from + 1; i < to; i++ {
			copy(t.x.Row(i), x)
		}
		return
	}
	clear(y)
	t.columnSums(y, t.x.Block(from, 0, to-from, t.x.Cols))
	for j, sum := range y {
		y[j] = sum / T(to-from)
	}
}
