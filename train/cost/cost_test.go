package cost

import (
	"math"
	"testing"
	"time"

	"ftft/train/nn/spec"
)

// The paper's table of compute (arXiv 2310.06588, section 4): DeBERTa-v3 references and main model by millions of parameters; 18,
// 22 and 21 of the main model's 48 thousand steps.
func TestComputeMatchesThePaper(t *testing.T) {
	for _, c := range []struct{ reference, steps, want float64 }{{44, 18, 51.97}, {86, 22, 74.12}, {110, 21, 79.93}} {
		if got := 100 * Compute(c.reference/304, c.steps/48); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%g M: %.4f %%, want %.2f %%", c.reference, got, c.want)
		}
	}
}

func TestRatioOfHalfTheLayers(t *testing.T) {
	labels := []string{"a", "b"}
	body, total := Ratio(spec.Scratch(3, 384, 12, 1536, 30522, 512, labels), spec.Scratch(6, 384, 12, 1536, 30522, 512, labels))
	if math.Abs(body-0.5) > 0.001 || total < 0.7 {
		t.Errorf("body %g, total %g", body, total)
	}
}

// One layer of hidden 2, intermediate 3 over a sequence of 5 tokens, counted by hand: projections 4·5·2·2·2 = 160,
// feed-forward 2·5·2·3·2 = 120, scores and context 2·5·5·2·2 = 200, pooler 8, classifier 2·2·2 = 8.
func TestForwardByHand(t *testing.T) {
	s := spec.Scratch(1, 2, 1, 3, 10, 8, []string{"a", "b"})
	if got := Forward(s, 1, 5, 25); got != 160+120+200+8+8 {
		t.Errorf("got %g", got)
	}
	if got := Training(s, 1, 5, 25); got != 3*496 {
		t.Errorf("training: got %g", got)
	}
}

// Embeddings of width 4 that are projected to hidden states of width 2: 2·5·4·2 = 80 more.
func TestForwardCountsTheProjectionOfEmbeddings(t *testing.T) {
	s := spec.Scratch(1, 2, 1, 3, 10, 8, []string{"a", "b"})
	s.Embedding = 4
	if got := Forward(s, 1, 5, 25); got != 496+80 {
		t.Errorf("got %g", got)
	}
}

// A gated feed-forward layer takes half as much again, a term of the scores 2·5·5·2 = 100, and a token that attends to one on either
// side is in at most 3 pairs.
func TestForwardCountsWhatFamiliesAdd(t *testing.T) {
	base := spec.Scratch(1, 2, 1, 3, 10, 8, []string{"a", "b"})
	for name, c := range map[string]struct {
		change func(s *spec.Spec)
		want   float64
	}{
		"gated":     {func(s *spec.Spec) { s.Gated = true }, 496 + 60},
		"one term":  {func(s *spec.Spec) { s.Relative.ContentToPosition = true }, 496 + 100},
		"two terms": {func(s *spec.Spec) { s.Relative.ContentToPosition, s.Relative.PositionToContent = true, true }, 496 + 200},
		"near":      {func(s *spec.Spec) { s.Local, s.Window = []bool{true}, 2 }, 496 - 2*2*2*(25-15)},
		"all near":  {func(s *spec.Spec) { s.Local, s.Window = []bool{true}, 20 }, 496},
	} {
		s := base
		c.change(&s)
		if got := Forward(s, 1, 5, 25); got != c.want {
			t.Errorf("%s: got %g, want %g", name, got, c.want)
		}
	}
}

func TestLeft(t *testing.T) {
	if d, ok := Left(10, 40, 5*time.Second); !ok || d != 15*time.Second {
		t.Errorf("got %v %v", d, ok)
	}
	if _, ok := Left(0, 40, time.Second); ok {
		t.Error("a time before the first step")
	}
}
