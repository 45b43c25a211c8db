package tokenizer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A behavior is what happens to the parts of a text that match a pattern.
type behavior int

const (
	removedMatch       behavior = iota // they are left out
	isolated                           // each is a word of its own
	mergedWithPrevious                 // each ends the word before it
	mergedWithNext                     // each begins the word after it
	contiguous                         // neighbouring ones are one word
)

// behaviors are the names of behaviors in a file, in the order of the constants.
var behaviors = []string{"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"}

// readBehavior returns the behavior of a name.
func readBehavior(c component, name string) (behavior, error) {
	i := slices.Index(behaviors, name)
	if i < 0 {
		return 0, c.refuse("behavior", fmt.Sprintf("%.40q", name), behaviors...)
	}
	return behavior(i), nil
}

// A pattern returns the place of its first match in a text, which is not empty; from is len(text) if there is none. A match is not empty.
type pattern func(text []byte) (from, to int)

// each returns the pattern of a single character of a class.
func each(class func(rune) bool) pattern {
	return func(text []byte) (from, to int) {
		for from < len(text) {
			r, size := utf8.DecodeRune(text[from:])
			if class(r) {
				return from, from + size
			}
			from += size
		}
		return from, from
	}
}

// literal returns the pattern of a text.
func literal(word string) pattern {
	return func(text []byte) (from, to int) {
		if i := bytes.Index(text, []byte(word)); i >= 0 {
			return i, i + len(word)
		}
		return len(text), len(text)
	}
}

// run returns the pattern of one or more characters of a class.
func run(class func(rune) bool) pattern {
	first := each(class)
	return func(text []byte) (from, to int) {
		from, to = first(text)
		for to < len(text) {
			r, size := utf8.DecodeRune(text[to:])
			if !class(r) {
				break
			}
			to += size
		}
		return from, to
	}
}

// visibleRun is the pattern of a Whitespace pre-tokenizer: characters of words, or characters that are neither these nor white space.
func visibleRun(text []byte) (from, to int) {
	kind := func(r rune) int {
		switch {
		case isWord(r):
			return 1
		case unicode.IsSpace(r):
			return 0
		}
		return 2
	}
	found := 0
	for to < len(text) {
		r, size := utf8.DecodeRune(text[to:])
		k := kind(r)
		if found != 0 && k != found {
			break
		}
		to += size
		if found = k; k == 0 {
			from = to
		}
	}
	return from, to
}

// A divider divides a text by a pattern.
type divider struct {
	pattern  pattern
	invert   bool // what does not match is treated as a match, and what matches as the rest
	behavior behavior
}

func (d divider) split(_ *scratch, text []byte, start bool, emit func(word []byte, start bool)) {
	from, to := 0, 0 // the word that waits for its end
	waits := false   // such a word is there
	previous := false
	flush := func() {
		if waits && to > from {
			emit(text[from:to], start && from == 0)
		}
		waits = false
	}
	// span adds the next part of the text.
	span := func(a, b int, match bool) {
		join := false
		switch d.behavior {
		case removedMatch:
			if match {
				flush()
				return
			}
		case mergedWithPrevious:
			join = match && !previous
		case mergedWithNext:
			join = !match && previous
		case contiguous:
			join = match == previous
		}
		previous = match
		if join && waits {
			to = b
			return
		}
		flush()
		from, to, waits = a, b, true
	}
	for at := 0; at < len(text); {
		a, b := d.pattern(text[at:])
		if a > 0 {
			span(at, at+a, d.invert)
		}
		if b > a {
			span(at+a, at+b, !d.invert)
		}
		at += b
	}
	flush()
}

func readDigits(c component) (splitter, error) {
	var f struct {
		Individual bool `json:"individual_digits"`
	}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	d := divider{each(func(r rune) bool { return unicode.Is(digits, r) }), false, contiguous}
	if f.Individual {
		d.behavior = isolated
	}
	return d, nil
}

func readPunctuation(c component) (splitter, error) {
	f := struct {
		Behavior string `json:"behavior"`
	}{"Isolated"}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	b, err := readBehavior(c, f.Behavior)
	return divider{each(func(r rune) bool { return unicode.Is(punctuation, r) }), false, b}, err
}

// splitPatterns are the regular expressions of Split pre-tokenizers.
var splitPatterns = map[string]pattern{
	gpt2Pattern: func(text []byte) (from, to int) { return 0, gpt2Word(text) },
	`\s+`:       run(unicode.IsSpace),
	`\s`:        each(unicode.IsSpace),
}

func readSplit(c component) (splitter, error) {
	var f struct {
		Pattern struct {
			Text  *string `json:"String"`
			Regex *string `json:"Regex"`
		} `json:"pattern"`
		Behavior string `json:"behavior"`
		Invert   bool   `json:"invert"`
	}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	b, err := readBehavior(c, f.Behavior)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Pattern.Text != nil && *f.Pattern.Text != "":
		return divider{literal(*f.Pattern.Text), f.Invert, b}, nil
	case f.Pattern.Regex != nil:
		p, ok := splitPatterns[*f.Pattern.Regex]
		if !ok {
			return nil, c.refuse("pattern", fmt.Sprintf("%.200q", *f.Pattern.Regex), "a text, "+strings.Join(patternNames(), ", "))
		}
		return divider{p, f.Invert, b}, nil
	}
	return nil, c.badKey("pattern", "it must be an object with a String or a Regex")
}

// patternNames lists the regular expressions of splitPatterns as messages show them.
func patternNames() []string {
	var names []string
	for name := range splitPatterns {
		names = append(names, fmt.Sprintf("%q", name))
	}
	slices.Sort(names)
	return names
}
