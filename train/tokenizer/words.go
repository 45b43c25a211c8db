package tokenizer

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// words calls emit for each word of a text, like Hugging Face's BertPreTokenizer. White space separates words, and each
// punctuation mark is a word of its own.
func words(text []byte, emit func(word []byte, added int32)) {
	start := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		space, mark := unicode.IsSpace(r), unicode.Is(punctuation, r)
		if (space || mark) && start < i {
			emit(text[start:i], notAdded)
		}
		if mark {
			emit(text[i:i+size], notAdded)
		}
		i += size
		if space || mark {
			start = i
		}
	}
	if start < len(text) {
		emit(text[start:], notAdded)
	}
}

// notAdded marks a part of a text that is not an added token. No token has this ID.
const notAdded = -1

// A matcher finds added tokens in a text: the leftmost first and, among those with the same start, the longest.
type matcher []addedToken

// split calls emit for each added token in a text and for each part between them, in order.
func (m matcher) split(text []byte, emit func(part []byte, added int32)) {
	for len(text) > 0 {
		at, found := len(text), -1
		for i, t := range m {
			j := bytes.Index(text, []byte(t.Content))
			if j >= 0 && (j < at || j == at && found >= 0 && len(t.Content) > len(m[found].Content)) {
				at, found = j, i
			}
		}
		if at > 0 {
			emit(text[:at], notAdded)
		}
		if found < 0 {
			return
		}
		end := at + len(m[found].Content)
		emit(text[at:end], m[found].ID)
		text = text[end:]
	}
}

// pieces is the WordPiece model. It divides a word from left to right into the longest pieces of the vocabulary. A word that
// cannot be divided so, or is longer than limit, is unknown.
type pieces struct {
	starts     map[string]int32 // IDs of pieces that start a word
	continuing map[string]int32 // IDs of pieces that continue a word, without the prefix
	unknown    int32            // ID of an unknown word
	limit      int              // of a word, in characters
	longest    int              // length of the longest piece, in bytes
}

// append appends the IDs of a word's pieces to ids.
func (p *pieces) append(ids []int32, word []byte) []int32 {
	if utf8.RuneCount(word) > p.limit {
		return append(ids, p.unknown)
	}
	before, table := len(ids), p.starts
	for len(word) > 0 {
		end, id := min(len(word), p.longest), int32(notAdded)
		for ; end > 0; end-- {
			if found, ok := table[string(word[:end])]; ok {
				id = found
				break
			}
		}
		if id == notAdded {
			return append(ids[:before], p.unknown)
		}
		ids, word, table = append(ids, id), word[end:], p.continuing
	}
	return ids
}

// truncate returns how many tokens of two texts of n and m tokens remain under a limit, by the longest_first strategy of
// Hugging Face's tokenizers. The shorter text remains whole if it takes at most half of the limit. Otherwise each text gets
// half, and the second the odd token.
func truncate(n, m, limit int) (int, int) {
	if n+m <= limit {
		return n, m
	}
	swapped := n > m
	if swapped {
		n, m = m, n
	}
	if n <= limit {
		m = max(n, limit-n)
	}
	if n+m > limit { // n is more than half
		n = limit / 2
		m = n + limit%2
	}
	if swapped {
		return m, n
	}
	return n, m
}

// A template places the tokens of a text or a pair of texts among special tokens.
type template struct {
	parts   []part
	special int // number of special tokens
}

// A part of a template is a text or some special tokens.
type part struct {
	text int     // index of the text, or -1 for special tokens
	ids  []int32 // of special tokens
	kind int32   // the type of all tokens in the part
}

// fill returns the encoding of one or two texts, given the IDs of their tokens.
func (t template) fill(texts ...[]int32) Encoding {
	n := t.special
	for _, text := range texts {
		n += len(text)
	}
	e := Encoding{IDs: make([]int32, 0, n), Types: make([]int32, 0, n)}
	for _, p := range t.parts {
		ids := p.ids
		if p.text >= 0 {
			ids = texts[p.text]
		}
		e.IDs = append(e.IDs, ids...)
		for range ids {
			e.Types = append(e.Types, p.kind)
		}
	}
	return e
}
