package kernel

import "math"

// An Activation is a function that is applied to each element.
type Activation uint8

// The activations.
const (
	Identity Activation = iota
	GELU                // x Φ(x), where Φ is the standard normal distribution function (Hendrycks and Gimpel, 2016)
	GELUTanh            // x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, an approximation of GELU from the same paper
	ReLU
	Tanh
)

// activation is the task of Activate. A tile is some rows.
type activation[T Float] struct {
	arithmetic[T]
	kind        Activation
	y, slope, z Matrix[T]
}

// Activate sets y to activation(z) and slope to the derivative of the activation at z. The gradient of z is the product of
// slope and the gradient of y; see Product. All are [rows, columns]. y or slope may be the memory of z. Identity is not
// supported.
func (e *Engine[T]) Activate(kind Activation, y, slope, z Matrix[T]) {
	e.activation = activation[T]{e.arithmetic, kind, y, slope, z}
	e.Run(tiles(y.Rows, rowTile), &e.activation)
}

func (t *activation[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.y.Rows)
	for i := from; i < to; i++ {
		t.activate(t.kind, t.y.Row(i), t.slope.Row(i), t.z.Row(i))
	}
}

// at returns the value and the derivative of an activation at x.
func at[T Float](kind Activation, x T) (y, slope T) {
	switch kind {
	case GELU:
		return gelu(x)
	case GELUTanh:
		const a, b = 0.7978845608028654, 0.044715 // √(2/π)
		square := x * x
		t := tanh(T(a) * fma(T(T(b)*square), x, x))
		inner := fma(T(3*b), square, 1) * T(a)
		half := (1 + t) * 0.5
		return x * half, fma(T(x*0.5*inner), fma(-t, t, 1), half)
	case ReLU:
		if x <= 0 {
			return 0, 0
		}
		return x, 1 // keeps a NaN
	case Tanh:
		t := tanh(x)
		return t, fma(-t, t, 1)
	}
	panic("kernel: the activation has no function")
}

func gelu[T Float](x T) (y, slope T) {
	phi := (1 + erf(x*T(math.Sqrt2/2))) * 0.5
	density := exp(x*-0.5*x) * T(1/math.Sqrt(2*math.Pi))
	return x * phi, fma(density, x, phi)
}
