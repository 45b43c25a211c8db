package tokenizer

import (
	"hash/maphash"
	"slices"
	"sync/atomic"
)

// The limits of a cache of words: at most 12 MB.
const (
	cacheSize  = 1 << 15 // words
	cachedWord = 64      // bytes of the longest word that is kept
)

// A wordCache keeps the tokens of words. A word has one place, by its hash, and a new word replaces another one there. The zero cache
// is empty. It is safe for concurrent use.
type wordCache struct {
	words [cacheSize]atomic.Pointer[wordTokens]
}

// wordTokens is a word with its tokens. It is immutable.
type wordTokens struct {
	word string
	ids  []int32
}

// cacheSeed decides only which words share a place.
var cacheSeed = maphash.MakeSeed()

// place returns the place of a word, or nil for a long one.
func (c *wordCache) place(word []byte) *atomic.Pointer[wordTokens] {
	if len(word) > cachedWord {
		return nil
	}
	return &c.words[maphash.Bytes(cacheSeed, word)%cacheSize]
}

// find returns the tokens of a word, or nil if the cache does not have it.
func (c *wordCache) find(word []byte) []int32 {
	place := c.place(word)
	if place == nil {
		return nil
	}
	if w := place.Load(); w != nil && w.word == string(word) {
		return w.ids
	}
	return nil
}

// add keeps the tokens of a word.
func (c *wordCache) add(word []byte, ids []int32) {
	if place := c.place(word); place != nil {
		place.Store(&wordTokens{string(word), slices.Clone(ids)})
	}
}
