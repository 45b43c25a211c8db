package kernel

import (
	"math"
	"testing"
)

// The reaches are shorter than a block of queries, longer, and none at all.
var reaches = []int{0, 3, queryRows + 5}

func (s sequences[T]) runNear(e *Engine[T], reach int) {
	e.AttendNear(s.out, s.q, s.k, s.v, s.starts, s.heads, reach, s.dropout)
	e.AttendNearBackward(s.dq, s.dk, s.dv, s.dout, s.q, s.k, s.v, s.starts, s.heads, reach, s.dropout)
}

func (s sequences[T]) results() map[string]Matrix[T] {
	return map[string]Matrix[T]{"out": s.out, "dq": s.dq, "dk": s.dk, "dv": s.dv}
}

func TestAttentionInAWindowHasTheSameBitsOnEveryPath(t *testing.T) {
	for _, reach := range reaches {
		for _, rate := range []float64{0, 0.2} {
			for _, first := range []bool{false, true} {
				make := func() sequences[float32] {
					s := newSequences[float32](12, rate)
					if first {
						s = s.firsts()
					}
					return s
				}
				want := make()
				plain := NewEngine[float32](1, Plain)
				want.runNear(plain, reach)
				for _, path := range Paths() {
					for _, threads := range []int{1, 3} {
						got, e := make(), NewEngine[float32](threads, path)
						got.runNear(e, reach)
						e.Close()
						for name, m := range want.results() {
							if at := same(got.results()[name].Data, m.Data); at >= 0 {
								t.Fatalf("%v, reach %d, dropout %g: %s differs at %d", path, reach, rate, name, at)
							}
						}
					}
				}
			}
		}
	}
}

// A window that no sequence is longer than changes nothing.
func TestAttentionInAWideWindowEqualsFullAttention(t *testing.T) {
	e := NewEngine[float32](2, Best)
	defer e.Close()
	for _, reach := range []int{-1, 2 * queryRows, 1 << 24} {
		want, got := newSequences[float32](12, 0.2), newSequences[float32](12, 0.2)
		want.run(e)
		got.runNear(e, reach)
		for name, m := range want.results() {
			if at := same(got.results()[name].Data, m.Data); at >= 0 {
				t.Errorf("reach %d: %s differs at %d", reach, name, at)
			}
		}
	}
}

func TestAttentionInAWindowMatchesItsDefinition(t *testing.T) {
	e := NewEngine[float64](2, Best)
	defer e.Close()
	const width = 3
	for _, reach := range reaches {
		s := newSequences[float64](width, 0)
		s.runNear(e, reach)
		for i := range len(s.starts) - 1 {
			for h := range s.heads {
				for query := int(s.starts[i]); query < int(s.starts[i+1]); query++ {
					want, total := [width]float64{}, 0.0
					for key := max(int(s.starts[i]), query-reach); key < int(s.starts[i+1]) && key <= query+reach; key++ {
						p := math.Exp(dot(s.q.Row(query)[h*width:][:width], s.k.Row(key)[h*width:]) / math.Sqrt(width))
						total += p
						for c := range width {
							want[c] += p * s.v.Row(key)[h*width+c]
						}
					}
					for c, w := range want {
						if got := s.out.Row(query)[h*width+c]; math.Abs(got-w/total) > 1e-12 {
							t.Fatalf("reach %d, query %d, head %d: %g, want %g", reach, query, h, got, w/total)
						}
					}
				}
			}
		}
	}
}

func TestGradientsInAWindowMatchFiniteDifferences(t *testing.T) {
	e := NewEngine[float64](2, Best)
	defer e.Close()
	for _, reach := range reaches {
		for _, first := range []bool{false, true} {
			s := newSequences[float64](3, 0.2)
			if first {
				s = s.firsts()
			}
			s.runNear(e, reach)
			loss := func() float64 { // its gradient by out is dout
				e.AttendNear(s.out, s.q, s.k, s.v, s.starts, s.heads, reach, s.dropout)
				return dot(s.out.Data, s.dout.Data)
			}
			for name, x := range map[string][2]Matrix[float64]{"q": {s.q, s.dq}, "k": {s.k, s.dk}, "v": {s.v, s.dv}} {
				for i := 0; i < len(x[0].Data); i += 41 {
					if want, got := slope(&x[0].Data[i], 1e-6, loss), x[1].Data[i]; math.Abs(got-want) > 1e-7 {
						t.Errorf("reach %d, first %v: %s[%d]: gradient %g, finite difference %g", reach, first, name, i, got, want)
					}
				}
			}
		}
	}
}
