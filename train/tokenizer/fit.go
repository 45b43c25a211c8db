package tokenizer

import (
	"strings"
	"unicode"
)

// Fit returns how much of a text fits in maxLength tokens, or of a pair of texts if pair is not empty: the bytes of each up to
// the end of the last whole word that Encode keeps, where words are separated by white space. tokens is the number of tokens
// without a limit, including the special tokens. A maxLength of 0 means no limit.
func (t *Tokenizer) Fit(text, pair string, maxLength int) (first, second, tokens int) {
	s := t.scratch.Get().(*scratch)
	defer t.scratch.Put(s)
	template := t.single
	if pair != "" {
		template = t.pair
	}
	n, m := t.count(s, text), t.count(s, pair)
	tokens = n + m + template.special
	if maxLength > 0 {
		n, m = truncate(n, m, max(0, maxLength-template.special))
	}
	return t.prefix(s, text, n), t.prefix(s, pair, m), tokens
}

// count returns the number of a text's tokens without special tokens.
func (t *Tokenizer) count(s *scratch, text string) int {
	s.first = t.appendIDs(s.first[:0], s, text)
	return len(s.first)
}

// prefix returns the number of bytes in the longest run of whole words at the start of a text that has at most limit tokens.
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
