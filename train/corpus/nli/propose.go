package nli

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// drawScene draws the scene of a premise.
func drawScene(r *rand.Rand) scene {
	s := scene{count: 1 + r.IntN(5), subject: pick(r, nouns)}
	if r.IntN(5) == 0 {
		s.subject = pick(r, kinds)
	}
	if r.IntN(2) == 0 {
		s.adjective = pick(r, adjectives)
	}
	if r.IntN(3) == 0 {
		s.action, s.object = pick(r, actions), pick(r, nouns)
		for s.object == s.subject {
			s.object = pick(r, nouns)
		}
	} else if s.activity = pick(r, activities); r.IntN(6) == 0 {
		s.activity = s.activity.kind
	}
	if r.IntN(4) > 0 {
		if s.place = pick(r, places); r.IntN(6) == 0 {
			s.place = s.place.kind
		}
	}
	return s
}

// A hypothesis is a sentence about a premise, with its properties.
type hypothesis struct {
	scene
	label   string
	parts   []string // that differ from the premise
	negated bool     // whether it contains a negation word
}

// overlaps reports whether the premise contains at least three quarters of the words of a hypothesis.
func (h *hypothesis) overlaps(premise []string) bool { return overlap(premise, h.String()) >= 0.75 }

// propose draws a hypothesis that changes some parts of a premise. It returns false if nothing changed or the label is
// ambiguous. The parts lie in the memory of parts. Few proposals are used, so it writes no sentence.
func propose(r *rand.Rand, premise scene, parts []string) (hypothesis, bool) {
	h := hypothesis{parts: parts[:0]}
	s := premise
	note := func(part string, to relation, into *relation) {
		if to != same {
			h.parts = append(h.parts, part)
			*into = max(*into, to)
		}
	}
	var subject, predicate relation
	note("count", s.changeCount(r), &subject)
	note("adjective", s.changeAdjective(r), &subject)
	note("hypernym", s.changeSubject(r), &subject)
	note("verb", s.changeVerb(r), &predicate)
	note("place", s.changePlace(r), &predicate)
	if s.action != nil {
		switch r.IntN(4) {
		case 0:
			s.passive = true
			h.parts = append(h.parts, "passive")
		case 1: // the premise leaves the reverse open
			if s.count == 1 && s.quantity == "" && s.adjective == "" {
				s.subject, s.object = s.object, s.subject
				note("roles", neutral, &predicate)
			}
		}
	}
	if !s.passive && r.IntN(2) == 0 {
		s.negation = notDoing
		if s.quantity == "" && r.IntN(3) == 0 {
			s.negation = noSubject
		}
		h.negated = true
		h.parts = append(h.parts, "negation")
	}
	label, clear := judge(subject, predicate, s.negation)
	h.scene, h.label = s, label
	return h, clear && len(h.parts) > 0
}

// changed draws whether a part should change, with probability 1/3.
func changed(r *rand.Rand) bool { return r.IntN(3) == 0 }

// changeCount may replace the count by a quantity.
func (s *scene) changeCount(r *rand.Rand) relation {
	if !changed(r) {
		return same
	}
	if least := 2 + r.IntN(5); least != s.count { // counts are exact: three are not at least six
		s.quantity = "at least " + numbers[least]
		if least > s.count {
			return excluded
		}
		return entailed
	}
	if s.count > 1 {
		s.quantity = "some"
		return entailed
	}
	return same
}

// changeAdjective may add, remove or oppose the adjective of the subject.
func (s *scene) changeAdjective(r *rand.Rand) relation {
	switch {
	case !changed(r):
		return same
	case s.adjective == "":
		s.adjective = pick(r, adjectives)
		return neutral
	case r.IntN(2) == 0:
		s.adjective = ""
		return entailed
	default:
		s.adjective = opposites[s.adjective]
		return excluded
	}
}

// changeSubject may replace the subject by its hypernym, or a hypernym by a noun of its kind.
func (s *scene) changeSubject(r *rand.Rand) relation {
	if !changed(r) {
		return same
	}
	if s.subject.kind != nil {
		s.subject = s.subject.kind
		return entailed
	}
	kind := s.subject
	for s.subject.kind != kind {
		s.subject = pick(r, nouns)
	}
	return neutral
}

// changeVerb may replace the verb, or the object by its hypernym.
func (s *scene) changeVerb(r *rand.Rand) relation {
	switch {
	case !changed(r):
		return same
	case s.action != nil && r.IntN(2) == 0:
		s.object = s.object.kind
		return entailed
	case s.action != nil: // one who chases may also help
		before := s.action
		for s.action == before {
			s.action = pick(r, actions)
		}
		return neutral
	}
	before := s.activity
	kind := before.kind
	if kind != nil && r.IntN(2) == 0 {
		s.activity = kind
		return entailed
	}
	if kind == nil {
		kind = before
	}
	for s.activity = pick(r, activities); s.activity.kind == before.kind; {
		s.activity = pick(r, activities)
	}
	switch {
	case s.activity.kind == kind: // a special case of the premise
		return neutral
	case s.activity.kind == noise || kind == noise:
		return neutral
	default: // moving against resting
		return excluded
	}
}

// changePlace may add, remove or replace the place.
func (s *scene) changePlace(r *rand.Rand) relation {
	switch {
	case !changed(r):
		return same
	case s.place == nil:
		s.place = pick(r, places)
		return neutral
	case r.IntN(3) == 0:
		s.place = nil
		return entailed
	case r.IntN(2) == 0 && s.place.kind != nil:
		s.place = s.place.kind
		return entailed
	}
	kind := s.place.kind
	if kind == nil {
		kind = s.place
	}
	before := s.place
	for s.place = pick(r, places); before.kind != nil && s.place.kind == kind; {
		s.place = pick(r, places)
	}
	if s.place.kind == kind {
		return neutral
	}
	return excluded
}

// overlap returns the share of a hypothesis's words that the premise contains.
func overlap(premise []string, hypothesis string) float64 {
	words, shared := 0, 0
	for word := range strings.FieldsSeq(hypothesis) {
		words++
		if slices.Contains(premise, word) {
			shared++
		}
	}
	return float64(shared) / float64(words)
}

// pick draws an element.
func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
