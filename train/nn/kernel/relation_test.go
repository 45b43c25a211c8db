package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// related are sequences with the arguments of a relation.
type related[T Float] struct {
	sequences[T]
	kind                   string // "biased", "both", "keys" or "queries"
	longest                int    // more than the longest sequence has
	bias, keys, queries    Matrix[T]
	dbias, dkeys, dqueries Matrix[T]
}

var relations = []string{"biased", "both", "keys", "queries"}

func newRelated[T Float](kind string, width int, rate float64) related[T] {
	s := related[T]{sequences: newSequences[T](width, rate), kind: kind}
	s.longest = longest(s.starts) + 2
	m := func(seed uint64, rows, cols int) Matrix[T] { return Dense(random[T](seed, rows*cols), rows, cols) }
	distances := 2*s.longest - 1
	switch kind {
	case "biased":
		s.bias, s.dbias = m(20, s.heads, distances), m(21, s.heads, distances)
	default:
		if kind != "queries" {
			s.keys, s.dkeys = m(22, distances, s.heads*width), m(23, distances, s.heads*width)
		}
		if kind != "keys" {
			s.queries, s.dqueries = m(24, distances, s.heads*width), m(25, distances, s.heads*width)
		}
	}
	return s
}

func (s related[T]) forward(e *Engine[T]) {
	if s.kind == "biased" {
		e.AttendBiased(s.out, s.q, s.k, s.v, s.bias, s.starts, s.heads, s.dropout)
	} else {
		e.AttendDisentangled(s.out, s.q, s.k, s.v, s.keys, s.queries, s.starts, s.heads, s.dropout)
	}
}

func (s related[T]) run(e *Engine[T]) {
	s.forward(e)
	clear(s.dbias.Data)
	clear(s.dkeys.Data)
	clear(s.dqueries.Data)
	if s.kind == "biased" {
		e.AttendBiasedBackward(s.dq, s.dk, s.dv, s.dbias, s.dout, s.q, s.k, s.v, s.bias, s.starts, s.heads, s.dropout)
	} else {
		e.AttendDisentangledBackward(s.dq, s.dk, s.dv, s.dkeys, s.dqueries, s.dout, s.q, s.k, s.v, s.keys, s.queries, s.starts,
			s.heads, s.dropout)
	}
}

// results returns the matrices that run fills, by name.
func (s related[T]) results() map[string]Matrix[T] {
	all := map[string]Matrix[T]{"out": s.out, "dq": s.dq, "dk": s.dk, "dv": s.dv}
	for name, m := range map[string]Matrix[T]{"dbias": s.dbias, "dkeys": s.dkeys, "dqueries": s.dqueries} {
		if m.Data != nil {
			all[name] = m
		}
	}
	return all
}

func TestRelationsHaveTheSameBitsOnEveryPath(t *testing.T) {
	for _, kind := range relations {
		for width, rate := range map[int]float64{3: 0, 40: 0.2} {
			want := newRelated[float32](kind, width, rate)
			plain := NewEngine[float32](1, Plain)
			defer plain.Close()
			want.run(plain)
			for _, path := range fast(t) {
				got, e := newRelated[float32](kind, width, rate), NewEngine[float32](3, path)
				defer e.Close()
				got.run(e)
				for name, m := range want.results() {
					if at := same(got.results()[name].Data, m.Data); at >= 0 {
						t.Fatalf("%s, %v, width %d, dropout %g: %s differs at %d", kind, path, width, rate, name, at)
					}
				}
			}
		}
	}
}

// If the gradients of all other queries are zero, attention with the first queries alone has the same results but for rounding:
// other zeros take part in the sums.
func TestRelationsOfFirstTokensEqualThoseOfAllTokens(t *testing.T) {
	e := NewEngine[float64](2, Best)
	defer e.Close()
	for _, kind := range relations {
		all, first := newRelated[float64](kind, 5, 0.2), newRelated[float64](kind, 5, 0.2)
		first.sequences = first.firsts()
		for i := range all.dout.Rows {
			if !slices.Contains(all.starts[:len(all.starts)-1], int32(i)) {
				clear(all.dout.Row(i))
			}
		}
		all.run(e)
		first.run(e)
		for name, m := range first.results() {
			want := all.results()[name]
			for i := range m.Rows {
				row := want.Row(i)
				if m.Rows == len(all.starts)-1 && m.Rows != want.Rows {
					row = want.Row(int(all.starts[i]))
				}
				for j, v := range m.Row(i) {
					if !(math.Abs(v-row[j]) < 1e-12) {
						t.Fatalf("%s: %s[%d, %d] is %g, want %g", kind, name, i, j, v, row[j])
					}
				}
			}
		}
	}
}

// score returns the score of two tokens by the definition; i and j are positions in a sequence that begins at token from.
func (s related[T]) score(head, from, i, j int) float64 {
	width := s.q.Cols / s.heads
	dot := func(a Matrix[T], i int, b Matrix[T], j int) (sum float64) {
		for c := head * width; c < (head+1)*width; c++ {
			sum += float64(a.Row(i)[c] * b.Row(j)[c])
		}
		return sum
	}
	score, terms := dot(s.q, from+i, s.k, from+j), 1.0
	if s.kind == "biased" {
		score += float64(s.bias.Row(head)[s.longest-1+j-i])
	}
	if s.keys.Data != nil {
		score += dot(s.q, from+i, s.keys, s.longest-1+j-i)
		terms++
	}
	if s.queries.Data != nil {
		score += dot(s.k, from+j, s.queries, s.longest-1+i-j)
		terms++
	}
	return score / math.Sqrt(terms*float64(width))
}

// The test compares the forward pass with the definition and the backward pass with finite differences.
func TestRelationsMatchTheirDefinitions(t *testing.T) {
	e := NewEngine[float64](2, Best)
	defer e.Close()
	const width = 3
	for _, kind := range relations {
		s := newRelated[float64](kind, width, 0)
		s.run(e)
		for sequence := range len(s.starts) - 1 {
			from, n := int(s.starts[sequence]), int(s.starts[sequence+1]-s.starts[sequence])
			for h := range s.heads {
				for i := range n {
					want, total := [width]float64{}, 0.0
					for j := range n {
						p := math.Exp(s.score(h, from, i, j))
						total += p
						for c := range width {
							want[c] += p * s.v.Row(from + j)[h*width+c]
						}
					}
					for c, w := range want {
						if got := s.out.Row(from + i)[h*width+c]; !(math.Abs(got-w/total) < 1e-12) {
							t.Fatalf("%s: query %d, head %d: %g, want %g", kind, from+i, h, got, w/total)
						}
					}
				}
			}
		}

		s = newRelated[float64](kind, width, 0.2)
		s.run(e)
		arguments := map[string][2]Matrix[float64]{
			"q": {s.q, s.dq}, "k": {s.k, s.dk}, "v": {s.v, s.dv}, "bias": {s.bias, s.dbias}, "keys": {s.keys, s.dkeys},
			"queries": {s.queries, s.dqueries},
		}
		for name, x := range arguments {
			for i := 0; i < len(x[0].Data); i += 211 {
				difference(t, fmt.Sprintf("%s: %s[%d]", kind, name, i), &x[0].Data[i], x[1].Data[i], func() float64 {
					s.forward(e)
					sum := 0.0
					for i, v := range s.out.Data {
						sum += v * s.dout.Data[i]
					}
					return sum
				})
			}
		}
	}
}

// slope returns the finite difference of a loss by x, over 2h.
func slope(x *float64, h float64, loss func() float64) float64 {
	value := *x
	*x = value + h
	above := loss()
	*x = value - h
	below := loss()
	*x = value
	return (above - below) / (2 * h)
}

// difference compares a gradient with the finite difference of a loss by x.
func difference(t *testing.T, name string, x *float64, gradient float64, loss func() float64) {
	t.Helper()
	if want := slope(x, 1e-6, loss); !(math.Abs(gradient-want) < 1e-7) {
		t.Errorf("%s: gradient %g, finite difference %g", name, gradient, want)
	}
}

// Dropout of rows does not depend on which of them are gathered, and their gradient is that of a sum over the rows.
func TestGatherDropsAsDropDoes(t *testing.T) {
	const rows, cols = 40, 37
	list := []int32{7, 7, 39, 0, 12, 7, 39}
	for range 20 {
		list = append(list, 3, 5)
	}
	dropout := NewDropout(0.3, 1, 2, 3)
	var first Matrix[float32]
	for _, path := range Paths() {
		e := NewEngine[float32](3, path)
		defer e.Close()
		table := Dense(random[float32](1, rows*cols), rows, cols)
		dropped, got := Dense(make([]float32, rows*cols), rows, cols), Dense(make([]float32, len(list)*cols), len(list), cols)
		e.Drop(dropped, table, dropout)
		e.Gather(got, table, list, dropout)
		dtable, want := Dense(random[float32](2, rows*cols), rows, cols), Dense(random[float32](2, rows*cols), rows, cols)
		gradient := Dense(random[float32](3, len(list)*cols), len(list), cols)
		for i, r := range list {
			if same(got.Row(i), dropped.Row(int(r))) >= 0 {
				t.Fatalf("%v: row %d differs from row %d of the table", path, i, r)
			}
			one := Dense(make([]float32, rows*cols), rows, cols)
			copy(one.Row(int(r)), gradient.Row(i))
			e.Drop(one, one, dropout)
			for j, v := range one.Row(int(r)) {
				want.Row(int(r))[j] += v
			}
		}
		e.GatherBackward(dtable, gradient, list, dropout)
		if at := same(dtable.Data, want.Data); at >= 0 {
			t.Errorf("%v: the gradient differs at %d", path, at)
		}
		if first.Data == nil {
			first = dtable
		} else if at := same(dtable.Data, first.Data); at >= 0 {
			t.Errorf("%v: the gradient has other bits at %d", path, at)
		}
	}
}

func TestSpreadBiasAndItsGradient(t *testing.T) {
	table := Matrix[float64]{[]float64{1, 2, 3, 4, 5, 6}, 3, 2, 2} // [buckets, heads]
	rows := []int32{2, 2, 0, 1}
	bias := Dense(make([]float64, 8), 2, 4)
	SpreadBias(bias, table, rows, 10)
	if want := []float64{50, 50, 10, 30, 60, 60, 20, 40}; !slices.Equal(bias.Data, want) {
		t.Errorf("got %v", bias.Data)
	}
	dtable := Dense([]float64{100, 0, 0, 0, 0, 0}, 3, 2)
	CollectBias(dtable, Matrix[float64]{[]float64{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4, 4}, rows, 10)
	if want := []float64{130, 70, 40, 80, 30, 110}; !slices.Equal(dtable.Data, want) {
		t.Errorf("got %v", dtable.Data)
	}
}

func TestTransposeOnEveryPath(t *testing.T) {
	for _, path := range Paths() {
		e := NewEngine[float32](1, path)
		defer e.Close()
		for _, size := range [][2]int{{1, 1}, {3, 70}, {64, 33}, {17, 16}, {40, 1}} {
			rows, cols := size[0], size[1]
			src := Dense(random[float32](1, rows*cols), rows, cols)
			dst := Matrix[float32]{random[float32](2, cols*(rows+3)), cols, rows, rows + 3}
			before := slices.Clone(dst.Data)
			e.arithmetic.addTransposed(0, dst, src)
			for i := range cols {
				for j := range rows {
					if got, want := dst.Row(i)[j], before[i*dst.Stride+j]+src.Row(j)[i]; got != want {
						t.Fatalf("%v, %v: sum (%d, %d) is %g, want %g", path, size, i, j, got, want)
					}
				}
				if same(dst.Data[i*dst.Stride+rows:(i+1)*dst.Stride], before[i*dst.Stride+rows:(i+1)*dst.Stride]) >= 0 {
					t.Fatalf("%v, %v: row %d is overrun", path, size, i)
				}
			}
			e.arithmetic.transpose(0, dst, src)
			for i := range cols {
				for j := range rows {
					if dst.Row(i)[j] != src.Row(j)[i] {
						t.Fatalf("%v, %v: (%d, %d)", path, size, i, j)
					}
				}
			}
		}
	}
}
