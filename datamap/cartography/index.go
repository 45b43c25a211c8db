package cartography

import "hash/maphash"

// index finds rows by guid. It is a hash table with open addressing. A cell holds 32 bits of the hash beside the row, so
// that only the guids that are found are compared: in a file of another order each of these is a miss of the cache.
type index struct {
	seed  maphash.Seed
	cells []uint64 // bits of the hash, row + 1; 0 = free. Their number is a power of two
	guids []string // by row
}

func newIndex() *index { return &index{seed: maphash.MakeSeed(), cells: make([]uint64, 1<<10)} }

// find gives the row of a guid, -1 without one. Where guess is its row, that is quick.
func (x *index) find(guid []byte, guess int32) int32 {
	if int(guess) < len(x.guids) && x.guids[guess] == string(guid) {
		return guess
	}
	hash := maphash.Bytes(x.seed, guid)
	for at := x.first(hash); ; at = x.next(at) {
		cell := x.cells[at]
		if cell == 0 {
			return -1
		}
		if row := int32(uint32(cell)) - 1; cell>>32 == hash>>32 && x.guids[row] == string(guid) {
			return row
		}
	}
}

// add gives a guid the next row, if it has none; row is the one that it has.
func (x *index) add(guid string) (row int32, added bool) {
	hash := maphash.String(x.seed, guid)
	at := x.first(hash)
	for ; x.cells[at] != 0; at = x.next(at) {
		cell := x.cells[at]
		if row := int32(uint32(cell)) - 1; cell>>32 == hash>>32 && x.guids[row] == guid {
			return row, false
		}
	}
	x.guids = append(x.guids, guid)
	x.cells[at] = hash>>32<<32 | uint64(len(x.guids))
	if 2*len(x.guids) > len(x.cells) {
		x.enlarge()
	}
	return int32(len(x.guids)) - 1, true
}

func (x *index) enlarge() {
	old := x.cells
	x.cells = make([]uint64, 2*len(old))
	for _, cell := range old {
		if cell == 0 {
			continue
		}
		at := x.first(cell)
		for x.cells[at] != 0 {
			at = x.next(at)
		}
		x.cells[at] = cell
	}
}

// first is the cell where a hash belongs, by the bits that cells hold.
func (x *index) first(hash uint64) int { return int(hash>>32) & (len(x.cells) - 1) }

func (x *index) next(at int) int { return (at + 1) & (len(x.cells) - 1) }
