package tokenizer

import "slices"

// An automaton finds, for every byte of a text, the longest of some words that starts there, in time linear in the text. It is the
// one of Aho and Corasick (1975) over the reversed words, and reads the text from its end: what it has read so far ends, seen
// forwards, with the words that start at the current byte.
type automaton struct {
	nodes []node
	root  [256]int32 // the children of the root by byte; 0 = none
}

// A node stands for the end of a word, read backwards. Node 0 is the root.
type node struct {
	child, sibling int32 // the first child, and the next child of the same parent; 0 = none
	shorter        int32 // the node of the longest shorter end that is a node
	word           int32 // the longest word that this text begins with; none = no word
	letter         byte
}

// none is the number of no word.
const none = -1

// newAutomaton returns the automaton of words, which are not empty. The first of several equal words counts.
func newAutomaton(count int, word func(i int) string) *automaton {
	a := &automaton{nodes: []node{{word: none}}}
	for i := range count {
		at, text := int32(0), word(i)
		for k := len(text) - 1; k >= 0; k-- {
			next := a.down(at, text[k])
			if next == 0 {
				next = a.add(at, text[k])
			}
			at = next
		}
		if a.nodes[at].word == none {
			a.nodes[at].word = int32(i)
		}
	}
	a.link()
	return a
}

// add adds a child to a node.
func (a *automaton) add(parent int32, letter byte) int32 {
	child := int32(len(a.nodes))
	a.nodes = append(a.nodes, node{word: none, letter: letter, sibling: a.nodes[parent].child})
	a.nodes[parent].child = child
	if parent == 0 {
		a.root[letter] = child
	}
	return child
}

// down returns the child of a node for a letter, 0 if there is none.
func (a *automaton) down(at int32, letter byte) int32 {
	if at == 0 {
		return a.root[letter]
	}
	next := a.nodes[at].child
	for next != 0 && a.nodes[next].letter != letter {
		next = a.nodes[next].sibling
	}
	return next
}

// next returns the node after a letter.
func (a *automaton) next(at int32, letter byte) int32 {
	for {
		if child := a.down(at, letter); child != 0 || at == 0 {
			return child
		}
		at = a.nodes[at].shorter
	}
}

// link sets the shorter nodes and their words, level by level.
func (a *automaton) link() {
	level := []int32{0}
	for len(level) > 0 {
		var below []int32
		for _, parent := range level {
			for child := a.nodes[parent].child; child != 0; child = a.nodes[child].sibling {
				below = append(below, child)
				if parent == 0 {
					continue
				}
				n := &a.nodes[child]
				n.shorter = a.next(a.nodes[parent].shorter, n.letter)
				if n.word == none {
					n.word = a.nodes[n.shorter].word
				}
			}
		}
		level = below
	}
}

// longest returns, for each byte of the text, the longest word that starts there, or none. It reuses the memory of found.
func (a *automaton) longest(found []int32, text []byte) []int32 {
	found = slices.Grow(found[:0], len(text))[:len(text)]
	at := int32(0)
	for i := len(text) - 1; i >= 0; i-- {
		at = a.next(at, text[i])
		found[i] = a.nodes[at].word
	}
	return found
}
