package tokenizer

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// wordPieceKeys are the keys of a WordPiece model, apart from its type.
var wordPieceKeys = []string{"vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word"}

// wordPiece is a WordPiece model in a file.
type wordPiece struct {
	Type       string           `json:"type"`
	Unknown    string           `json:"unk_token"`
	Prefix     string           `json:"continuing_subword_prefix"`
	Limit      int              `json:"max_input_chars_per_word"`
	Vocabulary map[string]int32 `json:"vocab"`
}

// readWordPiece returns the WordPiece model of a component.
func readWordPiece(c component, bytewise bool) (model, error) {
	if bytewise {
		return nil, c.refuse("pre_tokenizer", "ByteLevel")
	}
	var keys map[string]json.RawMessage
	if err := c.decode(&keys); err != nil {
		return nil, err
	}
	for _, key := range wordPieceKeys {
		if keys[key] == nil {
			return nil, c.bad("it has no %s, which a WordPiece needs", key)
		}
	}
	var f wordPiece
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	if f.Limit < 0 {
		return nil, c.bad("max_input_chars_per_word is %d; it must be 0 or more", f.Limit)
	}
	if err := c.checkIDs(f.Vocabulary); err != nil {
		return nil, err
	}
	unknown, ok := f.Vocabulary[f.Unknown]
	if !ok {
		return nil, c.bad("unk_token %.80q is not in the vocabulary", f.Unknown)
	}
	p := &pieces{starts: f.Vocabulary, continuing: map[string]int32{}, unknown: unknown, limit: f.Limit}
	for piece, id := range f.Vocabulary {
		p.tokens = max(p.tokens, int(id)+1)
		p.longest = max(p.longest, len(piece))
		if rest, ok := strings.CutPrefix(piece, f.Prefix); ok {
			p.continuing[rest] = id
		}
	}
	return p, nil
}

// pieces is the WordPiece model. It divides a word from left to right into the longest pieces of the vocabulary. A word that
// cannot be divided so, or is longer than limit, is unknown.
type pieces struct {
	starts     map[string]int32 // IDs of pieces that start a word
	continuing map[string]int32 // IDs of pieces that continue a word, without the prefix
	unknown    int32            // ID of an unknown word
	limit      int              // of a word, in characters
	longest    int              // length of the longest piece, in bytes
	tokens     int              // one more than the greatest ID

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

func (p *pieces) id(token string) (int32, bool) {
	id, ok := p.starts[token]
	return id, ok
}

func (p *pieces) size() int { return p.tokens }

func (p *pieces) kind() string { return "WordPiece" }
