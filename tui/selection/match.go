package selection

import "strings"

// Match is the result of a rule. In and Err are nil until it is known.
type Match struct {
	In    []bool // [n] whether an example matches
	Count int
	Err   error
}

// NewMatch returns a match with its examples counted.
func NewMatch(in []bool, err error) Match {
	m := Match{In: in, Err: err}
	for _, is := range in {
		if is {
			m.Count++
		}
	}
	return m
}

// mostRules limits the cached matches, each of which takes a byte per example.
const mostRules = 24

// match returns a rule's match. On the first request it is added to missing.
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

// Match returns a rule's match, nil if it has not been requested.
func (s *Selection) Match(rule string) *Match { return s.matches[rule] }

// SetMatch sets the match of a rule.
func (s *Selection) SetMatch(rule string, m Match) { s.matches[rule] = &m }

// forgetMarked drops the matches of rules about marks.
func (s *Selection) forgetMarked() {
	kept := map[string]*Match{}
	for text, m := range s.matches {
		if !strings.Contains(text, "mark") {
			kept[text] = m
		}
	}
	s.matches = kept
}
