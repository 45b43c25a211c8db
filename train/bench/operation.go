package bench

import (
	"fmt"
	"sync"

	"ftft/train/nn/kernel"
)

// products returns the products of linear layers of several sizes: the forward pass, the gradient of the input, and the
// gradient of the weight.
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
		x := func() kernel.Matrix[float32] { return matrix(s.tokens, s.in) }  // [tokens, in]
		y := func() kernel.Matrix[float32] { return matrix(s.tokens, s.out) } // [tokens, out]
		w := func() kernel.Matrix[float32] { return matrix(s.out, s.in) }     // [out, in]
		add("forward", kernel.NT, func() (c, a, b kernel.Matrix[float32]) { return y(), x(), w() })
		add("input", kernel.NN, func() (c, a, b kernel.Matrix[float32]) { return x(), y(), w() })
		add("weight", kernel.TN, func() (c, a, b kernel.Matrix[float32]) { return w(), y(), x() })
	}
	return cases
}

// arguments are the arguments of the operations, in the sizes of a model with 384 columns.
type arguments struct {
	a, b, c       kernel.Matrix[float32] // [tokens, hidden]
	x, y, z       kernel.Matrix[float32] // [tokens, inner]
	half          kernel.Matrix[float32] // [tokens, inner/2]
	table, grad   kernel.Matrix[float32] // [vocabulary, hidden]
	scale         []float32              // [hidden]
	norm          kernel.Norm[float32]   // [tokens, hidden]
	rows          []int32                // [tokens] of table
	gold          []int32                // [32]
	starts        []int32                // of two sequences
	rotary        kernel.Rotary[float32] // heads of width 64
	logits, slope kernel.Matrix[float32] // [32, 3]
	dense, sparse kernel.AdamState[float32]
}

const tokens, hidden, inner, vocabulary = 1024, 384, 1536, 30522

// newArguments returns arguments of random values.
func newArguments() *arguments {
	args := &arguments{
		a: matrix(tokens, hidden), b: matrix(tokens, hidden), c: matrix(tokens, hidden),
		x: matrix(tokens, inner), y: matrix(tokens, inner), z: matrix(tokens, inner),
		table: matrix(vocabulary, hidden), grad: matrix(vocabulary, hidden), scale: random(hidden),
		norm: kernel.Norm[float32]{Unit: matrix(tokens, hidden), Inverse: random(tokens)},
		half: matrix(tokens, inner/2), starts: []int32{0, 100, tokens}, rotary: kernel.NewRotary[float32](tokens, 64, 1e4),
		gold: make([]int32, 32), logits: matrix(32, 3), slope: matrix(32, 3),
	}
	for i := range tokens {
		args.rows = append(args.rows, int32(i*29%vocabulary))
	}
	size := vocabulary * hidden
	args.dense = kernel.AdamState[float32]{
		Data: args.table.Data, Grad: args.grad.Data, First: random(size), Second: make([]float32, size), Width: hidden,
	}
	args.sparse = args.dense
	args.sparse.Touched = args.rows
	return args
}

// operations returns the operations that process a matrix element by element or row by row.
func operations() []Case {
	dropout := kernel.NewDropout(0.1, 1, 1, 1)
	step := kernel.AdamStep{Factor: 1, Beta1: 0.9, Beta2: 0.999, Root: 1, Epsilon: 1e-6, Move: 1e-9, Keep: 1}
	none := kernel.Matrix[float32]{}
	shared := sync.OnceValue(newArguments)
	operation := func(name string, elements int, run func(e *kernel.Engine[float32], args *arguments)) Case {
		return Case{Name: "operation/" + name, Elements: elements, Start: func(e *kernel.Engine[float32]) (func() error, func(), error) {
			args := shared()
			return func() error { run(e, args); return nil }, func() {}, nil
		}}
	}
	return []Case{
		operation("gelu", tokens*inner, func(e *kernel.Engine[float32], args *arguments) {
			e.Activate(kernel.GELU, args.y, args.z, args.x)
		}),
		operation("norm", tokens*hidden, func(e *kernel.Engine[float32], args *arguments) {
			e.AddNorm(args.c, args.a, args.b, args.scale, args.scale, dropout, 1e-12, args.norm)
		}),
		operation("norm-back", tokens*hidden, func(e *kernel.Engine[float32], args *arguments) {
			e.AddNormBackward(args.c, args.b, args.a, args.scale, dropout, args.norm)
		}),
		operation("dropout", tokens*hidden, func(e *kernel.Engine[float32], args *arguments) { e.Drop(args.b, args.a, dropout) }),
		operation("rotate", tokens*hidden, func(e *kernel.Engine[float32], args *arguments) {
			e.Rotate(args.a, args.starts, args.rotary, false)
		}),
		operation("gate", tokens*inner/2, func(e *kernel.Engine[float32], args *arguments) {
			e.Gate(kernel.GELU, args.half, args.y, args.x)
		}),
		operation("gate-back", tokens*inner/2, func(e *kernel.Engine[float32], args *arguments) {
			e.GateBackward(args.z, args.half, args.x)
		}),
		operation("add", tokens*hidden, func(e *kernel.Engine[float32], args *arguments) { e.Add(args.b, args.a, args.c, dropout) }),
		operation("means-back", tokens*hidden, func(e *kernel.Engine[float32], args *arguments) {
			e.MeansBackward(args.c, args.b.Block(0, 0, len(args.starts)-1, hidden), args.starts)
		}),
		operation("product", tokens*inner, func(e *kernel.Engine[float32], args *arguments) { e.Product(args.z, args.x, args.y) }),
		operation("column-sums", tokens*inner, func(e *kernel.Engine[float32], args *arguments) {
			e.ColumnSums(args.y.Data[:inner], args.x, none, false)
		}),
		operation("lookup", tokens*hidden, func(e *kernel.Engine[float32], args *arguments) {
			e.Lookup(args.c, kernel.NewTables(args.rows, args.table, args.table, args.table))
		}),
		operation("scatter", tokens*hidden, func(e *kernel.Engine[float32], args *arguments) {
			e.Scatter(args.grad, args.a, args.rows, args.rows)
		}),
		operation("cross-entropy", 32*3, func(_ *kernel.Engine[float32], args *arguments) {
			kernel.CrossEntropy(args.slope, args.logits, args.gold, args.logits.Rows, 0)
		}),
		operation("adamw", vocabulary*hidden, func(e *kernel.Engine[float32], args *arguments) { e.AdamW(&args.dense, step) }),
		operation("adamw-sparse", vocabulary*hidden, func(e *kernel.Engine[float32], args *arguments) { e.AdamW(&args.sparse, step) }),
		operation("squares", vocabulary*hidden, func(e *kernel.Engine[float32], args *arguments) { e.Squares(&args.dense) }),
	}
}

// attentions returns attention over about 1,024 tokens in sequences of equal length, with dropout and 12 heads of width 32; in the
// longest sequences also with the reach of ModernBERT.
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
		add := func(name string, products float64, ready func() func(e *kernel.Engine[float32])) {
			cases = append(cases, Case{
				Name: fmt.Sprintf("attention/%s-%d", name, length), Tokens: tokens,
				Flops: products * 2 * float64(tokens*length) * hidden,
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
		if length < 512 {
			continue
		}
		const reach, near = 64, 0.25 // near is the share of the pairs of a token and one in its reach
		add("near-forward", 2*near, func() func(e *kernel.Engine[float32]) {
			q, k, v, out := m(), m(), m(), m()
			return func(e *kernel.Engine[float32]) { e.AttendNear(out, q, k, v, starts, heads, reach, dropout) }
		})
		add("near-back", 5*near, func() func(e *kernel.Engine[float32]) {
			q, k, v, dout, dq, dk, dv := m(), m(), m(), m(), m(), m(), m()
			return func(e *kernel.Engine[float32]) {
				e.AttendNearBackward(dq, dk, dv, dout, q, k, v, starts, heads, reach, dropout)
			}
		})
	}
	return cases
}
