// Package tokenizer turns texts into token IDs. It reads Hugging Face's tokenizer.json or older vocabulary files, or builds a WordPiece
// vocabulary (Devlin et al., 2019) from texts, and gives the same IDs as Hugging Face's library tokenizers. It truncates on request
// and never pads.
//
// A Tokenizer is a pipeline, as in a tokenizer.json: added tokens are cut out of the text (added.go), normalizers change the parts
// between them (normalizer.go), splitters divide these into words (pretokenizer.go), a model divides words into tokens (model.go), and
// a template adds the special tokens (template.go). Each part is a list of steps, made by a table from the type of a component.
//
// The package imports only internal packages and train/nn/spec. Begin reading at Tokenizer.Encode.
package tokenizer

import "sync"

// A Tokenizer holds a vocabulary and the rules that divide a text into its tokens. It is immutable and safe for concurrent
// use.
type Tokenizer struct {
	document     document     // what JSON writes
	verbatim     matcher      // added tokens to find in the original text
	normalizers  []normalizer // steps, in order
	normalized   matcher      // added tokens to find in the normalised text
	splitters    []splitter   // steps, in order
	model        model
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

// Kind returns the kind of the model for users, such as WordPiece.
func (t *Tokenizer) Kind() string { return t.model.kind() }

// Pad returns the ID of [PAD] or <pad>, or 0 if the vocabulary has no such token.
func (t *Tokenizer) Pad() int32 {
	for _, token := range []string{padToken, "<pad>"} {
		if id, ok := t.model.id(token); ok {
			return id
		}
	}
	return 0
}

// scratch is the memory that encoding a text needs, and the calls between the steps. Tokenizer keeps a pool of it.
type scratch struct {
	text, decomposed []byte
	normal           [2][]byte // the normal form after a step, and after the step before it
	first, second    []int32
	free             [][]int32 // memory for take
	freeTexts        [][]byte  // memory for takeText
	classed          []classed // of a normal form
	path             []pathEnd // of a Unigram

	written, letter []byte     // of bpe
	pieces          []bpePiece // of the word that bpe divides
	queue           mergeQueue // of the merges that may follow

	// The functions are made once for each scratch, so that encoding a text allocates none.
	ids          []int32 // what appendID appends to
	appendID     func(word []byte, added int32)
	emit         func(word []byte, added int32)             // receives the words and added tokens of split
	inText       func(part []byte, added int32, start bool) // receives the parts of the text
	inNormalized func(part []byte, added int32, start bool) // receives the parts of its normal form
	words        []func(word []byte, start bool)            // receives what each splitter is to divide, and at the end the words
	start        bool                                       // the normal form is that of the start of the text
}

// newScratch returns memory for the steps of the tokenizer.
func (t *Tokenizer) newScratch() *scratch {
	s := &scratch{words: make([]func([]byte, bool), len(t.splitters)+1)}
	s.appendID = func(word []byte, added int32) {
		if added != notAdded {
			s.ids = append(s.ids, added)
			return
		}
		s.ids = t.model.append(s.ids, s, word)
	}
	s.words[len(t.splitters)] = func(word []byte, _ bool) { s.emit(word, notAdded) }
	for i, splitter := range t.splitters {
		s.words[i] = func(part []byte, start bool) { splitter.split(s, part, start, s.words[i+1]) }
	}
	s.inNormalized = func(part []byte, added int32, start bool) {
		if added != notAdded {
			s.emit(part, added)
			return
		}
		s.words[0](part, start && s.start)
	}
	s.inText = func(part []byte, added int32, start bool) {
		if added != notAdded {
			s.emit(part, added)
			return
		}
		s.start = start
		t.normalized.split(s, t.normalize(s, part), s.inNormalized)
	}
	return s
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

// takeText returns memory for a text, which giveBackText returns.
func (s *scratch) takeText() []byte {
	if len(s.freeTexts) == 0 {
		return nil
	}
	last := len(s.freeTexts) - 1
	text := s.freeTexts[last]
	s.freeTexts = s.freeTexts[:last]
	return text[:0]
}

func (s *scratch) giveBackText(text []byte) { s.freeTexts = append(s.freeTexts, text) }

// appendIDs appends the IDs of a text's tokens. Special tokens are among them only if the text contains them.
func (t *Tokenizer) appendIDs(ids []int32, s *scratch, text string) []int32 {
	s.ids = ids
	t.split(s, text, s.appendID)
	ids, s.ids = s.ids, nil
	return ids
}

// split calls emit for each word and each added token of a text, in order. added is the ID of an added token, or notAdded.
func (t *Tokenizer) split(s *scratch, text string, emit func(word []byte, added int32)) {
	s.text, s.emit = append(s.text[:0], text...), emit
	t.verbatim.split(s, s.text, s.inText)
}
