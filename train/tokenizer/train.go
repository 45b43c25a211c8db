package tokenizer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// prefix marks a piece that continues a word.
const prefix = "##"

// Train builds a WordPiece vocabulary of at most size tokens from texts. It contains the special tokens and every character.
// As long as there is room, Train adds the concatenation of the most frequent pair of neighbouring pieces (the first in
// alphabetical order, if several are equally frequent). The same texts give the same vocabulary. Train returns an error if
// size is too small for the special tokens and the characters.
func Train(texts []string, size int, lowercase bool) (*Tokenizer, error) {
	specials := []string{padToken, unkToken, clsToken, sepToken, maskToken}
	f := file{
		Version:      "1.0",
		Normalizer:   &bertNormalizer{Type: "BertNormalizer", Clean: true, Chinese: true, Lower: lowercase},
		PreTokenizer: &component{"BertPreTokenizer"},
		Decoder:      &decoder{"WordPiece", prefix, true},
		Model:        wordPiece{"WordPiece", unkToken, prefix, 100, map[string]int32{}},
	}
	for i, s := range specials {
		f.AddedTokens = append(f.AddedTokens, addedToken{ID: int32(i), Content: s, Special: true})
		f.Model.Vocabulary[s] = int32(i)
	}
	f.PostProcessor = bertTemplate(f.Model.Vocabulary, clsToken, sepToken)
	t, err := newTokenizer(f)
	if err != nil {
		return nil, err
	}
	list := t.spellings(texts)
	add := func(piece string) {
		if _, ok := f.Model.Vocabulary[piece]; !ok {
			f.Model.Vocabulary[piece] = int32(len(f.Model.Vocabulary))
		}
	}
	characters := map[string]bool{}
	for _, w := range list {
		for _, p := range w.pieces {
			characters[p] = true
		}
	}
	if need := len(characters) + len(specials); need > size {
		return nil, fmt.Errorf("a vocabulary of %d has no room for the %d special tokens and the %d characters of the texts; "+
			"use at least %d", size, len(specials), len(characters), need)
	}
	for _, c := range slices.Sorted(maps.Keys(characters)) {
		add(c)
	}
	for len(f.Model.Vocabulary) < size {
		first, second, ok := mostFrequent(list)
		if !ok {
			break
		}
		joined := first + strings.TrimPrefix(second, prefix)
		add(joined)
		for i := range list {
			list[i].join(first, second, joined)
		}
	}
	return newTokenizer(f)
}

// A spelling is a distinct word of the texts with its current division into pieces.
type spelling struct {
	pieces []string
	count  int // occurrences in the texts
}

// spellings returns the distinct words of the texts in alphabetical order, divided into characters.
func (t *Tokenizer) spellings(texts []string) []spelling {
	counts, s := map[string]int{}, new(scratch)
	for _, text := range texts {
		t.split(s, text, func(word []byte, added int32) {
			if added == notAdded {
				counts[string(word)]++
			}
		})
	}
	var list []spelling
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		w := spelling{count: counts[word]}
		for i, r := range word {
			piece := string(r)
			if i > 0 {
				piece = prefix + piece
			}
			w.pieces = append(w.pieces, piece)
		}
		list = append(list, w)
	}
	return list
}

// mostFrequent returns the most frequent pair of neighbouring pieces, or the first in alphabetical order if several are
// equally frequent. ok is false if there is no pair.
func mostFrequent(list []spelling) (first, second string, ok bool) {
	counts := map[[2]string]int{}
	for _, w := range list {
		for i := range len(w.pieces) - 1 {
			counts[[2]string{w.pieces[i], w.pieces[i+1]}] += w.count
		}
	}
	var best [2]string
	highest := 0
	for pair, n := range counts {
		if n > highest || n == highest && cmp.Or(cmp.Compare(pair[0], best[0]), cmp.Compare(pair[1], best[1])) < 0 {
			best, highest = pair, n
		}
	}
	return best[0], best[1], highest > 0
}

// join replaces each piece first that is followed by second, and that second, by joined.
func (w *spelling) join(first, second, joined string) {
	out := w.pieces[:0]
	for i := 0; i < len(w.pieces); i++ {
		if i+1 < len(w.pieces) && w.pieces[i] == first && w.pieces[i+1] == second {
			out = append(out, joined)
			i++
			continue
		}
		out = append(out, w.pieces[i])
	}
	w.pieces = out
}

// bertTemplate returns the template of BERT: [CLS] A [SEP] for a text, [CLS] A [SEP] B [SEP] for a pair.
func bertTemplate(vocabulary map[string]int32, cls, sep string) *processor {
	special := func(token string, kind int32) templatePart { return templatePart{Special: &templateItem{token, kind}} }
	text := func(name string, kind int32) templatePart { return templatePart{Sequence: &templateItem{name, kind}} }
	p := &processor{Type: "TemplateProcessing", Special: map[string]specialToken{}}
	p.Single = []templatePart{special(cls, 0), text("A", 0), special(sep, 0)}
	p.Pair = append(slices.Clone(p.Single), text("B", 1), special(sep, 1))
	for _, token := range []string{cls, sep} {
		p.Special[token] = specialToken{token, []int32{vocabulary[token]}, []string{token}}
	}
	return p
}
