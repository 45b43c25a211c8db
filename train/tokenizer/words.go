package tokenizer

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// words is Hugging Face's BertPreTokenizer: it calls emit for each run of characters between white space, every
// punctuation mark being a word of its own.
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

// notAdded says that a part of the text is not an added token.
const notAdded = -1

// A matcher finds added tokens in a text: the leftmost, and of those that begin together the longest.
type matcher []addedToken

// split calls emit for the parts of the text between added tokens, and for those with their IDs.
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

// pieces is the WordPiece model: the longest piece of the vocabulary first, from the left; a word that cannot be made
// of pieces, or is longer than limit characters, is unknown.
type pieces struct {
	starts, continuing map[string]int32 // the latter without their prefix
	unknown            int32
	limit              int // characters of a word
	longest            int // bytes of a piece
}

// append appends the IDs of a word's pieces.
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

// truncate gives how many tokens of two texts of n and m are kept of at most limit, as the tokenizers library's
// longest-first strategy: the shorter stays whole if it fits beside as much of the longer, else both get half, the
// second the odd one.
func truncate(n, m, limit int) (int, int) {
	if n+m <= limit {
		return n, m
	}
	swapped := n > m
	if swapped {
		n, m = m, n
	}
	if n > limit {
		m = n // both are cut to half below
	} else {
		m = max(n, limit-n)
	}
	if n+m > limit {
		n = limit / 2
		m = n + limit%2
	}
	if swapped {
		return m, n
	}
	return n, m
}

// A template frames the tokens of a text or a pair with special tokens.
type template struct {
	parts   []part
	special int // tokens that are not the texts'
}

// A part of a template is a text (0 or 1) or the special tokens of the IDs.
type part struct {
	text int // -1: special
	ids  []int32
	kind int32 // type of its tokens
}

// fill makes the encoding of the tokens of one or two texts.
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
