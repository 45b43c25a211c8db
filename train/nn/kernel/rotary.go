package kernel

import (
	"fmt"
	"math"
	"slices"
)

// A Rotary holds the cosines and sines of rotary position embeddings (Su et al., 2021, section 3.2) for heads of one width.
// Columns j and j+width/2 of a head are the coordinates of a point, which turns by the angle position theta^(-2j/width).
type Rotary[T Float] struct{ cos, sin Matrix[T] } // [positions, width/2] each

// NewRotary returns the embeddings of a number of positions for heads of an even width. It rounds frequencies and angles to
// float32, as transformers does: at large positions the rounding of an angle shows in the results.
func NewRotary[T Float](positions, width int, theta float64) Rotary[T] {
	if width%2 != 0 {
		panic(fmt.Sprintf("kernel: rotary embeddings of odd width %d", width))
	}
	half := width / 2
	r := Rotary[T]{Dense(make([]T, positions*half), positions, half), Dense(make([]T, positions*half), positions, half)}
	for j := range half {
		power := float32(2*j) / float32(width)
		frequency := 1 / float32(1/exp64(-float64(power)*Log(theta)))
		for p := range positions {
			sin, cos := sincos(float64(float32(p) * frequency))
			r.cos.Row(p)[j], r.sin.Row(p)[j] = T(float32(cos)), T(float32(sin))
		}
	}
	return r
}

// sincos returns the sine and the cosine of x >= 0, with errors of a few 1e-16 below 1e6 and the same bits on every processor.
// Those of math.Sincos differ between processors.
func sincos(x float64) (sin, cos float64) {
	turns := math.RoundToEven(x * (2 / math.Pi)) // quarter turns
	x = math.FMA(turns, -1.5707963267948966, x)
	x = math.FMA(turns, -6.123233995736766e-17, x)
	square := x * x
	sin, cos = 1, 1
	for k := 18.0; k >= 2; k -= 2 { // the Taylor series of sin x / x and cos x
		sin = math.FMA(-square/(k*(k+1)), sin, 1)
		cos = math.FMA(-square/(k*(k-1)), cos, 1)
	}
	sin *= x
	switch int64(turns) & 3 {
	case 1:
		return cos, -sin
	case 2:
		return -sin, -cos
	case 3:
		return -cos, sin
	}
	return sin, cos
}

// rotary is the task of Rotate. A tile is some rows.
type rotary[T Float] struct {
	arithmetic[T]
	x      Matrix[T]
	starts []int32
	turns  Rotary[T]
	back   bool
}

// Rotate turns each head of each row of x [tokens, heads*width] by the position of the row in its sequence, or back if back is
// set. The gradient of a rotation is the rotation back of the gradient. starts [sequences+1] holds the first token of each
// sequence, then the number of tokens. No sequence may be longer than the positions of r.
func (e *Engine[T]) Rotate(x Matrix[T], starts []int32, r Rotary[T], back bool) {
	if width := 2 * r.cos.Cols; x.Cols%width != 0 || int(starts[len(starts)-1]) != x.Rows || longest(starts) > r.cos.Rows {
		panic(fmt.Sprintf("kernel: rotation of [%d, %d], up to %d positions, by embeddings of %d positions for heads of width %d",
			x.Rows, x.Cols, longest(starts), r.cos.Rows, width))
	}
	x.check()
	e.rotary = rotary[T]{e.arithmetic, x, starts, r, back}
	e.Run(tiles(x.Rows, rowTile), &e.rotary)
}

func (t *rotary[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.x.Rows)
	sequence, found := slices.BinarySearch(t.starts, int32(from))
	if !found {
		sequence--
	}
	half := t.turns.cos.Cols
	for i := from; i < to; i++ {
		for i >= int(t.starts[sequence+1]) {
			sequence++
		}
		position := i - int(t.starts[sequence])
		cos, sin := t.turns.cos.Row(position), t.turns.sin.Row(position)
		row := t.x.Row(i)
		for head := 0; head < len(row); head += 2 * half {
			a, b := row[head:head+half], row[head+half:head+2*half]
			if t.back {
				a, b = b, a
			}
			t.rotate(a, b, cos, sin)
		}
	}
}
