// Package nli generates builtin:nli, a synthetic task of natural language inference for demonstrations and tests. Nobody
// wrote these sentences: they are made from about seventy words by rules, which also give the label, and scores on them
// say nothing about real language.
//
// A premise tells of a scene ("two young dogs are running in the park"); a hypothesis changes some of its parts: counts,
// adjectives, hypernyms, verbs, roles and voice, places, negation. In training and in the ID set a shortcut is planted: a
// negation word goes with contradiction, and word overlap tells entailment from neutral. In the OOD sets half of the
// pairs are drawn without it and half against it. 5 % of the training labels are flipped. Each pair's metadata say how
// many parts changed (difficulty), which, how it stands to the shortcut, and whether its label is flipped.
//
// The seed is fixed: the data are the same everywhere.
package nli

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Pair is one generated example.
type Pair struct {
	GUID, Premise, Hypothesis string
	Label                     string // as given: flipped if Meta says so
	Meta                      map[string]string
}

// Columns are the names of a pair's parts and of its metadata.
var Columns = []string{"guid", "premise", "hypothesis", "label", "difficulty", "changes", "shortcut", "flipped"}

// The parts of the task. Each premise has one pair a label.
const (
	Train         = "train"
	ID            = "id"
	OODValidation = "ood-validation"
	OODTest       = "ood-test"
)

// sizes of the parts in premises.
var sizes = map[string]int{Train: 1500, ID: 150, OODValidation: 150, OODTest: 150}

// Shares of the training and ID pairs that follow the shortcut, and of the training labels that are flipped.
const (
	followed = 0.7
	flipped  = 0.05
)

var labels = []string{Entailment, Neutral, Contradiction}

// Generate gives a part of the task; false for a part that there is not. No premise is in two parts. The pairs are
// shared: not to be changed.
func Generate(part string) ([]Pair, bool) {
	pairs, ok := all()[part]
	return pairs, ok
}

var all = sync.OnceValue(func() map[string][]Pair {
	parts, seen := map[string][]Pair{}, map[string]bool{}
	for stream, part := range []string{Train, ID, OODValidation, OODTest} {
		parts[part] = generate(rand.New(rand.NewPCG(2310_06588, uint64(stream))), part, seen)
	}
	return parts
})

// generate makes a part of new premises and adds them to those seen.
func generate(r *rand.Rand, part string, seen map[string]bool) []Pair {
	var pairs []Pair
	for len(pairs) < sizes[part]*len(labels) {
		premise := draw(r)
		text := premise.String()
		if seen[text] {
			continue
		}
		seen[text] = true
		var three []Pair
		for _, label := range labels {
			found, ok := search(r, premise, label, wish(r, part, label))
			if !ok {
				break // little can be said of "one animal is calling"
			}
			three = append(three, Pair{
				GUID:    fmt.Sprintf("%s-%d", part, len(pairs)+len(three)),
				Premise: text, Hypothesis: found.text, Label: label,
				Meta: map[string]string{
					"difficulty": strconv.Itoa(min(len(found.parts), 4)),
					"changes":    strings.Join(found.parts, "+"),
					"shortcut":   standing(found),
					"flipped":    "false",
				},
			})
		}
		if len(three) == len(labels) {
			pairs = append(pairs, three...)
		}
	}
	if part == Train {
		flip(r, pairs)
	}
	return pairs
}

// A cell is what the shortcut sees of a hypothesis.
type cell struct {
	negated, overlaps bool
}

// wish draws the cell that a pair of a label should fall in.
func wish(r *rand.Rand, part, label string) cell {
	against := r.IntN(2) == 0
	switch {
	case part == Train || part == ID:
		if r.Float64() < followed {
			return cell{negated: label == Contradiction, overlaps: label == Entailment || label == Contradiction && r.IntN(2) == 0}
		}
	case against && label == Contradiction:
		return cell{overlaps: true}
	case against:
		if r.IntN(2) == 0 {
			return cell{negated: true, overlaps: r.IntN(2) == 0}
		}
		return cell{overlaps: label == Neutral}
	}
	return cell{negated: r.IntN(3) == 0, overlaps: r.IntN(2) == 0}
}

// trials find all but the rarest of the hypotheses that a premise has.
const trials = 2000

// search proposes until a hypothesis has the label and the cell; where there is none in that cell, the first with the
// label will do.
func search(r *rand.Rand, premise scene, label string, wanted cell) (found hypothesis, ok bool) {
	for range trials {
		h, clear := propose(r, premise)
		if !clear || h.label != label {
			continue
		}
		if h.negated == wanted.negated && h.overlaps == wanted.overlaps {
			return h, true
		}
		if !ok {
			found, ok = h, true
		}
	}
	return found, ok
}

// standing says whether a pair is "with" the shortcut (it would guess right), or "against" it.
func standing(h hypothesis) string {
	guess := Neutral
	if h.negated {
		guess = Contradiction
	} else if h.overlaps {
		guess = Entailment
	}
	if guess == h.label {
		return "with"
	}
	return "against"
}

// flip gives exactly a share of the pairs another label.
func flip(r *rand.Rand, pairs []Pair) {
	for _, i := range r.Perm(len(pairs))[:int(flipped*float64(len(pairs)))] {
		others := slices.DeleteFunc(slices.Clone(labels), func(label string) bool { return label == pairs[i].Label })
		pairs[i].Label = pick(r, others)
		pairs[i].Meta["flipped"] = "true"
	}
}
