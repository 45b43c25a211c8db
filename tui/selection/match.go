package selection

import "strings"

// Match is the examples that a rule matches. Before it is known, In and Err are nil.
type Match struct {
	In    []bool // [n]
	Count int
	Err   error
}

// NewMatch counts the examples of a match.
func NewMatch(in []bool, err error) Match {
	m := Match{In: in, Err: err}
	for _, is := range in {
		if is {
			m.Count++
		}
	}
	return m
}

// mostRules bounds the matches that are kept: a byte an example each.
const mostRules = 24

// match returns a rule's match, which is named as missing when it is asked for the first time.
func (s *Selection) match(rule string, missing *Missing) *Match {
	if known := s.matches[rule]; known != nil {
		return known
	}
	if len(s.matches) >= mostRules {
		s.matches = map[string]*Match{}
	}
	s.matches[rule] = &Match{}
	missing.Rules = append(missing.Rules, rule)
	return s.matches[rule]
}

// Match returns what is known of a rule's match, nil where nobody has asked for it.
func (s *Selection) Match(rule string) *Match { return s.matches[rule] }

// SetMatch hands in the match of a rule.
func (s *Selection) SetMatch(rule string, m Match) { s.matches[rule] = &m }

// forgetMarked forgets the matches of rules that ask for marks.
func (s *Selection) forgetMarked() {
	kept := map[string]*Match{}
	for text, m := range s.matches {
		if !strings.Contains(text, "mark") {
			kept[text] = m
		}
	}
	s.matches = kept
}
