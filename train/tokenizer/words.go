package tokenizer

import (
	"maps"
	"slices"
	"sync"
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

// split calls emit for each added token in a text and for each part between them, in order.
func (m *matcher) split(s *scratch, text []byte, emit func(part []byte, added int32)) {
	first := slices.IndexFunc(text, func(b byte) bool { return m.starts[b] })
	if first < 0 {
		if len(text) > 0 {
			emit(text, notAdded)
		}
		return
	}
	found := m.all.longest(s.take(), text[first:])
	defer s.giveBack(found)
	start := 0 // of the part that no token has
	for i := first; i < len(text); {
		token := found[i-first]
		if token == none {
			i++
			continue
		}
		if i > start {
			emit(text[start:i], notAdded)
		}
		t := m.tokens[token]
		emit(text[i:i+len(t.Content)], t.ID)
		i += len(t.Content)
		start = i
	}
	if start < len(text) {
		emit(text[start:], notAdded)
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

	once sync.Once     // makes long
	long [2]vocabulary // of starts and of continuing
}

// A vocabulary finds pieces in long words.
type vocabulary struct {
	pieces []string
	ids    []int32
	all    *automaton
}

func newVocabulary(ids map[string]int32) vocabulary {
	v := vocabulary{pieces: slices.DeleteFunc(slices.Sorted(maps.Keys(ids)), func(piece string) bool { return piece == "" })}
	for _, piece := range v.pieces {
		v.ids = append(v.ids, ids[piece])
	}
	v.all = newAutomaton(len(v.pieces), func(i int) string { return v.pieces[i] })
	return v
}

// shortWord is the number of bytes up to which a word is divided by looking up every start of it, longest first. For a longer word
// that would take a time that grows with the square of its length or more.
const shortWord = 64

// append appends the IDs of a word's pieces to ids.
func (p *pieces) append(ids []int32, s *scratch, word []byte) []int32 {
	if utf8.RuneCount(word) > p.limit {
		return append(ids, p.unknown)
	}
	if len(word) > shortWord {
		return p.appendLong(ids, s, word)
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

// appendLong is append for a long word, in time linear in its length.
func (p *pieces) appendLong(ids []int32, s *scratch, word []byte) []int32 {
	p.once.Do(func() { p.long = [2]vocabulary{newVocabulary(p.starts), newVocabulary(p.continuing)} })
	starts := p.long[0].all.longest(s.take(), word)
	first := starts[0]
	s.giveBack(starts)
	if first == none {
		return append(ids, p.unknown)
	}
	before := len(ids)
	ids, word = append(ids, p.long[0].ids[first]), word[len(p.long[0].pieces[first]):]
	rest := p.long[1]
	found := rest.all.longest(s.take(), word)
	defer s.giveBack(found)
	for i := 0; i < len(word); {
		piece := found[i]
		if piece == none {
			return append(ids[:before], p.unknown)
		}
		ids = append(ids, rest.ids[piece])
		i += len(rest.pieces[piece])
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

// count returns how often the template holds a text.
func (t template) count(text int) (n int) {
	for _, p := range t.parts {
		if p.text == text {
			n++
		}
	}
	return n
}

// size returns one more than the greatest ID of a special token.
func (t template) size() (size int) {
	for _, p := range t.parts {
		for _, id := range p.ids {
			size = max(size, int(id)+1)
		}
	}
	return size
}

// types returns one more than the greatest type of a token.
func (t template) types() (types int) {
	for _, p := range t.parts {
		types = max(types, int(p.kind)+1)
	}
	return types
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
