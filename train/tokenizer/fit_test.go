package tokenizer

import (
	"slices"
	"strings"
	"testing"
)

// The part that fits must encode to at most limit tokens, and the next word must not fit.
func TestFitMatchesEncode(t *testing.T) {
	tok, g := load(t, "testdata"), readGolden(t)
	cut := 0
	for _, c := range g.Pair {
		for _, pair := range []string{c.Pair, ""} {
			for limit := 4; limit < 24; limit++ {
				first, second, tokens := tok.Fit(c.Text, pair, limit)
				whole, got := tok.Encode(c.Text, pair, pair != "", 0), tok.Encode(c.Text, pair, pair != "", limit)
				if tokens != len(whole.IDs) {
					t.Fatalf("%q, %q: %d tokens, encoded to %d", c.Text, pair, tokens, len(whole.IDs))
				}
				a, b := tok.Encode(c.Text[:first], pair[:second], pair != "", 0).IDs, got.IDs
				if len(a) > max(limit, 4) {
					t.Errorf("%q, %q at most %d: the parts that fit, %q and %q, have %d tokens",
						c.Text, pair, limit, c.Text[:first], pair[:second], len(a))
				}
				if tokens <= limit && (first != len(c.Text) || second != len(pair) || !slices.Equal(a, b)) {
					t.Errorf("%q, %q at most %d: cut to %d and %d bytes", c.Text, pair, limit, first, second)
				}
				if next := strings.Fields(c.Text[first:]); len(next) > 0 && pair == "" {
					cut++
					if more := tok.Encode(c.Text[:first]+" "+next[0], "", false, 0).IDs; len(more) <= limit {
						t.Errorf("%q at most %d: %q is cut although it fits", c.Text, limit, next[0])
					}
				}
			}
		}
	}
	if cut < 10 {
		t.Errorf("only %d texts are cut, too few for this test", cut)
	}
}
