// Package tokenizer turns text into token IDs: BERT's WordPiece, read from a Hugging Face tokenizer.json or built from
// texts, with the IDs that Hugging Face's tokenizers gives. It truncates where asked and never pads.
package tokenizer

import "sync"

// Tokenizer holds a vocabulary and the rules that lead to it. It does not change once made and may be used by any number
// of goroutines at once.
type Tokenizer struct {
	file         file    // as read, for JSON
	verbatim     matcher // added tokens looked for in the text as it is
	normalizer   normalizer
	normalized   matcher // added tokens looked for in the normalised text
	pieces       pieces
	single, pair template
	size         int
	scratch      sync.Pool // of *scratch
}

// Encoding is one text, or a pair, as the model takes it: special tokens included, no padding.
type Encoding struct {
	IDs   []int32
	Types []int32 // 0 for the first text, 1 for the second, as the tokenizer's template says
}

// Encode gives the token IDs of a text, or of a pair where hasPair is set (pair itself may be empty). At most maxLength
// tokens come back, taken off the end of the longer of the two texts first, but never fewer than the special tokens;
// 0 means no limit. The padding and truncation that a tokenizer.json asks for are not applied.
func (t *Tokenizer) Encode(text, pair string, hasPair bool, maxLength int) Encoding {
	s := t.scratch.Get().(*scratch)
	defer t.scratch.Put(s)
	s.first, s.second = t.appendIDs(s.first[:0], s, text), s.second[:0]
	frame := t.single
	if hasPair {
		frame = t.pair
		s.second = t.appendIDs(s.second, s, pair)
	}
	first, second := s.first, s.second
	if maxLength > 0 {
		n, m := truncate(len(first), len(second), max(0, maxLength-frame.special))
		first, second = first[:n], second[:m]
	}
	return frame.fill(first, second)
}

// Size is one more than the greatest token ID: the rows that an embedding table needs.
func (t *Tokenizer) Size() int { return t.size }

// Pad is the ID of [PAD], which config.json names too; 0 where the vocabulary has none.
func (t *Tokenizer) Pad() int32 { return t.file.Model.Vocabulary[padToken] }

// scratch is what one Encode needs on the way; the pool saves allocating it for each text.
type scratch struct {
	text, cleaned, decomposed []byte
	first, second             []int32
}

// appendIDs appends the tokens of one text, special tokens not included unless the text spells them out.
func (t *Tokenizer) appendIDs(ids []int32, s *scratch, text string) []int32 {
	t.split(s, text, func(word []byte, added int32) {
		if added != notAdded {
			ids = append(ids, added)
			return
		}
		ids = t.pieces.append(ids, word)
	})
	return ids
}

// split calls emit for each word of the text in order, and for each added token in it with the token's ID.
func (t *Tokenizer) split(s *scratch, text string, emit func(word []byte, added int32)) {
	s.text = append(s.text[:0], text...)
	t.verbatim.split(s.text, func(part []byte, added int32) {
		if added != notAdded {
			emit(part, added)
			return
		}
		t.normalized.split(t.normalizer.normalize(s, part), func(part []byte, added int32) {
			if added != notAdded {
				emit(part, added)
				return
			}
			words(part, emit)
		})
	})
}
