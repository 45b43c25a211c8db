package cartography

import "hash/maphash"

// index finds rows by guid. It is a hash table with open addressing. Each cell holds 32 bits of the hash beside the row, so
// that few guids need comparing.
type index struct {
	seed  maphash.Seed
	cells []uint64 // upper half: bits of the hash; lower half: row + 1; 0 = free. Their number is a power of two
	guids []string // by row
}

func newIndex() *index { return &index{seed: maphash.MakeSeed(), cells: make([]uint64, 1<<10)} }

// findRows appends the rows of a chunk's guids to the chunk, -1 for an unknown guid.
func (x *index) findRows(c *chunk) {
	next := int32(0)
	for at := 0; at < len(c.gold); at = len(c.rows) {
		if int(next) < len(x.guids) && x.guids[next] == string(c.guid(at)) { // same order as the first epoch
			c.rows = append(c.rows, next)
		} else {
			x.findBatch(c, at)
		}
		next = c.rows[len(c.rows)-1] + 1
	}
}

// findBatch appends the rows of up to 256 guids, starting with one. In a file of another order nearly every step misses the
// cache. So each step is done for all guids before the next one, which makes the misses overlap.
func (x *index) findBatch(c *chunk, from int) {
	const most = 256
	var hashes, cells [most]uint64
	var guids [most]string
	count := min(most, len(c.gold)-from)
	for i := range count {
		hashes[i] = maphash.Bytes(x.seed, c.guid(from+i))
	}
	for i, hash := range hashes[:count] {
		cells[i] = x.cells[x.first(hash)]
	}
	for i, hash := range hashes[:count] {
		if cell := cells[i]; cell != 0 && cell>>32 != hash>>32 { // a collision: the guid's cell, if any, follows
			cells[i] = x.cell(hash)
		}
	}
	for i, cell := range cells[:count] {
		if cell != 0 {
			guids[i] = x.guids[row(cell)]
		}
	}
	for i, cell := range cells[:count] {
		guid := c.guid(from + i)
		if cell != 0 && guids[i] == string(guid) {
			c.rows = append(c.rows, row(cell))
		} else {
			c.rows = append(c.rows, x.row(hashes[i], guid))
		}
	}
}

// cell returns the first cell with a hash, or 0.
func (x *index) cell(hash uint64) uint64 {
	at := x.first(hash)
	for x.cells[at] != 0 && x.cells[at]>>32 != hash>>32 {
		at = x.next(at)
	}
	return x.cells[at]
}

// row returns the row of a guid, or -1.
func (x *index) row(hash uint64, guid []byte) int32 {
	for at := x.first(hash); ; at = x.next(at) {
		cell := x.cells[at]
		if cell == 0 {
			return -1
		}
		if cell>>32 == hash>>32 && x.guids[row(cell)] == string(guid) {
			return row(cell)
		}
	}
}

// lookup returns the row of a guid, or -1.
func (x *index) lookup(guid string) int32 { return x.row(maphash.String(x.seed, guid), []byte(guid)) }

// row returns the row that a cell holds.
func row(cell uint64) int32 { return int32(uint32(cell)) - 1 }

// add returns the row of a guid. A new guid gets the next row.
func (x *index) add(guid string) (at int32, added bool) {
	hash := maphash.String(x.seed, guid)
	free := x.first(hash)
	for ; x.cells[free] != 0; free = x.next(free) {
		cell := x.cells[free]
		if cell>>32 == hash>>32 && x.guids[row(cell)] == guid {
			return row(cell), false
		}
	}
	x.guids = append(x.guids, guid)
	x.cells[free] = hash>>32<<32 | uint64(len(x.guids))
	if 4*len(x.guids) > 3*len(x.cells) {
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

// first returns the place of the cell where the search for a hash begins, by the bits that cells hold.
func (x *index) first(hash uint64) int { return int(hash>>32) & (len(x.cells) - 1) }

func (x *index) next(at int) int { return (at + 1) & (len(x.cells) - 1) }
