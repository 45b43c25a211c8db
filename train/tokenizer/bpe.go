package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"ftft/internal/fault"
)

// bpe is a model of byte-pair encoding (Sennrich et al., 2016). It divides a word into characters, or into bytes after a ByteLevel, and
// joins neighbouring pieces in the order of the merges.
type bpe struct {
	vocabulary map[string]int32
	ranks      map[mergePair]int32 // the first merge to apply has the lowest rank
	joined     []int32             // by rank, the ID of the piece that a merge makes
	tokens     int                 // one more than the greatest ID

	prefix, suffix string // of a piece that continues a word, and of one that ends it
	unknown        int32  // the ID of an unknown character; none = leave it out
	fuse           bool   // neighbouring unknown characters make one token
	whole          bool   // a word of the vocabulary is its own token, whatever the merges say
	fallback       *[256]int32
	bytewise       bool
	byteIDs        *[256]int32 // by byte, where all characters of bytes are in the vocabulary and there are no prefixes and suffixes

	cache wordCache
}

// A mergePair is the IDs of two neighbouring pieces.
type mergePair [2]int32

// mergeList is a list of merges in a file: pairs of texts, or texts with a space between the two.
type mergeList [][2]string

func (l *mergeList) UnmarshalJSON(text []byte) error {
	*l = mergeList{} // not nil
	inner := bytes.TrimLeft(text, "[ \t\r\n")
	if len(inner) == 0 || inner[0] != '"' || bytes.Count(text[:len(text)-len(inner)], []byte("[")) > 1 {
		var pairs [][]string
		if err := json.Unmarshal(text, &pairs); err != nil {
			return fault.At("", 0, "merges: a list of texts or of pairs of texts is expected")
		}
		for i, p := range pairs {
			if len(p) != 2 {
				return fault.At("", 0, fmt.Sprintf("merges: merge %d is not two tokens", i+1))
			}
			*l = append(*l, [2]string{p[0], p[1]})
		}
		return nil
	}
	var lines []string
	if err := json.Unmarshal(text, &lines); err != nil {
		return fault.At("", 0, "merges: a list of texts or of pairs of texts is expected")
	}
	for i, line := range lines {
		if strings.HasPrefix(line, "#version") {
			continue
		}
		first, second, ok := strings.Cut(line, " ")
		if !ok || strings.Contains(second, " ") {
			return fault.At("", 0, fmt.Sprintf("merges: merge %d is not two tokens", i+1))
		}
		*l = append(*l, [2]string{first, second})
	}
	return nil
}

// readBPE returns the byte-pair encoding of a component.
func readBPE(c component, bytewise bool) (model, error) {
	var f struct {
		Dropout    *float64         `json:"dropout"`
		Unknown    *string          `json:"unk_token"`
		Prefix     string           `json:"continuing_subword_prefix"`
		Suffix     string           `json:"end_of_word_suffix"`
		Fuse       bool             `json:"fuse_unk"`
		Fallback   bool             `json:"byte_fallback"`
		Whole      bool             `json:"ignore_merges"`
		Vocabulary map[string]int32 `json:"vocab"`
		Merges     mergeList        `json:"merges"`
	}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	switch {
	case f.Vocabulary == nil:
		return nil, c.bad("it has no vocab, which a BPE needs")
	case f.Merges == nil:
		return nil, c.bad("it has no merges, which a BPE needs")
	case f.Dropout != nil && *f.Dropout != 0:
		return nil, c.refuse("dropout", fmt.Sprint(*f.Dropout), "null")
	}
	if err := c.checkIDs(f.Vocabulary); err != nil {
		return nil, err
	}
	m := &bpe{
		vocabulary: f.Vocabulary, ranks: make(map[mergePair]int32, len(f.Merges)), prefix: f.Prefix, suffix: f.Suffix,
		unknown: none, fuse: f.Fuse, whole: f.Whole, bytewise: bytewise,
	}
	for _, id := range f.Vocabulary {
		m.tokens = max(m.tokens, int(id)+1)
	}
	for rank, merge := range f.Merges {
		rest, ok := strings.CutPrefix(merge[1], f.Prefix)
		if !ok {
			return nil, c.badKey("merges", "%.80q of merge %d does not begin with continuing_subword_prefix", merge[1], rank+1)
		}
		var ids [3]int32
		for i, token := range []string{merge[0], merge[1], merge[0] + rest} {
			if ids[i], ok = f.Vocabulary[token]; !ok {
				return nil, c.badKey("merges", "%.80q of merge %d is not in the vocabulary", token, rank+1)
			}
		}
		m.ranks[mergePair{ids[0], ids[1]}] = int32(rank)
		m.joined = append(m.joined, ids[2])
	}
	m.setBytes(f.Fallback)
	if f.Unknown != nil && m.byteIDs == nil {
		var ok bool
		if m.unknown, ok = f.Vocabulary[*f.Unknown]; !ok {
			return nil, c.bad("unk_token %.80q is not in the vocabulary", *f.Unknown)
		}
	}
	return m, nil
}

// setBytes fills the tables by bytes.
func (m *bpe) setBytes(fallback bool) {
	table := func(token func(b int) string) *[256]int32 {
		var ids [256]int32
		for b := range ids {
			id, ok := m.vocabulary[token(b)]
			if !ok {
				id = none
			}
			ids[b] = id
		}
		return &ids
	}
	if fallback {
		m.fallback = table(func(b int) string { return fmt.Sprintf("<0x%02X>", b) })
	}
	if m.bytewise && m.prefix == "" && m.suffix == "" {
		if ids := table(func(b int) string { return byteCharacters[b] }); !slices.Contains(ids[:], none) {
			m.byteIDs = ids
		}
	}
}

func (m *bpe) id(token string) (int32, bool) {
	id, ok := m.vocabulary[token]
	return id, ok
}

func (m *bpe) size() int { return m.tokens }

func (m *bpe) kind() string {
	if m.bytewise {
		return "byte-level BPE"
	}
	return "BPE"
}

func (m *bpe) append(ids []int32, s *scratch, word []byte) []int32 {
	if known := m.cache.find(word); known != nil {
		return append(ids, known...)
	}
	before := len(ids)
	ids = m.divide(ids, s, word)
	m.cache.add(word, ids[before:])
	return ids
}

// divide is append without the cache.
func (m *bpe) divide(ids []int32, s *scratch, word []byte) []int32 {
	if m.whole {
		if id, ok := m.vocabulary[string(m.written(s, word))]; ok {
			return append(ids, id)
		}
	}
	s.pieces = s.pieces[:0]
	if m.byteIDs != nil {
		for _, b := range word {
			s.pieces = append(s.pieces, bpePiece{id: m.byteIDs[b]})
		}
	} else {
		m.addCharacters(s, word)
	}
	m.join(s)
	for _, p := range s.pieces {
		if p.id != none {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// written returns a word as the vocabulary writes it.
func (m *bpe) written(s *scratch, word []byte) []byte {
	if !m.bytewise {
		return word
	}
	s.written = s.written[:0]
	for _, b := range word {
		s.written = append(s.written, byteCharacters[b]...)
	}
	return s.written
}

// addCharacters fills s.pieces with the characters of a word.
func (m *bpe) addCharacters(s *scratch, word []byte) {
	word = m.written(s, word)
	unknown := false // an unknown character waits for its end
	add := func(id int32) { s.pieces = append(s.pieces, bpePiece{id: id}) }
	for i := 0; i < len(word); {
		_, size := utf8.DecodeRune(word[i:])
		s.letter = s.letter[:0]
		if i > 0 {
			s.letter = append(s.letter, m.prefix...)
		}
		s.letter = append(s.letter, word[i:i+size]...)
		if i += size; i == len(word) {
			s.letter = append(s.letter, m.suffix...)
		}
		if id, ok := m.vocabulary[string(s.letter)]; ok {
			if unknown {
				add(m.unknown)
				unknown = false
			}
			add(id)
			continue
		}
		if m.fallback != nil && !slices.ContainsFunc(s.letter, func(b byte) bool { return m.fallback[b] == none }) {
			for _, b := range s.letter {
				add(m.fallback[b])
			}
			continue // an unknown character before it is added after it, as Hugging Face's library does
		}
		if m.unknown == none {
			continue
		}
		if unknown && !m.fuse {
			add(m.unknown)
		}
		unknown = true
	}
	if unknown {
		add(m.unknown)
	}
}

// bpePiece is a piece of a word on the way to its tokens.
type bpePiece struct {
	id             int32 // none = joined to the piece before it
	previous, next int32 // pieces of the word; none = there is none
}

// join applies the merges to s.pieces: at each time the one of the lowest rank, and the first of several, in a time that grows with
// n log n for n pieces.
func (m *bpe) join(s *scratch) {
	pieces := s.pieces
	s.queue = s.queue[:0]
	enqueue := func(at int32) {
		if next := pieces[at].next; next != none {
			if rank, ok := m.ranks[mergePair{pieces[at].id, pieces[next].id}]; ok {
				s.queue.push(uint64(rank)<<32 | uint64(at))
			}
		}
	}
	for i := range pieces {
		pieces[i].previous, pieces[i].next = int32(i)-1, int32(i)+1
	}
	if len(pieces) > 0 {
		pieces[len(pieces)-1].next = none
	}
	for i := range pieces {
		enqueue(int32(i))
	}
	for len(s.queue) > 0 {
		top := s.queue.pop()
		rank, at := top>>32, int32(uint32(top))
		p := &pieces[at]
		if p.id == none || p.next == none {
			continue
		}
		right := &pieces[p.next]
		now, ok := m.ranks[mergePair{p.id, right.id}]
		if !ok || m.joined[now] != m.joined[rank] { // one of the two has changed since
			continue
		}
		p.id, p.next, right.id = m.joined[rank], right.next, none
		if p.next != none {
			pieces[p.next].previous = at
		}
		if p.previous != none {
			enqueue(p.previous)
		}
		enqueue(at)
	}
}

// A mergeQueue is a heap with the least number first: ranks in the upper and places in the lower half.
type mergeQueue []uint64

func (q *mergeQueue) push(x uint64) {
	h := append(*q, x)
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if h[parent] <= x {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = x
	*q = h
}

func (q *mergeQueue) pop() uint64 {
	h := *q
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		first := 4*i + 1
		if first >= len(h) {
			break
		}
		child := first
		for k := first + 1; k < min(first+4, len(h)); k++ {
			if h[k] < h[child] {
				child = k
			}
		}
		if h[child] >= last {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = last
	return top
}
