// Package nli generates builtin:nli, a synthetic task of natural language inference for demonstrations and tests. Rules make
// the sentences from about seventy words and also determine the labels. Scores on them say nothing about real language.
//
// A premise describes a scene ("two young dogs are running in the park"). A hypothesis changes some of its parts: count,
// adjective, hypernym, verb, roles and voice, place, negation. The training and ID sets contain a shortcut: most pairs with a
// negation word are contradictions, and most others are entailments if their words overlap with the premise and neutral if
// not. In the OOD sets half of the pairs are drawn at random and half contradict the shortcut. 5 % of the training labels are
// flipped. The metadata of a pair give the number of changed parts (difficulty), their names, whether the shortcut gives the
// right label, and whether the label is flipped.
//
// The seed is fixed, so the data is the same everywhere. The package imports nothing of this project. Begin reading at
// Generate.
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
	Label                     string            // the wrong one if Meta["flipped"] is "true"
	Meta                      map[string]string // the last four of Columns
}

// Columns are the columns of a pair: its fields, then its metadata.
var Columns = []string{"guid", "premise", "hypothesis", "label", "difficulty", "changes", "shortcut", "flipped"}

// The parts of the task. Each premise has one pair for each label.
const (
	Train         = "train"
	ID            = "id"
	OODValidation = "ood-validation"
	OODTest       = "ood-test"
)

// sizes are the numbers of premises by part.
var sizes = map[string]int{Train: 1500, ID: 150, OODValidation: 150, OODTest: 150}

const (
	followed = 0.7  // share of the training and ID pairs that are drawn to follow the shortcut
	flipped  = 0.05 // share of the training labels that are flipped
)

var labels = []string{Entailment, Neutral, Contradiction}

// Generate returns the pairs of a part, or false if the part does not exist. No premise is in two parts. The caller must not
// change the pairs.
func Generate(part string) ([]Pair, bool) {
	pairs, ok := all()[part]
	return pairs, ok
}

// all generates the task when it is first called.
var all = sync.OnceValue(func() map[string][]Pair {
	parts, seen := map[string][]Pair{}, map[string]bool{}
	for stream, part := range []string{Train, ID, OODValidation, OODTest} {
		parts[part] = generate(rand.New(rand.NewPCG(2310_06588, uint64(stream))), part, seen)
	}
	return parts
})

// generate makes a part from premises that are not in seen, to which it adds them.
func generate(r *rand.Rand, part string, seen map[string]bool) []Pair {
	var pairs []Pair
	for len(pairs) < sizes[part]*len(labels) {
		premise := drawScene(r)
		text := premise.String()
		if seen[text] {
			continue
		}
		seen[text] = true
		var three []Pair
		words := strings.Fields(text)
		for _, label := range labels {
			found, ok := search(r, premise, words, label, drawCell(r, part, label))
			if !ok {
				break // a plain premise such as "one animal is calling" allows few hypotheses
			}
			three = append(three, Pair{
				GUID:    fmt.Sprintf("%s-%d", part, len(pairs)+len(three)),
				Premise: text, Hypothesis: found.String(), Label: label,
				Meta: map[string]string{
					"difficulty": strconv.Itoa(min(len(found.parts), 4)),
					"changes":    strings.Join(found.parts, "+"),
					"shortcut":   agreement(found, words),
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

// A cell holds the features of a hypothesis on which the shortcut depends: whether it is negated, and whether it overlaps with its premise.
type cell struct {
	negated, overlaps bool
}

// drawCell draws the cell that a pair with the given label should have.
func drawCell(r *rand.Rand, part, label string) cell {
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

// trials is the number of hypotheses that search draws. It is enough to find all but the rarest.
const trials = 2000

// search draws hypotheses until one has the label and the cell. If none has both, it returns the first one with the label. words are
// those of the premise.
func search(r *rand.Rand, premise scene, words []string, label string, wanted cell) (found hypothesis, ok bool) {
	var parts [8]string
	for range trials {
		h, clear := propose(r, premise, parts[:])
		if !clear || h.label != label {
			continue
		}
		fits := h.negated == wanted.negated && h.overlaps(words) == wanted.overlaps
		if fits || !ok {
			found, ok = h, true
			found.parts = slices.Clone(h.parts)
		}
		if fits {
			return found, true
		}
	}
	return found, ok
}

// agreement returns "with" if the shortcut gives the label of a hypothesis, else "against".
func agreement(h hypothesis, premise []string) string {
	guess := Neutral
	if h.negated {
		guess = Contradiction
	} else if h.overlaps(premise) {
		guess = Entailment
	}
	if guess == h.label {
		return "with"
	}
	return "against"
}

// flip changes the labels of a random share of the pairs, namely flipped.
func flip(r *rand.Rand, pairs []Pair) {
	for _, i := range r.Perm(len(pairs))[:int(flipped*float64(len(pairs)))] {
		others := slices.DeleteFunc(slices.Clone(labels), func(label string) bool { return label == pairs[i].Label })
		pairs[i].Label = pick(r, others)
		pairs[i].Meta["flipped"] = "true"
	}
}
