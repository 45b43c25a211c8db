package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// sequences are the arguments and results of attention over sequences of different lengths. Among them are some of a single
// token and some of more than one block of queries.
type sequences[T Float] struct {
	q, k, v, out, dout, dq, dk, dv Matrix[T]
	starts                         []int32
	heads                          int
	dropout                        Dropout
}

func newSequences[T Float](width int, rate float64) sequences[T] {
	const heads = 2
	starts := []int32{0, 1, 30, 30 + 2*queryRows + 1, 200, 201}
	n, next := int(starts[len(starts)-1]), uint64(0)
	m := func() Matrix[T] {
		next++
		return Dense(random[T](next, n*heads*width), n, heads*width)
	}
	return sequences[T]{m(), m(), m(), m(), m(), m(), m(), m(), starts, heads, NewDropout(rate, 1, 2, 3)}
}

// firsts returns the same sequences with queries of the first tokens alone.
func (s sequences[T]) firsts() sequences[T] {
	n := len(s.starts) - 1
	for _, m := range []*Matrix[T]{&s.q, &s.out, &s.dout, &s.dq} {
		all := *m
		*m = Dense(make([]T, n*all.Cols), n, all.Cols)
		for i := range n {
			copy(m.Row(i), all.Row(int(s.starts[i])))
		}
	}
	return s
}

func (s sequences[T]) run(e *Engine[T]) {
	e.Attend(s.out, s.q, s.k, s.v, s.starts, s.heads, s.dropout)
	e.AttendBackward(s.dq, s.dk, s.dv, s.dout, s.q, s.k, s.v, s.starts, s.heads, s.dropout)
}

func TestAttentionHasTheSameBitsOnEveryPath(t *testing.T) {
	for _, width := range []int{3, 32, 40} {
		for _, rate := range []float64{0, 0.2} {
			want := newSequences[float32](width, rate)
			plain := NewEngine[float32](2, Plain)
			defer plain.Close()
			want.run(plain)
			for _, path := range fast(t) {
				got, e := newSequences[float32](width, rate), NewEngine[float32](3, path)
				defer e.Close()
				got.run(e)
				for i, m := range [][2]Matrix[float32]{{got.out, want.out}, {got.dq, want.dq}, {got.dk, want.dk}, {got.dv, want.dv}} {
					if at := same(m[0].Data, m[1].Data); at >= 0 {
						t.Fatalf("%v, width %d, dropout %g: result %d differs at %d", path, width, rate, i, at)
					}
				}
			}
		}
	}
}

// If the gradients of all other queries are zero, attention with the first queries alone has the same results.
func TestAttentionOfFirstTokensEqualsFullAttention(t *testing.T) {
	e := NewEngine[float32](2, Best)
	defer e.Close()
	all := newSequences[float32](32, 0.2)
	first := newSequences[float32](32, 0.2).firsts()
	for i := range all.dout.Rows {
		if !slices.Contains(all.starts[:len(all.starts)-1], int32(i)) {
			clear(all.dout.Row(i))
		}
	}
	all.run(e)
	first.run(e)
	if same(first.dk.Data, all.dk.Data) >= 0 || same(first.dv.Data, all.dv.Data) >= 0 {
		t.Error("gradients of keys or values differ")
	}
	for i, start := range all.starts[:len(all.starts)-1] {
		if same(first.out.Row(i), all.out.Row(int(start))) >= 0 || same(first.dq.Row(i), all.dq.Row(int(start))) >= 0 {
			t.Errorf("sequence %d differs", i)
		}
	}
}

// The test compares the forward pass with the definition and the backward pass with finite differences.
func TestAttentionMatchesItsDefinition(t *testing.T) {
	e := NewEngine[float64](2, Best)
	defer e.Close()
	const width = 3
	s := newSequences[float64](width, 0)
	s.run(e)
	for i := range len(s.starts) - 1 {
		for h := range s.heads {
			for query := s.starts[i]; query < s.starts[i+1]; query++ {
				want, total := [width]float64{}, 0.0
				for key := s.starts[i]; key < s.starts[i+1]; key++ {
					score := 0.0
					for c := range width {
						score += s.q.Row(int(query))[h*width+c] * s.k.Row(int(key))[h*width+c]
					}
					p := math.Exp(score / math.Sqrt(width))
					total += p
					for c := range width {
						want[c] += p * s.v.Row(int(key))[h*width+c]
					}
				}
				for c, w := range want {
					if got := s.out.Row(int(query))[h*width+c]; math.Abs(got-w/total) > 1e-12 {
						t.Fatalf("query %d, head %d: %g, want %g", query, h, got, w/total)
					}
				}
			}
		}
	}

	s = newSequences[float64](width, 0.2)
	s.run(e)
	loss := func() float64 { // its gradient by out is dout
		e.Attend(s.out, s.q, s.k, s.v, s.starts, s.heads, s.dropout)
		sum := 0.0
		for i, v := range s.out.Data {
			sum += v * s.dout.Data[i]
		}
		return sum
	}
	for name, x := range map[string][2]Matrix[float64]{"q": {s.q, s.dq}, "k": {s.k, s.dk}, "v": {s.v, s.dv}} {
		for i := 0; i < len(x[0].Data); i += 37 {
			if want, got := slope(&x[0].Data[i], 1e-6, loss), x[1].Data[i]; math.Abs(got-want) > 1e-7 {
				t.Errorf("%s[%d]: gradient %g, finite difference %g", name, i, got, want)
			}
		}
	}
}

// The matrices have an incomplete last tile, an odd number of columns, and sparse rows.
func TestTiledKernelsHaveTheSameBitsOnEveryPath(t *testing.T) {
	const rows, cols, words = 3*rowTile + 5, 2*columnTile + 7, 90
	type matrices = map[string][]float32
	run := func(path Path, threads int) matrices {
		e := NewEngine[float32](threads, path)
		defer e.Close()
		all, next := matrices{}, uint64(0)
		m := func(name string, rows, cols int) Matrix[float32] {
			next++
			all[name] = random[float32](next, rows*cols)
			return Dense(all[name], rows, cols)
		}
		a, b, y, scale := m("a", rows, cols), m("b", rows, cols), m("y", rows, cols), m("scale", 1, cols)
		saved := Norm[float32]{m("unit", rows, cols), m("inverse", 1, rows).Data}
		dropout := NewDropout(0.3, 4, 5, 6)
		e.AddNorm(y, a, b, scale.Data, scale.Data, dropout, 1e-12, saved)
		e.AddNormBackward(b, a, y, scale.Data, dropout, saved)
		e.Affine(m("affine", rows, cols), saved.Unit, scale.Data, scale.Data)
		e.ColumnSums(m("sums", 1, cols).Data, a, Matrix[float32]{}, false)
		e.ColumnSums(m("dots", 1, cols).Data, a, b, false)
		e.Drop(m("dropped", rows, cols), a, dropout)
		e.Product(m("product", rows, cols), a, b)
		e.Add(m("sum", rows, cols), a, b, Dropout{})
		e.Add(m("dropped sum", rows, cols), a, b, dropout)
		starts := []int32{0, 1, 9, rows}
		e.Rotate(m("rotated", rows, 4*26), starts, NewRotary[float32](rows, 26, 1e4), false)
		e.Rotate(m("rotated back", rows, 4*26), starts, NewRotary[float32](rows, 26, 1e4), true)
		slopes := m("slopes", rows, 2*cols)
		e.Gate(GELU, m("gated", rows, cols), slopes, m("z", rows, 2*cols))
		e.GateBackward(m("dz", rows, 2*cols), a, slopes)
		e.MeansBackward(m("spread", rows, cols), m("means", len(starts)-1, cols), starts)
		table, grad := m("table", words, cols), m("grad", words, cols)
		var list, distinct []int32
		for i := range rows {
			list = append(list, int32(i*i%words))
			if !slices.Contains(distinct, list[i]) {
				distinct = append(distinct, list[i])
			}
		}
		clear(grad.Data)
		e.Lookup(m("lookup", rows, cols), NewTables(list, table, table, table))
		e.Scatter(grad, a, list, nil)
		state := AdamState[float32]{
			Data: table.Data, Grad: grad.Data, Width: cols,
			First: m("first", words, cols).Data, Second: m("second", words, cols).Data,
		}
		for i, v := range state.Second {
			state.Second[i] = v * v
		}
		for _, touched := range [][]int32{distinct, nil} {
			state.Touched = touched
			e.AdamW(&state, AdamStep{Factor: 0.5, Beta1: 0.9, Beta2: 0.999, Root: 1.3, Epsilon: 1e-6, Move: 1e-3, Keep: 0.99})
			bits := math.Float64bits(e.Squares(&state))
			all[fmt.Sprint("squares ", touched == nil)] = []float32{
				float32(bits >> 44), float32(bits >> 22 & (1<<22 - 1)), float32(bits & (1<<22 - 1)),
			}
		}
		return all
	}
	want := run(Plain, 1)
	for _, path := range Paths() {
		for _, threads := range []int{1, 3} {
			got := run(path, threads)
			for name, values := range want {
				if i := same(got[name], values); i >= 0 {
					t.Errorf("%v, %d threads: %s differs at %d", path, threads, name, i)
				}
			}
		}
	}
}

// The assembly does not check shapes, so the kernels must.
func TestMismatchedShapesPanic(t *testing.T) {
	for _, path := range Paths() {
		e := NewEngine[float32](1, path)
		short := random[float32](1, 4*16)
		m := func(rows, cols int) Matrix[float32] { return Dense(random[float32](1, rows*cols), rows, cols) }
		for name, f := range map[string]func(){
			"C ends early":      func() { e.Multiply(NN, Matrix[float32]{short, 6, 16, 16}, m(6, 8), m(8, 16), Matrix[float32]{}) },
			"A has too few":     func() { e.Multiply(NN, m(6, 16), m(4, 8), m(8, 16), Matrix[float32]{}) },
			"inner differs":     func() { e.Multiply(NT, m(6, 16), m(6, 8), m(16, 9), Matrix[float32]{}) },
			"bias is too short": func() { e.Multiply(TN, m(6, 16), m(8, 6), m(8, 16), Repeat(short[:8], 6)) },
			"too many sums":     func() { e.ColumnSums(short, m(3, 16), Matrix[float32]{}, false) },
			"other rows":        func() { e.ColumnSums(short[:16], m(3, 16), m(2, 16), false) },
			"row too short":     func() { e.arithmetic.add(short, short, short[:8]) },
			"half too short":    func() { e.arithmetic.rotate(short, short[:8], short, short) },
			"no such position":  func() { e.Rotate(m(4, 16), []int32{0, 4}, NewRotary[float32](3, 8, 100), false) },
			"gate too narrow":   func() { e.Gate(GELU, m(4, 8), m(4, 16), m(4, 15)) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%v: %s: no panic", path, name)
					}
				}()
				f()
			}()
		}
	}
}
