// Package tokenizer turns texts into token IDs by BERT's WordPiece (Devlin et al., 2019). It reads a vocabulary from Hugging
// Face's tokenizer.json or builds one from texts, and gives the same IDs as Hugging Face's library tokenizers. It truncates
// on request and never pads.
//
// The package imports only internal packages and train/nn/spec. Begin reading at Tokenizer.Encode.
package tokenizer

import "sync"

// A Tokenizer holds a vocabulary and the rules that divide a text into its tokens. It is immutable and safe for concurrent
// use.
type Tokenizer struct {
	file         file    // what JSON writes
	verbatim     matcher // added tokens to find in the original text
	normalizer   normalizer
	normalized   matcher // added tokens to find in the normalised text
	pieces       pieces
	single, pair template
	size         int
	scratch      sync.Pool // of *scratch
}

// An Encoding is a text or a pair of texts as a model reads it, including the special tokens and without padding.
type Encoding struct {
	IDs   []int32 // [tokens]
	Types []int32 // [tokens] according to the template: in BERT's, 0 for the first text and 1 for the second
}

// Encode returns the encoding of a text or, if hasPair is set, of a pair of texts, of which the second may be empty. It has at
// most maxLength tokens; 0 means no limit. Encode removes tokens from the end of the longer text first, and never removes
// special tokens. It does not apply the padding and truncation that a tokenizer.json may ask for.
func (t *Tokenizer) Encode(text, pair string, hasPair bool, maxLength int) Encoding {
	s := t.scratch.Get().(*scratch)
	defer t.scratch.Put(s)
	s.first, s.second = t.appendIDs(s.first[:0], s, text), s.second[:0]
	template := t.single
	if hasPair {
		template = t.pair
		s.second = t.appendIDs(s.second, s, pair)
	}
	first, second := s.first, s.second
	if maxLength > 0 {
		n, m := truncate(len(first), len(second), max(0, maxLength-template.special))
		first, second = first[:n], second[:m]
	}
	return template.fill(first, second)
}

// Size returns one more than the greatest token ID: the number of rows that an embedding table needs.
func (t *Tokenizer) Size() int { return t.size }

// Limits returns the fewest tokens that the encoding of a text or, with hasPair, of a pair of texts has: those that are special. types
// is the number of rows that a table of token types needs for it.
func (t *Tokenizer) Limits(hasPair bool) (special, types int) {
	if hasPair {
		return t.pair.special, t.pair.types()
	}
	return t.single.special, t.single.types()
}

// Pad returns the ID of [PAD], or 0 if the vocabulary has no such token.
func (t *Tokenizer) Pad() int32 { return t.file.Model.Vocabulary[padToken] }

// scratch is the memory that encoding a text needs. Tokenizer keeps a pool of it.
type scratch struct {
	text, cleaned, decomposed []byte
	first, second             []int32
	free                      [][]int32 // memory for take
}

// take returns memory for numbers, which giveBack returns.
func (s *scratch) take() []int32 {
	if len(s.free) == 0 {
		return nil
	}
	last := len(s.free) - 1
	numbers := s.free[last]
	s.free = s.free[:last]
	return numbers
}

func (s *scratch) giveBack(numbers []int32) { s.free = append(s.free, numbers) }

// appendIDs appends the IDs of a text's tokens. Special tokens are among them only if the text contains them.
func (t *Tokenizer) appendIDs(ids []int32, s *scratch, text string) []int32 {
	t.split(s, text, func(word []byte, added int32) {
		if added != notAdded {
			ids = append(ids, added)
			return
		}
		ids = t.pieces.append(ids, s, word)
	})
	return ids
}

// split calls emit for each word and each added token of a text, in order. added is the ID of an added token, or notAdded.
func (t *Tokenizer) split(s *scratch, text string, emit func(word []byte, added int32)) {
	s.text = append(s.text[:0], text...)
	t.verbatim.split(s, s.text, func(part []byte, added int32) {
		if added != notAdded {
			emit(part, added)
			return
		}
		t.normalized.split(s, t.normalizer.normalize(s, part), func(part []byte, added int32) {
			if added != notAdded {
				emit(part, added)
				return
			}
			words(part, emit)
		})
	})
}
