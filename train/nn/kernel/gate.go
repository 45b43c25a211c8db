package kernel

import "fmt"

// gate is the task of Gate. A tile is some rows.
type gate[T Float] struct {
	arithmetic[T]
	kind         Activation
	y, slopes, z Matrix[T]
}

// Gate sets y to activation(a) b, a gated linear unit (Shazeer, 2020), where z [rows, 2*columns] holds a and b side by side,
// and slopes to the derivatives of y by a and b, side by side. y is [rows, columns], slopes [rows, 2*columns]. Identity is not
// supported.
func (e *Engine[T]) Gate(kind Activation, y, slopes, z Matrix[T]) {
	checkGate(y, slopes, z)
	e.gate = gate[T]{e.arithmetic, kind, y, slopes, z}
	e.Run(tiles(y.Rows, rowTile), &e.gate)
}

func (t *gate[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.y.Rows)
	n := t.y.Cols
	for i := from; i < to; i++ {
		y, z, slopes := t.y.Row(i), t.z.Row(i), t.slopes.Row(i)
		activated, slope := slopes[n:], slopes[:n]
		t.activate(t.kind, activated, slope, z[:n])
		t.times(y, activated, z[n:])
		t.times(slope, slope, z[n:])
	}
}

// gateBack is the task of GateBackward. A tile is some rows.
type gateBack[T Float] struct {
	arithmetic[T]
	dz, dy, slopes Matrix[T]
}

// GateBackward sets dz to the gradient of Gate's z, given dy, the gradient of its y, and the slopes that it computed. dz may be
// the memory of slopes.
func (e *Engine[T]) GateBackward(dz, dy, slopes Matrix[T]) {
	checkGate(dy, slopes, dz)
	e.gateBack = gateBack[T]{e.arithmetic, dz, dy, slopes}
	e.Run(tiles(dy.Rows, rowTile), &e.gateBack)
}

func (t *gateBack[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.dy.Rows)
	n := t.dy.Cols
	for i := from; i < to; i++ {
		dz, dy, slopes := t.dz.Row(i), t.dy.Row(i), t.slopes.Row(i)
		t.times(dz[:n], dy, slopes[:n])
		t.times(dz[n:], dy, slopes[n:])
	}
}

// checkGate panics if the shapes of a gated linear unit disagree or a matrix ends before its last element.
func checkGate[T Float](y, slopes, z Matrix[T]) {
	if slopes.Rows != y.Rows || z.Rows != y.Rows || slopes.Cols != 2*y.Cols || z.Cols != 2*y.Cols {
		panic(fmt.Sprintf("kernel: a gate of [%d, %d] with slopes [%d, %d] is not [%d, %d]",
			z.Rows, z.Cols, slopes.Rows, slopes.Cols, y.Rows, y.Cols))
	}
	y.check()
	slopes.check()
	z.check()
}
