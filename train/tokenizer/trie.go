package tokenizer

import (
	"cmp"
	"slices"
)

// A trie holds strings with a number each, and finds those that a text begins with. It is a double array (Aoe, 1989): the child of
// the cell i for a byte c is the cell cells[i].base ^ c, if that cell has i as its parent.
type trie struct {
	cells []cell // whole blocks of 256
}

// A cell stands for a start of a string.
type cell struct {
	base   int32 // of the children; 0 = there are none
	parent int32 // the cell for the text without its last byte; none = the cell is free
	number int32 // of the string that ends here, or none
}

// A span is a run of sorted strings with the same start, whose cell is at.
type span struct {
	from, to, depth int
	at              int32
}

// newTrie returns a trie of strings. The last of several equal strings counts; an empty string is never found.
func newTrie(strings []string) *trie {
	order := make([]int32, len(strings))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(strings[a], strings[b]), cmp.Compare(a, b)) })
	t := &trie{}
	free := freeCells{trie: t}
	free.grow()
	free.use(0, none-1) // the root is no cell's child
	letters := make([]byte, 0, 256)
	for queue := []span{{0, len(order), 0, 0}}; len(queue) > 0; {
		s := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for s.from < s.to && len(strings[order[s.from]]) == s.depth {
			if s.depth > 0 {
				t.cells[s.at].number = order[s.from]
			}
			s.from++
		}
		letters = letters[:0]
		for _, i := range order[s.from:s.to] {
			if c := strings[i][s.depth]; len(letters) == 0 || letters[len(letters)-1] != c {
				letters = append(letters, c)
			}
		}
		if len(letters) == 0 {
			continue
		}
		base := free.find(letters)
		t.cells[s.at].base = base
		for _, c := range letters {
			free.use(base^int32(c), s.at)
		}
		for start := s.from; start < s.to; {
			c, end := strings[order[start]][s.depth], start+1
			for end < s.to && strings[order[end]][s.depth] == c {
				end++
			}
			queue = append(queue, span{start, end, s.depth + 1, base ^ int32(c)})
			start = end
		}
	}
	return t
}

// find returns the number of a text, or none.
func (t *trie) find(text []byte) int32 {
	at := int32(0)
	for _, c := range text {
		next := t.cells[at].base ^ int32(c)
		if t.cells[next].parent != at {
			return none
		}
		at = next
	}
	return t.cells[at].number
}

// freeCells is the list of the free cells of a trie that is being built, in no order.
type freeCells struct {
	trie       *trie
	next, last []int32 // the neighbours of a cell in the list, which is a ring
	first      int32   // a free cell, or none
}

// grow adds a block of free cells.
func (f *freeCells) grow() {
	start := int32(len(f.trie.cells))
	for i := range int32(256) {
		f.trie.cells = append(f.trie.cells, cell{parent: none, number: none})
		f.next, f.last = append(f.next, start+i+1), append(f.last, start+i-1)
	}
	end := start + 255
	f.last[start], f.next[end] = end, start
	if len(f.next) > 256 && f.first != none {
		before := f.last[f.first]
		f.next[before], f.last[start] = start, before
		f.next[end], f.last[f.first] = f.first, end
	}
	f.first = start
}

// use takes a cell from the list.
func (f *freeCells) use(at, parent int32) {
	f.trie.cells[at].parent = parent
	before, after := f.last[at], f.next[at]
	if after == at {
		f.first = none
		return
	}
	f.next[before], f.last[after] = after, before
	if f.first == at {
		f.first = after
	}
}

// attempts is the number of free cells that find tries before it takes a new block: more would make the array smaller, and the time
// to build it longer.
const attempts = 64

// find returns a base for which the cells of all letters are free.
func (f *freeCells) find(letters []byte) int32 {
	at := f.first
	for range attempts {
		if at == none {
			break
		}
		base := at ^ int32(letters[0])
		if base != 0 && !slices.ContainsFunc(letters, func(c byte) bool { return f.trie.cells[base^int32(c)].parent != none }) {
			f.first = at
			return base
		}
		if at = f.next[at]; at == f.first {
			break
		}
	}
	f.grow()
	return f.first
}
