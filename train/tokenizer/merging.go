package tokenizer

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// A merging is a set of distinct words, each divided into pieces, whose most frequent pairs of neighbouring pieces are joined one
// after another. It keeps the number of occurrences of each pair, so that to join a pair takes time by its occurrences alone.
//
// The pieces of all words stand in one sequence of places. A joined piece has the place of its first part; the place of the second
// part remains empty. All of it takes about 30 bytes for each character of the words.
type merging struct {
	pieces  []string         // by number
	numbers map[string]int32 // of pieces

	at             []int32 // [places] the piece at each place, or empty
	next, previous []int32 // [places] the place of the neighbouring piece in the word, or empty
	word           []int32 // [places] the word that a place belongs to
	counts         []int   // [words] occurrences in the texts

	pairs map[[2]int32]*pair // those that occur
	queue pairQueue          // has each pair that occurs, with a count that is not too low
	grown []*pair            // pairs whose count has grown since they were put into the queue
}

// empty marks a place without a piece, and the lack of a neighbour.
const empty = -1

// A pair is two pieces that are neighbours somewhere.
type pair struct {
	first, second string
	numbers       [2]int32
	count         int     // occurrences in the texts
	places        []int32 // of the first piece of each occurrence; some may hold other pieces by now, or the same one twice
	grown         bool    // whether it is listed in merging.grown
}

// newMerging divides words, each with its number of occurrences, into characters.
func newMerging(words []string, counts []int) *merging {
	m := &merging{numbers: map[string]int32{}, counts: counts, pairs: map[[2]int32]*pair{}}
	for i, word := range words {
		before := int32(empty)
		for k, r := range word {
			piece := string(r)
			if k > 0 {
				piece = prefix + piece
			}
			place := int32(len(m.at))
			m.at, m.word = append(m.at, m.number(piece)), append(m.word, int32(i))
			m.next, m.previous = append(m.next, empty), append(m.previous, before)
			if before != empty {
				m.next[before] = place
				m.count(before, +1)
			}
			before = place
		}
	}
	m.enqueue()
	return m
}

// number returns the number of a piece.
func (m *merging) number(piece string) int32 {
	n, ok := m.numbers[piece]
	if !ok {
		n = int32(len(m.pieces))
		m.numbers[piece], m.pieces = n, append(m.pieces, piece)
	}
	return n
}

// count adds or removes the occurrence of a pair whose first piece is at a place and has a neighbour.
func (m *merging) count(place int32, sign int) {
	numbers := [2]int32{m.at[place], m.at[m.next[place]]}
	p := m.pairs[numbers]
	if p == nil {
		p = &pair{first: m.pieces[numbers[0]], second: m.pieces[numbers[1]], numbers: numbers}
		m.pairs[numbers] = p
	}
	p.count += sign * m.counts[m.word[place]]
	if sign > 0 {
		p.places = append(p.places, place)
		if !p.grown {
			p.grown = true
			m.grown = append(m.grown, p)
		}
	}
	if p.count == 0 {
		delete(m.pairs, numbers)
		p.places = nil
	}
}

// enqueue puts the pairs that have grown into the queue.
func (m *merging) enqueue() {
	for _, p := range m.grown {
		p.grown = false
		heap.Push(&m.queue, queued{p, p.count})
	}
	m.grown = m.grown[:0]
}

// join joins the most frequent pair, the first in alphabetical order if several are equally frequent, wherever it occurs. It returns
// the new piece, or false if there is no pair.
func (m *merging) join() (joined string, ok bool) {
	p := m.mostFrequent()
	if p == nil {
		return "", false
	}
	joined = p.first + strings.TrimPrefix(p.second, prefix)
	piece, places := m.number(joined), p.places
	p.places = nil
	slices.Sort(places) // "aaa" is joined from the left
	for _, place := range places {
		second := m.next[place]
		if second == empty || m.at[place] != p.numbers[0] || m.at[second] != p.numbers[1] {
			continue
		}
		before, after := m.previous[place], m.next[second]
		if before != empty {
			m.count(before, -1)
		}
		m.count(place, -1)
		if after != empty {
			m.count(second, -1)
			m.previous[after] = place
		}
		m.at[place], m.at[second] = piece, empty
		m.next[place], m.next[second] = after, empty
		if before != empty {
			m.count(before, +1)
		}
		if after != empty {
			m.count(place, +1)
		}
	}
	m.enqueue()
	return joined, true
}

// mostFrequent takes the most frequent pair out of the queue. It returns nil if there is none.
func (m *merging) mostFrequent() *pair {
	for len(m.queue) > 0 {
		q := heap.Pop(&m.queue).(queued)
		switch {
		case q.pair.count == q.count && q.count > 0:
			return q.pair
		case q.pair.count > 0 && q.pair.count < q.count: // some of its occurrences have been joined with other pieces
			heap.Push(&m.queue, queued{q.pair, q.pair.count})
		}
	}
	return nil
}

// queued is a pair in the queue, with its count at that time.
type queued struct {
	*pair
	count int
}

// A pairQueue is a heap of pairs, the most frequent first and equally frequent ones in alphabetical order.
type pairQueue []queued

func (q pairQueue) Len() int { return len(q) }

func (q pairQueue) Less(i, j int) bool {
	a, b := &q[i], &q[j]
	if a.count != b.count {
		return a.count > b.count
	}
	return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.second, b.second)) < 0
}

func (q pairQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *pairQueue) Push(p any) { *q = append(*q, p.(queued)) }

func (q *pairQueue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	*q = (*q)[:last]
	return p
}
