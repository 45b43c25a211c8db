package bench

import (
	"fmt"

	"ftft/train/nn/kernel"
)

// products are those of a linear layer of tokens by in to out: forward, by its input, by its weight.
func products() []Case {
	var cases []Case
	for _, s := range []struct{ tokens, in, out int }{
		{1024, 128, 512}, {1024, 512, 128}, {2048, 128, 128}, {1024, 384, 1536}, {1024, 1536, 384}, {1024, 384, 384}, {1024, 768, 3072},
		{1024, 3072, 768}, {256, 384, 1536}, {4096, 384, 1536},
	} {
		x, w, y := matrix(s.tokens, s.in), matrix(s.out, s.in), matrix(s.tokens, s.out)
		add := func(name string, form kernel.Form, c, a, b kernel.Matrix[float32]) {
			cases = append(cases, Case{
				Name:  fmt.Sprintf("product/%s-%dx%dx%d", name, s.tokens, s.in, s.out),
				Flops: 2 * float64(s.tokens) * float64(s.in) * float64(s.out),
				Start: func(e *kernel.Engine[float32]) (func() error, error) {
					return func() error { e.Multiply(form, c, a, b, kernel.Matrix[float32]{}); return nil }, nil
				},
			})
		}
		add("forward", kernel.NT, matrix(s.tokens, s.out), x, w)
		add("input", kernel.NN, matrix(s.tokens, s.in), y, w)
		add("weight", kernel.TN, matrix(s.out, s.in), y, x)
	}
	return cases
}

// operations are those that go through a matrix once or a few times, at the sizes of a model that is 384 wide.
func operations() []Case {
	const tokens, hidden, inner, vocabulary = 1024, 384, 1536, 30522
	dropout := kernel.NewDropout(0.1, 1, 1, 1)
	scale := random(hidden)
	keep := kernel.Norm[float32]{Unit: matrix(tokens, hidden), Inverse: random(tokens)}
	a, b, c := matrix(tokens, hidden), matrix(tokens, hidden), matrix(tokens, hidden)
	x, y, z := matrix(tokens, inner), matrix(tokens, inner), matrix(tokens, inner)
	table, gradient := matrix(vocabulary, hidden), matrix(vocabulary, hidden)
	rows, gold := make([]int32, tokens), make([]int32, 32)
	for i := range rows {
		rows[i] = int32(i * 29 % vocabulary)
	}
	logits, slope := matrix(32, 3), matrix(32, 3)
	moved := kernel.Moved[float32]{Data: table.Data, Grad: gradient.Data, First: random(len(table.Data)), Second: make([]float32, len(table.Data)), Width: hidden}
	sparse := moved
	sparse.Touched = rows
	step := kernel.AdamStep{Factor: 1, Beta1: 0.9, Beta2: 0.999, Root: 1, Epsilon: 1e-6, Move: 1e-9, Keep: 1}

	operation := func(name string, elements int, run func(e *kernel.Engine[float32])) Case {
		return Case{Name: "operation/" + name, Elements: elements, Start: func(e *kernel.Engine[float32]) (func() error, error) {
			return func() error { run(e); return nil }, nil
		}}
	}
	return []Case{
		operation("gelu", tokens*inner, func(e *kernel.Engine[float32]) { e.Activate(kernel.GELU, y, z, x) }),
		operation("norm", tokens*hidden, func(e *kernel.Engine[float32]) { e.AddNorm(c, a, b, scale, scale, dropout, 1e-12, keep) }),
		operation("norm-back", tokens*hidden, func(e *kernel.Engine[float32]) { e.AddNormBack(c, b, a, scale, dropout, keep) }),
		operation("dropout", tokens*hidden, func(e *kernel.Engine[float32]) { e.Drop(b, a, dropout) }),
		operation("product", tokens*inner, func(e *kernel.Engine[float32]) { e.Product(z, x, y) }),
		operation("column-sums", tokens*inner, func(e *kernel.Engine[float32]) { e.ColumnSums(y.Data[:inner], x, kernel.Matrix[float32]{}) }),
		operation("lookup", tokens*hidden, func(e *kernel.Engine[float32]) {
			e.Lookup(c, [3]kernel.Matrix[float32]{table, table, table}, [3][]int32{rows, rows, rows})
		}),
		operation("scatter", tokens*hidden, func(e *kernel.Engine[float32]) { e.Scatter(gradient, a, rows, rows) }),
		operation("cross-entropy", 32*3, func(*kernel.Engine[float32]) { kernel.CrossEntropy(slope, logits, gold) }),
		operation("adamw", vocabulary*hidden, func(e *kernel.Engine[float32]) { e.AdamW(&moved, step) }),
		operation("adamw-sparse", vocabulary*hidden, func(e *kernel.Engine[float32]) { e.AdamW(&sparse, step) }),
		operation("squares", vocabulary*hidden, func(e *kernel.Engine[float32]) { e.Squares(&moved) }),
	}
}

// attentions are about 1,024 tokens in sequences of one length, 12 heads of 32, with dropout.
func attentions() []Case {
	const heads, hidden = 12, 384
	dropout := kernel.NewDropout(0.1, 1, 1, 1)
	var cases []Case
	for _, length := range []int{16, 29, 64, 128, 256, 512} {
		starts := []int32{0}
		for int(starts[len(starts)-1])+length <= 1024 {
			starts = append(starts, starts[len(starts)-1]+int32(length))
		}
		tokens := int(starts[len(starts)-1])
		q, k, v, out := matrix(tokens, hidden), matrix(tokens, hidden), matrix(tokens, hidden), matrix(tokens, hidden)
		dq, dk, dv := matrix(tokens, hidden), matrix(tokens, hidden), matrix(tokens, hidden)
		add := func(name string, products int, run func(e *kernel.Engine[float32])) {
			cases = append(cases, Case{
				Name: fmt.Sprintf("attention/%s-%d", name, length), Tokens: tokens,
				Flops: float64(products) * 2 * float64(tokens*length) * hidden,
				Start: func(e *kernel.Engine[float32]) (func() error, error) {
					return func() error { run(e); return nil }, nil
				},
			})
		}
		add("forward", 2, func(e *kernel.Engine[float32]) { e.Attend(out, q, k, v, starts, heads, dropout) })
		add("back", 5, func(e *kernel.Engine[float32]) { e.AttendBack(dq, dk, dv, out, q, k, v, starts, heads, dropout) })
	}
	return cases
}
