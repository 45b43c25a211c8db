package bench

import (
	"fmt"
	"sync"

	"ftft/train/nn/kernel"
)

// products are those of a linear layer of tokens by in to out: forward, by its input, by its weight.
func products() []Case {
	var cases []Case
	for _, s := range []struct{ tokens, in, out int }{
		{1024, 128, 512}, {1024, 512, 128}, {2048, 128, 128}, {1024, 384, 1536}, {1024, 1536, 384}, {1024, 384, 384}, {1024, 768, 3072},
		{1024, 3072, 768}, {256, 384, 1536}, {4096, 384, 1536},
	} {
		add := func(name string, form kernel.Form, ready func() (c, a, b kernel.Matrix[float32])) {
			cases = append(cases, Case{
				Name:  fmt.Sprintf("product/%s-%dx%dx%d", name, s.tokens, s.in, s.out),
				Flops: 2 * float64(s.tokens) * float64(s.in) * float64(s.out),
				Start: func(e *kernel.Engine[float32]) (func() error, func(), error) {
					c, a, b := ready()
					return func() error { e.Multiply(form, c, a, b, kernel.Matrix[float32]{}); return nil }, func() {}, nil
				},
			})
		}
		x := func() kernel.Matrix[float32] { return matrix(s.tokens, s.in) }
		y := func() kernel.Matrix[float32] { return matrix(s.tokens, s.out) }
		w := func() kernel.Matrix[float32] { return matrix(s.out, s.in) }
		add("forward", kernel.NT, func() (c, a, b kernel.Matrix[float32]) { return y(), x(), w() })
		add("input", kernel.NN, func() (c, a, b kernel.Matrix[float32]) { return x(), y(), w() })
		add("weight", kernel.TN, func() (c, a, b kernel.Matrix[float32]) { return w(), y(), x() })
	}
	return cases
}

// field is what the operations work on, at the sizes of a model that is 384 wide.
type field struct {
	a, b, c       kernel.Matrix[float32] // [tokens, hidden]
	x, y, z       kernel.Matrix[float32] // [tokens, inner]
	table, grad   kernel.Matrix[float32] // [vocabulary, hidden]
	scale         []float32
	keep          kernel.Norm[float32]
	rows, gold    []int32
	logits, slope kernel.Matrix[float32]
	dense, sparse kernel.AdamState[float32]
}

const tokens, hidden, inner, vocabulary = 1024, 384, 1536, 30522

func newField() *field {
	f := &field{
		a: matrix(tokens, hidden), b: matrix(tokens, hidden), c: matrix(tokens, hidden),
		x: matrix(tokens, inner), y: matrix(tokens, inner), z: matrix(tokens, inner),
		table: matrix(vocabulary, hidden), grad: matrix(vocabulary, hidden), scale: random(hidden),
		keep: kernel.Norm[float32]{Unit: matrix(tokens, hidden), Inverse: random(tokens)},
		gold: make([]int32, 32), logits: matrix(32, 3), slope: matrix(32, 3),
	}
	for i := range tokens {
		f.rows = append(f.rows, int32(i*29%vocabulary))
	}
	size := vocabulary * hidden
	f.dense = kernel.AdamState[float32]{Data: f.table.Data, Grad: f.grad.Data, First: random(size), Second: make([]float32, size), Width: hidden}
	f.sparse = f.dense
	f.sparse.Touched = f.rows
	return f
}

// operations are those that go through a matrix once or a few times.
func operations() []Case {
	dropout := kernel.NewDropout(0.1, 1, 1, 1)
	step := kernel.AdamStep{Factor: 1, Beta1: 0.9, Beta2: 0.999, Root: 1, Epsilon: 1e-6, Move: 1e-9, Keep: 1}
	none := kernel.Matrix[float32]{}
	ready := sync.OnceValue(newField)
	operation := func(name string, elements int, run func(e *kernel.Engine[float32], f *field)) Case {
		return Case{Name: "operation/" + name, Elements: elements, Start: func(e *kernel.Engine[float32]) (func() error, func(), error) {
			f := ready()
			return func() error { run(e, f); return nil }, func() {}, nil
		}}
	}
	return []Case{
		operation("gelu", tokens*inner, func(e *kernel.Engine[float32], f *field) { e.Activate(kernel.GELU, f.y, f.z, f.x) }),
		operation("norm", tokens*hidden, func(e *kernel.Engine[float32], f *field) {
			e.AddNorm(f.c, f.a, f.b, f.scale, f.scale, dropout, 1e-12, f.keep)
		}),
		operation("norm-back", tokens*hidden, func(e *kernel.Engine[float32], f *field) {
			e.AddNormBackward(f.c, f.b, f.a, f.scale, dropout, f.keep)
		}),
		operation("dropout", tokens*hidden, func(e *kernel.Engine[float32], f *field) { e.Drop(f.b, f.a, dropout) }),
		operation("product", tokens*inner, func(e *kernel.Engine[float32], f *field) { e.Product(f.z, f.x, f.y) }),
		operation("column-sums", tokens*inner, func(e *kernel.Engine[float32], f *field) { e.ColumnSums(f.y.Data[:inner], f.x, none) }),
		operation("lookup", tokens*hidden, func(e *kernel.Engine[float32], f *field) {
			e.Lookup(f.c, [3]kernel.Matrix[float32]{f.table, f.table, f.table}, [3][]int32{f.rows, f.rows, f.rows})
		}),
		operation("scatter", tokens*hidden, func(e *kernel.Engine[float32], f *field) { e.Scatter(f.grad, f.a, f.rows, f.rows) }),
		operation("cross-entropy", 32*3, func(e *kernel.Engine[float32], f *field) { kernel.CrossEntropy(f.slope, f.logits, f.gold) }),
		operation("adamw", vocabulary*hidden, func(e *kernel.Engine[float32], f *field) { e.AdamW(&f.dense, step) }),
		operation("adamw-sparse", vocabulary*hidden, func(e *kernel.Engine[float32], f *field) { e.AdamW(&f.sparse, step) }),
		operation("squares", vocabulary*hidden, func(e *kernel.Engine[float32], f *field) { e.Squares(&f.dense) }),
	}
}

// attentions are about 1,024 tokens in sequences of one length, 12 heads of 32, with dropout.
func attentions() []Case {
	const heads = 12
	dropout := kernel.NewDropout(0.1, 1, 1, 1)
	var cases []Case
	for _, length := range []int{16, 29, 64, 128, 256, 512} {
		starts := []int32{0}
		for int(starts[len(starts)-1])+length <= 1024 {
			starts = append(starts, starts[len(starts)-1]+int32(length))
		}
		tokens := int(starts[len(starts)-1])
		add := func(name string, products int, ready func() func(e *kernel.Engine[float32])) {
			cases = append(cases, Case{
				Name: fmt.Sprintf("attention/%s-%d", name, length), Tokens: tokens,
				Flops: float64(products) * 2 * float64(tokens*length) * hidden,
				Start: func(e *kernel.Engine[float32]) (func() error, func(), error) {
					run := ready()
					return func() error { run(e); return nil }, func() {}, nil
				},
			})
		}
		m := func() kernel.Matrix[float32] { return matrix(tokens, hidden) }
		add("forward", 2, func() func(e *kernel.Engine[float32]) {
			q, k, v, out := m(), m(), m(), m()
			return func(e *kernel.Engine[float32]) { e.Attend(out, q, k, v, starts, heads, dropout) }
		})
		add("back", 5, func() func(e *kernel.Engine[float32]) {
			q, k, v, dout, dq, dk, dv := m(), m(), m(), m(), m(), m(), m()
			return func(e *kernel.Engine[float32]) { e.AttendBackward(dq, dk, dv, dout, q, k, v, starts, heads, dropout) }
		})
	}
	return cases
}
