package tokenizer

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// unigram is the Unigram model (Kudo, 2018). It divides a word into the pieces with the greatest sum of scores, which it finds by
// Viterbi's algorithm. A character that is no piece of its own may stand for an unknown piece; neighbouring unknown pieces are one.
type unigram struct {
	pieces  *trie     // the last of several equal pieces counts
	scores  []float64 // by ID
	unknown int32     // ID of the unknown piece
	penalty float64   // score of the unknown piece
	bytes   []int32   // IDs of the pieces <0x00> to <0xFF>, which replace an unknown text; nil = unknown texts stay unknown
}

// unknownPenalty is by how much the score of the unknown piece is less than the least score.
const unknownPenalty = 10

// maxPiece is the most bytes that a piece may have: dividing a text takes a time in proportion to its length and to that of the pieces
// in it.
const maxPiece = 1024

// readUnigram returns the model of a component.
func readUnigram(c component, bytewise bool) (model, error) {
	var f struct {
		Pieces   []scoredPiece `json:"vocab"`
		Unknown  *int          `json:"unk_id"`
		Fallback bool          `json:"byte_fallback"`
	}
	if err := c.decode(&f); err != nil {
		return nil, err
	}
	if bytewise {
		return nil, c.bad("a Unigram after the pre-tokenizer ByteLevel is not supported")
	}
	if f.Unknown == nil {
		return nil, c.bad("a Unigram without unk_id is not supported")
	}
	if *f.Unknown < 0 || *f.Unknown >= len(f.Pieces) {
		return nil, c.bad("unk_id is %d; it must be the number of one of the %d pieces of vocab", *f.Unknown, len(f.Pieces))
	}
	for i, p := range f.Pieces {
		if len(p.text) > maxPiece {
			return nil, c.bad("vocab: piece %d has %d bytes; at most %d are supported", i, len(p.text), maxPiece)
		}
	}
	return newUnigram(f.Pieces, *f.Unknown, f.Fallback), nil
}

// newUnigram returns the model with the given pieces. With fallback, the bytes of an unknown text replace it, if all have a piece.
func newUnigram(pieces []scoredPiece, unknown int, fallback bool) *unigram {
	u := &unigram{scores: make([]float64, len(pieces)), unknown: int32(unknown), penalty: math.Inf(1)}
	texts := make([]string, len(pieces))
	for i, p := range pieces {
		texts[i], u.scores[i] = p.text, p.score
		u.penalty = min(u.penalty, p.score-unknownPenalty)
	}
	u.pieces = newTrie(texts)
	if fallback {
		u.bytes = make([]int32, 256)
		for b := range u.bytes {
			u.bytes[b] = u.pieces.find(fmt.Appendf(nil, "<0x%02X>", b))
		}
	}
	return u
}

func (u *unigram) id(piece string) (int32, bool) {
	id := u.pieces.find([]byte(piece))
	return id, id != none
}

func (u *unigram) size() int { return len(u.scores) }

func (u *unigram) kind() string { return "Unigram" }

// A pathEnd is the last piece of the best division of the start of a word that ends at a byte.
type pathEnd struct {
	score float64 // of the division
	start int32   // of the piece; none = nothing ends here
	piece int32
}

// append appends the IDs of a word's pieces to ids. Among equal divisions it chooses as Hugging Face's tokenizers does.
func (u *unigram) append(ids []int32, s *scratch, word []byte) []int32 {
	s.path = slices.Grow(s.path[:0], len(word)+1)[:len(word)+1]
	path, cells := s.path, u.pieces.cells
	for i := range path {
		path[i].start = none
	}
	path[0].score = 0
	for start := 0; start < len(word); {
		score, single := path[start].score, false
		width := 1
		if word[start] >= utf8.RuneSelf {
			_, width = utf8.DecodeRune(word[start:])
		}
		at := int32(0)
		for i := start; i < len(word); i++ {
			next := cells[at].base ^ int32(word[i])
			if cells[next].parent != at {
				break
			}
			at = next
			piece := cells[at].number
			if piece == none {
				continue
			}
			end := &path[i+1]
			if sum := u.scores[piece] + score; end.start == none || sum > end.score {
				*end = pathEnd{sum, int32(start), piece}
			}
			single = single || i+1 == start+width
		}
		if end := &path[start+width]; !single {
			if sum := u.penalty + score; end.start == none || sum > end.score {
				*end = pathEnd{sum, int32(start), u.unknown}
			}
		}
		start += width
	}
	return u.walk(ids, path, word)
}

// walk appends the IDs of the pieces on the path to the end of a word.
func (u *unigram) walk(ids []int32, path []pathEnd, word []byte) []int32 {
	first := len(ids)
	for i := len(word); i > 0; {
		piece, end := path[i].piece, i
		i = int(path[i].start)
		if piece != u.unknown {
			ids = append(ids, piece)
			continue
		}
		for i > 0 && path[i].piece == u.unknown {
			i = int(path[i].start)
		}
		ids = u.appendUnknown(ids, word[i:end])
	}
	slices.Reverse(ids[first:])
	return ids
}

// appendUnknown appends the IDs of an unknown text, the last first. The text may be a piece, with a score that is too low.
func (u *unigram) appendUnknown(ids []int32, text []byte) []int32 {
	if piece := u.pieces.find(text); piece != none {
		return append(ids, piece)
	}
	first := len(ids)
	for i := len(text) - 1; u.bytes != nil && i >= 0; i-- {
		if piece := u.bytes[text[i]]; piece != none {
			ids = append(ids, piece)
			continue
		}
		ids = ids[:first]
		break
	}
	if len(ids) > first {
		return ids
	}
	return append(ids, u.unknown)
}
