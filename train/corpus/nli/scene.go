package nli

import "strings"

// A scene is the content of a sentence: some beings do something, or do something to another being, in some place.
type scene struct {
	count     int    // 1 to 5
	quantity  string // "" = exactly count; else "some", "at least two", ...
	adjective string // of the subject; "" = none
	subject   *noun
	activity  *activity // nil if there is an action
	action    *action   // nil if there is an activity
	object    *noun     // of the action; always one
	place     *place    // nil = none
	passive   bool      // whether the sentence is in the passive voice
	negation  negation
}

// A negation is the form of a negated sentence, or affirmed.
type negation int

const (
	affirmed  negation = iota
	notDoing           // "two dogs are not running"
	noSubject          // "no dogs are running"
)

// String returns the sentence, in lower case and without a full stop.
func (s scene) String() string {
	var words []string
	say := func(parts ...string) {
		for _, part := range parts {
			if part != "" {
				words = append(words, part)
			}
		}
	}
	be, subject := "is", s.subject.one
	if s.count > 1 || s.quantity != "" || s.negation == noSubject {
		be, subject = "are", s.subject.many
	}
	quantity := s.quantity
	switch {
	case s.negation == noSubject:
		quantity = "no"
	case quantity == "":
		quantity = numbers[s.count]
	}
	switch {
	case s.passive:
		say("one", s.object.one, "is", s.action.passive, "by", quantity, s.adjective, subject)
	default:
		say(quantity, s.adjective, subject, be)
		if s.negation == notDoing {
			say("not")
		}
		if s.action != nil {
			say(s.action.ing, "one", s.object.one)
		} else {
			say(s.activity.ing)
		}
	}
	if s.place != nil {
		say(s.place.phrase)
	}
	return strings.Join(words, " ")
}

// A relation is that of a part of a hypothesis to the same part of its premise.
type relation int

const (
	same     relation = iota
	entailed          // follows from the premise: more general, or absent
	neutral           // may or may not hold
	excluded          // cannot hold in the same scene
)

// The labels.
const (
	Entailment    = "entailment"
	Neutral       = "neutral"
	Contradiction = "contradiction"
)

// judge returns the label of a hypothesis, given the relations of its subject (quantity, adjective, noun) and of its predicate
// (verb, object, place). It returns false if the label is ambiguous. Premise and hypothesis are about the same scene.
func judge(subject, predicate relation, negation negation) (label string, clear bool) {
	worst := max(subject, predicate)
	switch {
	case negation == affirmed:
		return [...]string{same: Entailment, entailed: Entailment, neutral: Neutral, excluded: Contradiction}[worst], true
	case subject > entailed:
		return "", false // the negation may be about other beings
	case predicate <= entailed:
		return Contradiction, true
	case predicate == neutral:
		return Neutral, true
	default: // with noSubject it is ambiguous: other beings might do it
		return Entailment, negation == notDoing
	}
}
