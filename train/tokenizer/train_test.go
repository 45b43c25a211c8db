package tokenizer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"ftft/internal/limit"
)

// joinedByCounting returns the pieces that a merging of the words adds, at most most, by the definition: it counts all pairs before
// each join.
func joinedByCounting(words []string, counts []int, most int) (added []string) {
	list := make([][]string, len(words))
	for i, word := range words {
		for k, r := range word {
			piece := string(r)
			if k > 0 {
				piece = prefix + piece
			}
			list[i] = append(list[i], piece)
		}
	}
	for len(added) < most {
		frequency := map[[2]string]int{}
		for i, pieces := range list {
			for k := range len(pieces) - 1 {
				frequency[[2]string{pieces[k], pieces[k+1]}] += counts[i]
			}
		}
		var best [2]string
		for pair, n := range frequency {
			highest := frequency[best]
			if n > highest || n == highest && cmp.Or(cmp.Compare(pair[0], best[0]), cmp.Compare(pair[1], best[1])) < 0 {
				best = pair
			}
		}
		if frequency[best] == 0 {
			break
		}
		joined := best[0] + strings.TrimPrefix(best[1], prefix)
		added = append(added, joined)
		for i, pieces := range list {
			out := pieces[:0]
			for k := 0; k < len(pieces); k++ {
				if k+1 < len(pieces) && pieces[k] == best[0] && pieces[k+1] == best[1] {
					out = append(out, joined)
					k++
					continue
				}
				out = append(out, pieces[k])
			}
			list[i] = out
		}
	}
	return added
}

// joins returns the pieces that a merging adds, at most most.
func joins(words []string, counts []int, most int) (added []string) {
	m := newMerging(words, counts)
	for len(added) < most {
		joined, ok := m.join()
		if !ok {
			break
		}
		added = append(added, joined)
	}
	return added
}

func compareJoins(t *testing.T, words []string, counts []int, most int) {
	t.Helper()
	got, want := joins(words, counts, most), joinedByCounting(words, counts, most)
	if !slices.Equal(got, want) {
		t.Fatalf("%q, %v:\ngot  %q\nwant %q", words, counts, got, want)
	}
}

// Small alphabets give equal counts, runs of one letter, and pieces that several pairs of others make.
func TestMergingEqualsCountingAnewForEachJoin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		letters := []rune("abcé漢#")[:1+r.IntN(6)]
		distinct := map[string]int{}
		for range 1 + r.IntN(12) {
			var word strings.Builder
			for range 1 + r.IntN(12) {
				word.WriteRune(letters[r.IntN(len(letters))])
			}
			distinct[word.String()] += 1 + r.IntN(4)
		}
		words := slices.Sorted(maps.Keys(distinct))
		var counts []int
		for _, word := range words {
			counts = append(counts, distinct[word])
		}
		compareJoins(t, words, counts, 100)
	}
}

func FuzzMergingEqualsCountingAnewForEachJoin(f *testing.F) {
	f.Add("aaaa aab abab b")
	f.Add("ab\xffc \xff\xff")
	f.Fuzz(func(t *testing.T, text string) {
		text = text[:min(len(text), 200)]
		words := slices.Compact(slices.Sorted(strings.FieldsSeq(text)))
		counts := make([]int, len(words))
		for i, word := range words {
			counts[i] = strings.Count(text, word)
		}
		limit.Check(t, 64<<20, 10, func() { compareJoins(t, words, counts, 1000) })
	})
}

func TestMergingEqualsCountingAnewOnTweets(t *testing.T) {
	if _, err := os.Stat(data); err != nil {
		t.Skipf("no real data to read: %v", err)
	}
	var texts []string
	for _, row := range tweets(t)[:400] {
		texts = append(texts, row[0])
	}
	tok, err := Train(texts, 1000, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	words, counts, err := tok.countWords(texts, func(int) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	compareJoins(t, words, counts, 300)
}

// A text without white space is one word: time and memory must grow with its length alone.
func TestTrainOnALongWord(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	word := make([]byte, 200_000)
	for i := range word {
		word[i] = "acgt"[r.IntN(4)]
	}
	limit.Check(t, 256<<20, 30, func() {
		if _, err := Train([]string{string(word)}, 2000, true, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestTrainReportsProgressAndEndsOnItsError(t *testing.T) {
	var texts []string
	for i := range 3000 {
		texts = append(texts, fmt.Sprintf("word%d of %d", i*i, i*31))
	}
	last, calls := 0, 0
	_, err := Train(texts, 600, true, func(tokens int) error {
		if tokens < last {
			t.Errorf("%d tokens after %d", tokens, last)
		}
		last = tokens
		calls++
		return nil
	})
	if err != nil || last < 400 || last > 600 || calls < 5 {
		t.Errorf("%d calls, the last with %d tokens: %v", calls, last, err)
	}
	for _, end := range []int{0, 100} { // while words are counted, and while they are joined
		_, err := Train(texts, 600, true, func(tokens int) error {
			if tokens >= end {
				return context.Canceled
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled from %d tokens on: %v", end, err)
		}
	}
}
