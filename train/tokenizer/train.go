package tokenizer

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"ftft/internal/parallel"
)

// progressEvery is the number of joined pairs between two calls of progress.
const progressEvery = 100

// Train builds a WordPiece vocabulary of at most size tokens from texts. It contains the special tokens and every character.
// As long as there is room, Train adds the concatenation of the most frequent pair of neighbouring pieces (the first in
// alphabetical order, if several are equally frequent). The same texts give the same vocabulary. Train returns an error if
// size is too small for the special tokens and the characters.
//
// Train calls progress, which may be nil, with the number of tokens so far. An error from it ends the work.
func Train(texts []string, size int, lowercase bool, progress func(tokens int) error) (*Tokenizer, error) {
	specials := []string{padToken, unkToken, clsToken, sepToken, maskToken}
	f := newBertFile(bertSettings{Clean: true, Chinese: true, Lower: lowercase}, unkToken, map[string]int32{})
	for i, s := range specials {
		f.AddedTokens = append(f.AddedTokens, addedToken{ID: int32(i), Content: s, Special: true})
		f.Model.Vocabulary[s] = int32(i)
	}
	f.PostProcessor = bertTemplate(f.Model.Vocabulary, clsToken, sepToken, false)
	t, err := fromFile(f)
	if err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(int) error { return nil }
	}
	words, counts, err := t.countWords(texts, progress)
	if err != nil {
		return nil, err
	}
	m := newMerging(words, counts)
	if need := len(m.pieces) + len(specials); need > size {
		return nil, fmt.Errorf("a vocabulary of %d has no room for the %d special tokens and the %d characters of the texts; "+
			"use at least %d", size, len(specials), len(m.pieces), need)
	}
	add := func(piece string) {
		if _, ok := f.Model.Vocabulary[piece]; !ok {
			f.Model.Vocabulary[piece] = int32(len(f.Model.Vocabulary))
		}
	}
	for _, character := range slices.Sorted(slices.Values(m.pieces)) {
		add(character)
	}
	for joins := 0; len(f.Model.Vocabulary) < size; joins++ {
		if joins%progressEvery == 0 {
			if err := progress(len(f.Model.Vocabulary)); err != nil {
				return nil, err
			}
		}
		joined, ok := m.join()
		if !ok {
			break
		}
		add(joined)
	}
	return fromFile(f)
}

// countBlock is the number of texts whose words are counted at a time.
const countBlock = 1024

// countWords returns the distinct words of the texts in alphabetical order, and how often each occurs. It calls progress with 0.
func (t *Tokenizer) countWords(texts []string, progress func(tokens int) error) (words []string, counts []int, err error) {
	var mutex sync.Mutex // guards total and err
	total := map[string]int{}
	failed := func(merge map[string]int) bool {
		mutex.Lock()
		defer mutex.Unlock()
		for word, n := range merge {
			total[word] += n
		}
		if err == nil {
			err = progress(0)
		}
		return err != nil
	}
	parallel.InBlocks(len(texts), countBlock, func(_, from, to int) {
		if failed(nil) {
			return
		}
		counts, s := map[string]int{}, t.newScratch()
		for _, text := range texts[from:to] {
			t.split(s, text, func(word []byte, added int32) {
				if added == notAdded {
					counts[string(word)]++
				}
			})
		}
		failed(counts)
	})
	if err != nil {
		return nil, nil, err
	}
	words = slices.Sorted(maps.Keys(total))
	for _, word := range words {
		counts = append(counts, total[word])
	}
	return words, counts, nil
}
