package tokenizer

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is found in a text before the text is divided into words.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only where no word touches it
	LeftStrip  bool   `json:"lstrip"`      // with the white space before it
	RightStrip bool   `json:"rstrip"`      // with the white space after it
	Normalized bool   `json:"normalized"`  // in the normalised text
	Special    bool   `json:"special"`
}

// notAdded marks a part of a text that is not an added token. No token has this ID.
const notAdded = -1

// A matcher finds added tokens in a text: the leftmost first and, among those with the same start, the longest.
type matcher struct {
	tokens []addedToken
	starts [256]bool // the bytes that a token starts with
	all    *automaton
}

// newMatcher returns a matcher of tokens, which are not empty.
func newMatcher(tokens []addedToken) matcher {
	m := matcher{tokens: tokens, all: newAutomaton(len(tokens), func(i int) string { return tokens[i].Content })}
	for _, t := range tokens {
		m.starts[t.Content[0]] = true
	}
	return m
}

// split calls emit for each added token in a text and for each part between them, in order. start reports whether the part is at the
// start of the text.
func (m *matcher) split(s *scratch, text []byte, emit func(part []byte, added int32, start bool)) {
	first := slices.IndexFunc(text, func(b byte) bool { return m.starts[b] })
	if first < 0 {
		if len(text) > 0 {
			emit(text, notAdded, true)
		}
		return
	}
	found := m.all.longest(s.take(), text[first:])
	defer s.giveBack(found)
	start := 0  // of the part that no token has
	spaces := 0 // the end of the white space that RightStrip has passed
	for i := first; i < len(text); {
		token := found[i-first]
		if token == none {
			i++
			continue
		}
		t := &m.tokens[token]
		from, to := i, i+len(t.Content)
		i = to
		if t.SingleWord && (endsWithWord(text[:from]) || startsWithWord(text[to:])) {
			continue
		}
		if t.LeftStrip {
			from = max(start, from-spacesAtEnd(text[start:max(start, from)]))
		}
		if t.RightStrip {
			if to >= spaces {
				spaces = to + spacesAtStart(text[to:])
			}
			to = spaces
		}
		to = max(from, to) // LeftStrip begins where RightStrip has ended
		if from > start {
			emit(text[start:from], notAdded, start == 0)
		}
		emit(text[from:to], t.ID, from == 0)
		start = to
	}
	if start < len(text) {
		emit(text[start:], notAdded, start == 0)
	}
}

// endsWithWord reports whether the last character of a text is part of a word.
func endsWithWord(text []byte) bool {
	r, size := utf8.DecodeLastRune(text)
	return size > 0 && isWord(r)
}

// startsWithWord reports whether the first character of a text is part of a word.
func startsWithWord(text []byte) bool {
	r, size := utf8.DecodeRune(text)
	return size > 0 && isWord(r)
}

// spacesAtEnd returns the number of bytes of white space at the end of a text.
func spacesAtEnd(text []byte) (n int) {
	for n < len(text) {
		r, size := utf8.DecodeLastRune(text[:len(text)-n])
		if !unicode.IsSpace(r) {
			break
		}
		n += size
	}
	return n
}

// spacesAtStart returns the number of bytes of white space at the start of a text.
func spacesAtStart(text []byte) (n int) {
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if !unicode.IsSpace(r) {
			break
		}
		n += size
	}
	return n
}

// isWord reports whether a character is part of a word.
func isWord(r rune) bool { return unicode.Is(wordCharacters, r) }
