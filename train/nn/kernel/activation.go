package kernel

import "math"

// An Activation is a function of one element.
type Activation uint8

const (
	Identity Activation = iota
	GELU                // x Φ(x), Φ the normal distribution, by the error function
	GELUTanh            // x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2
	ReLU
	Tanh
)

type activation[T Float] struct {
	kind        Activation
	y, z, slope Matrix[T]
	bias        []T
}

// Activate sets y to activation(z + bias), and slope to the activation's derivative there, with which Product turns
// the gradient of y into that of z. y, z and slope are [rows, columns], bias [columns]; z may be the memory of y or of
// slope. Identity has no slope.
func (e *Engine[T]) Activate(kind Activation, y, z, slope Matrix[T], bias []T) {
	e.activation = activation[T]{kind, y, z, slope, bias}
	e.Run(tiles(y.Rows, rowTile), &e.activation)
}

func (t *activation[T]) Tile(_, index int) {
	from, to := rowsOf(index, t.y.Rows)
	for i := from; i < to; i++ {
		z := t.z.Row(i)
		y, bias := t.y.Row(i)[:len(z)], t.bias[:len(z)]
		if t.kind == Identity {
			for j, v := range z {
				y[j] = v + bias[j]
			}
			continue
		}
		slope := t.slope.Row(i)[:len(z)]
		for j, v := range z {
			y[j], slope[j] = at(t.kind, v+bias[j])
		}
	}
}

// at is an activation and its derivative at x.
func at[T Float](kind Activation, x T) (y, slope T) {
	switch kind {
	case GELU:
		phi := (1 + erf(x*T(1/math.Sqrt2))) / 2
		density := exp(-x*x/2) * T(1/math.Sqrt(2*math.Pi))
		return x * phi, phi + x*density
	case GELUTanh:
		const a, b = 0.7978845608028654, 0.044715 // √(2/π)
		t := tanh(T(a) * (x + T(b)*x*x*x))
		return x * (1 + t) / 2, (1+t)/2 + x*(1-t*t)/2*T(a)*(1+T(3*b)*x*x)
	case ReLU:
		if x > 0 {
			return x, 1
		}
		return 0, 0
	case Tanh:
		t := tanh(x)
		return t, 1 - t*t
	}
	return x, 1
}
