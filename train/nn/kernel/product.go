package kernel

import "fmt"

// A Form selects which factor of a product is transposed.
type Form uint8

// The forms.
const (
	NN Form = iota // C = A B: the gradient of a linear layer's input
	NT             // C = A Bᵀ: a linear layer, and the gradient of attention's probabilities
	TN             // C = Aᵀ B: the gradient of a linear layer's weight
)

// Multiply computes c = from + op(a) op(b), where form selects op and from without data counts as zero. The result is
// [m, n], the factors [m, k] and [k, n] after transposition. Each element is one chain of fused multiply-adds, which begins
// with the element of from and follows the inner dimension in order, so the division into blocks does not affect the bits.
// from may be c, to accumulate, or a Repeat, to add a bias; otherwise c must not overlap the other arguments.
func (e *Engine[T]) Multiply(form Form, c, a, b, from Matrix[T]) {
	check(form, c, a, b, from)
	if c.Rows > 0 && c.Cols > 0 {
		e.arithmetic.multiply(e.Pool, form, c, a, b, from)
	}
}

// inner returns the size of the dimension that a product sums over.
func inner[T Float](form Form, a Matrix[T]) int {
	if form == TN {
		return a.Rows
	}
	return a.Cols
}

// check panics if the shapes of a product disagree or a matrix ends before its last element. The assembly does not check.
func check[T Float](form Form, c, a, b, from Matrix[T]) {
	m, k, n := a.Rows, b.Rows, b.Cols
	if form == TN {
		m = a.Cols
	}
	if form == NT {
		k, n = b.Cols, b.Rows
	}
	if c.Rows != m || c.Cols != n || inner(form, a) != k || from.Data != nil && (from.Rows != m || from.Cols != n) {
		panic(fmt.Sprintf("kernel: form %d of [%d, %d] and [%d, %d] is not [%d, %d] from [%d, %d]",
			form, a.Rows, a.Cols, b.Rows, b.Cols, c.Rows, c.Cols, from.Rows, from.Cols))
	}
	for _, x := range [4]Matrix[T]{c, a, b, from} {
		x.check()
	}
}

// product is the task of a product in plain Go. A tile is a row of c.
type product[T Float] struct {
	form          Form
	c, a, b, from Matrix[T]
}

func (p *plain[T]) multiply(pool *Pool, form Form, c, a, b, from Matrix[T]) {
	p.product = product[T]{form, c, a, b, from}
	pool.Run(c.Rows, &p.product)
}

func (p *plain[T]) multiplyAlone(_ int, form Form, c, a, b, from Matrix[T]) {
	t := product[T]{form, c, a, b, from}
	for i := range c.Rows {
		t.Tile(0, i)
	}
}

// Tile computes row i of c.
func (t *product[T]) Tile(_, i int) {
	c := t.c.Row(i)
	if t.from.Data == nil {
		clear(c)
	} else {
		copy(c, t.from.Row(i))
	}
	for p := range inner(t.form, t.a) {
		var x T
		if t.form == TN {
			x = t.a.Row(p)[i]
		} else {
			x = t.a.Row(i)[p]
		}
		if t.form == NT {
			for j := range c {
				c[j] = fma(x, t.b.Data[j*t.b.Stride+p], c[j])
			}
			continue
		}
		for j, y := range t.b.Row(p)[:len(c)] {
			c[j] = fma(x, y, c[j])
		}
	}
}
