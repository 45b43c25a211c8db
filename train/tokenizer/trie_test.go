package tokenizer

import (
	"math/rand/v2"
	"testing"
)

func TestTrieFindsWhatAMapFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		b := make([]byte, random.IntN(6))
		for i := range b {
			b[i] = "\x00\x01ab\xff"[random.IntN(5)]
		}
		return string(b)
	}
	for range 20 {
		var list []string
		numbers := map[string]int32{}
		for i := range random.IntN(3000) {
			list = append(list, text())
			numbers[list[i]] = int32(i)
		}
		trie := newTrie(list)
		for range 3000 {
			word := text()
			want, ok := numbers[word]
			if !ok || word == "" {
				want = none
			}
			if got := trie.find([]byte(word)); got != want {
				t.Fatalf("%q: got %d, want %d", word, got, want)
			}
		}
	}
}

// Every string may need cells in a block of its own; the array stays a small multiple of the number of starts all the same.
func TestTrieIsSmall(t *testing.T) {
	var list []string
	for i := range 100_000 {
		list = append(list, string([]byte{byte(i), byte(i >> 8), byte(i * 7), byte(i * 13)}))
	}
	starts := map[string]bool{}
	for _, s := range list {
		for i := range len(s) {
			starts[s[:i+1]] = true
		}
	}
	if got, most := len(newTrie(list).cells), 3*len(starts); got > most {
		t.Errorf("%d cells for %d starts", got, len(starts))
	}
}
