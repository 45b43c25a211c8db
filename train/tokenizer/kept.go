package tokenizer

import (
	"strings"
	"unicode"
)

// Kept says how far Encode reads a text, or a pair where there is a second one, at a limit: so many bytes of each, to the end of
// the last word that is read in full, words being what stands between white space; and how many tokens the whole would be,
// special tokens counted.
func (t *Tokenizer) Kept(text, pair string, maxLength int) (first, second, tokens int) {
	s := t.scratch.Get().(*scratch)
	defer t.scratch.Put(s)
	frame := t.single
	if pair != "" {
		frame = t.pair
	}
	n, m := t.count(s, text), t.count(s, pair)
	tokens = n + m + frame.special
	if maxLength > 0 {
		n, m = truncate(n, m, max(0, maxLength-frame.special))
	}
	return t.prefix(s, text, n), t.prefix(s, pair, m), tokens
}

func (t *Tokenizer) count(s *scratch, text string) int {
	s.first = t.appendIDs(s.first[:0], s, text)
	return len(s.first)
}

// prefix gives the bytes of a text's first words that come to at most limit tokens.
func (t *Tokenizer) prefix(s *scratch, text string, limit int) int {
	end := 0
	for at := 0; at < len(text); {
		word := at + strings.IndexFunc(text[at:], func(r rune) bool { return !unicode.IsSpace(r) })
		if word < at {
			return len(text) // white space at the end
		}
		stop := len(text)
		if space := strings.IndexFunc(text[word:], unicode.IsSpace); space >= 0 {
			stop = word + space
		}
		if limit -= t.count(s, text[word:stop]); limit < 0 {
			return end
		}
		at, end = stop, stop
	}
	return len(text)
}
