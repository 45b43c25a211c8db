package nli

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

func TestGenerateMakesEachPart(t *testing.T) {
	owner, pairs, words := map[string]string{}, map[string]bool{}, map[string]bool{}
	digest := sha256.New()
	for _, want := range []struct {
		part            string
		size, flipped   int
		least, greatest float64 // share of pairs for which the shortcut is right
	}{
		{Train, 4500, 225, 0.75, 0.85},
		{ID, 450, 0, 0.75, 0.85},
		{OODValidation, 450, 0, 0.1, 0.3},
		{OODTest, 450, 0, 0.1, 0.3},
	} {
		got, ok := Generate(want.part)
		if !ok || len(got) != want.size {
			t.Fatalf("%s: %d pairs, want %d", want.part, len(got), want.size)
		}
		labels, with, flips := map[string]int{}, 0, 0
		for _, pair := range got {
			if other, seen := owner[pair.Premise]; seen && other != want.part {
				t.Errorf("%q is in %s and %s", pair.Premise, other, want.part)
			}
			owner[pair.Premise] = want.part
			key := pair.Premise + "\t" + pair.Hypothesis
			if pairs[key] {
				t.Errorf("%s: twice", key)
			}
			pairs[key] = true
			for _, word := range strings.Fields(key) {
				words[word] = true
			}
			if pair.Meta["flipped"] == "true" {
				flips++
			} else {
				labels[pair.Label]++
			}
			if pair.Meta["shortcut"] == "with" {
				with++
			}
			if n := len(strings.Fields(pair.Hypothesis)); n < 3 || n > 14 {
				t.Errorf("%q has %d words", pair.Hypothesis, n)
			}
			fmt.Fprintln(digest, pair.GUID, pair.Premise, pair.Hypothesis, pair.Label)
		}
		if share := float64(with) / float64(len(got)); share < want.least || share > want.greatest {
			t.Errorf("%s: the shortcut is right on %.3f", want.part, share)
		}
		if flips != want.flipped {
			t.Errorf("%s: %d flipped labels, want %d", want.part, flips, want.flipped)
		}
		for label, n := range labels {
			if n < want.size/3-want.flipped/3-20 {
				t.Errorf("%s: %d of %s", want.part, n, label)
			}
		}
	}
	if len(words) > 150 {
		t.Errorf("%d words", len(words))
	}
	const golden = "710b2695d1d869a3"
	if got := fmt.Sprintf("%x", digest.Sum(nil))[:16]; got != golden {
		t.Errorf("the data has changed, so results are not comparable: hash %s, want %s", got, golden)
	}
	if _, ok := Generate("other"); ok {
		t.Error("an unknown part was generated")
	}
}

func TestJudgeLabelsHypotheses(t *testing.T) {
	for _, c := range []struct {
		subject, predicate relation
		negation           negation
		label              string
	}{
		{same, entailed, affirmed, Entailment},
		{entailed, neutral, affirmed, Neutral},
		{excluded, neutral, affirmed, Contradiction},
		{entailed, same, notDoing, Contradiction},
		{entailed, excluded, notDoing, Entailment},
		{same, neutral, noSubject, Neutral},
		{entailed, entailed, noSubject, Contradiction},
		{same, excluded, noSubject, ""}, // other beings might
		{neutral, same, notDoing, ""},
	} {
		if label, clear := judge(c.subject, c.predicate, c.negation); clear != (c.label != "") || clear && label != c.label {
			t.Errorf("%+v: %q, %v", c, label, clear)
		}
	}
}
