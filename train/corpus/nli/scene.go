package nli

import "strings"

// A scene is what a sentence says: some beings do something, or do something to another, somewhere.
type scene struct {
	count     int    // 1 to 5
	quantity  string // "" = exactly count; else "some", "at least two", ...
	adjective string // of the subject; "" = none
	subject   *noun
	activity  *activity // or
	action    *action   // with its
	object    *noun     // always one
	place     *place    // nil = not said
	passive   bool      // the object comes first
	negation  negation
}

type negation int

const (
	affirmed  negation = iota
	notDoing           // "two dogs are not running"
	noSubject          // "no dogs are running"
)

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

// A relation is how a part of the hypothesis stands to that part of the premise.
type relation int

const (
	same     relation = iota
	entailed          // follows from it: more general, or left out
	neutral           // may or may not hold
	excluded          // cannot hold in the same scene
)

// The names of the classes.
const (
	Entailment    = "entailment"
	Neutral       = "neutral"
	Contradiction = "contradiction"
)

// judge gives the label of a hypothesis from the relations of its subject (quantity, adjective, noun) and of its
// predicate (verb, object, place), and false where the language is not clear about it. What a sentence says is taken to
// hold of one and the same scene.
func judge(subject, predicate relation, negation negation) (label string, clear bool) {
	worst := max(subject, predicate)
	switch {
	case negation == affirmed:
		return map[relation]string{same: Entailment, entailed: Entailment, neutral: Neutral, excluded: Contradiction}[worst], true
	case subject > entailed:
		return "", false // who is it that does not?
	case predicate <= entailed:
		return Contradiction, true
	case predicate == neutral:
		return Neutral, true
	default: // no such beings in that place, doing that: others might
		return Entailment, negation == notDoing
	}
}
