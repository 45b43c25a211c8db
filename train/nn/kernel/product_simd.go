package kernel

import (
	"fmt"
	"unsafe"
)

// How a product is divided, for the sake of the caches. None of these numbers affects the bits. A kernel tile is what one
// call of a product routine computes: at most routines.rows by one panel of routines.columns.
const (
	blockDepth = 384       // of the inner dimension: a panel of B and a kernel tile's rows of A then fit in the L1 cache
	blockBytes = 512 << 10 // of B that the tiles of a worker read repeatedly, which then fit in the L2 cache
	packedSize = 4 << 20   // elements of a factor that are packed at a time
	tilesEach  = 8         // tiles for each worker, so that all workers finish at about the same time
	serialSize = 1 << 18   // multiply-adds below which one worker computes the product alone
	fewestRows = 4         // kernel tiles in the height of a tile, at least
)

// multiplication is the task of a product of packed factors. The inner dimension is divided into parts. For each part, all
// workers pack B (and A, if it is transposed), then all compute.
type multiplication struct {
	*simd
	form          Form
	c, a, b, from Matrix[float32]
	start, depth  int // of the part of the inner dimension
	block         int // depth of the blocks that the part is divided into
	tileRows      int // rows of a tile, a multiple of routines.rows
	tilePanels    int // panels of a tile
}

// packing is the task of packing the factors of a part. A tile is a panel of B or, if A is transposed, of A.
type packing struct{ *multiplication }

func (s *simd) multiply(pool *Pool, form Form, c, a, b, from Matrix[float32]) {
	k := inner(form, a)
	if c.Rows*c.Cols*k < serialSize {
		s.multiplyAlone(0, form, c, a, b, from)
		return
	}
	m := &s.multiplication
	*m = multiplication{simd: s, form: form, c: c, a: a, b: b, from: from}
	s.packing.multiplication = m
	panels := tiles(c.Cols, s.columns)
	widest := panels * s.columns
	if form == TN {
		widest = max(widest, c.Rows)
	}
	deepest := max(blockDepth, packedSize/widest)
	parts := max(1, tiles(k, deepest))
	part := roundUp(tiles(k, parts), 4)
	for m.start = 0; m.start < k; m.start += part {
		m.depth = min(part, k-m.start)
		m.block = roundUp(tiles(m.depth, max(1, tiles(m.depth, blockDepth))), 4)
		rows, wanted := tiles(c.Rows, s.rows), tilesEach*pool.Threads()
		across := tiles(panels, max(1, blockBytes/(4*m.block*s.columns)))
		down := max(1, min(tiles(wanted, across), rows/fewestRows))
		across = max(across, min(panels, tiles(wanted, down))) // narrower tiles if there are few rows
		m.tilePanels = tiles(panels, across)
		across = tiles(panels, m.tilePanels)
		m.tileRows = tiles(rows, down) * s.rows
		s.packedB = grow(s.packedB, panels*s.columns*m.depth)
		work := panels
		if form == TN {
			s.packedA = grow(s.packedA, rows*s.rows*m.depth)
			work += rows
		}
		pool.Run(work, &s.packing)
		pool.Run(across*tiles(c.Rows, m.tileRows), m)
		m.from = c
	}
}

// roundUp returns the smallest multiple of to that is at least n.
func roundUp(n, to int) int { return (n + to - 1) / to * to }

// grow returns s, or a new slice if s has fewer than n elements. A new slice begins on a cache line.
func grow(s []float32, n int) []float32 {
	if len(s) >= n {
		return s
	}
	s = make([]float32, n+32)
	skip := int(-uintptr(unsafe.Pointer(&s[0]))&63) / 4
	return s[skip:]
}

// Tile packs a panel. The packed factor is ordered by block, in each block by panel.
func (p *packing) Tile(_, index int) {
	panels := tiles(p.c.Cols, p.columns)
	for from := 0; from < p.depth; from += p.block {
		depth := min(p.block, p.depth-from)
		if index < panels {
			dst := p.packedB[(from*panels+index*depth)*p.columns:]
			p.packB(dst, p.form, p.b, p.start+from, depth, index*p.columns, min(p.columns, p.c.Cols-index*p.columns))
			continue
		}
		count := tiles(p.c.Rows, p.rows)
		panel := index - panels
		dst := p.packedA[(from*count+panel*depth)*p.rows:]
		src := p.a.Data[(p.start+from)*p.a.Stride+panel*p.rows:]
		p.packTile(depth, &src[0], 4*p.a.Stride, &dst[0], min(p.rows, p.c.Rows-panel*p.rows))
	}
}

// Tile computes a tile of C. Tiles are numbered down the columns, so that a worker often finds B in its cache.
func (m *multiplication) Tile(_, index int) {
	down := tiles(m.c.Rows, m.tileRows)
	top, left := index%down*m.tileRows, index/down*m.tilePanels*m.columns
	bottom, width := min(top+m.tileRows, m.c.Rows), min(m.tilePanels*m.columns, m.c.Cols-left)
	panels, count := tiles(m.c.Cols, m.columns), tiles(m.c.Rows, m.rows)
	from := m.from
	for start := 0; start < m.depth; start += m.block {
		depth := min(m.block, m.depth-start)
		b := &m.packedB[(start*panels+left/m.columns*depth)*m.columns]
		for i := top; i < bottom; i += m.rows {
			rows := min(m.rows, bottom-i)
			a, arow, astep := (*float32)(nil), 0, 0
			if m.form == TN {
				a, arow, astep = &m.packedA[(start*count+i/m.rows*depth)*m.rows], 4, 4*m.rows
			} else {
				a, arow, astep = &m.a.Data[i*m.a.Stride+m.start+start], 4*m.a.Stride, 4
			}
			var f *float32
			if from.Data != nil {
				f = &from.Data[i*from.Stride+left]
			}
			m.product[rows](depth, a, arow, astep, b, &m.c.Data[i*m.c.Stride+left], 4*m.c.Stride, f, 4*from.Stride, width)
		}
		from = m.c
	}
}

// packB packs depth rows of op(B) from row k on, and width columns from column j on, into dst [depth, columns]. The columns
// of dst beyond width are arbitrary: no product stores the results that come from them.
func (s *simd) packB(dst []float32, form Form, b Matrix[float32], k, depth, j, width int) {
	if form != NT {
		src := b.Data[k*b.Stride+j:]
		if width == s.columns {
			s.packRows(depth, &src[0], 4*b.Stride, &dst[0])
			return
		}
		for p := range depth {
			copy(dst[p*s.columns:], src[p*b.Stride:p*b.Stride+width])
		}
		return
	}
	lanes := s.columns / 2
	whole := depth / lanes * lanes
	for half := 0; half < width; half += lanes {
		rows := min(lanes, width-half)
		src := b.Data[(j+half)*b.Stride+k:]
		if whole > 0 {
			s.packColumns(rows, whole, &src[0], 4*b.Stride, &dst[half])
		}
		for r := range rows {
			for p := whole; p < depth; p++ {
				dst[p*s.columns+half+r] = src[r*b.Stride+p]
			}
		}
	}
}

// multiplyAlone is multiply by the calling worker alone, in its own memory.
func (s *simd) multiplyAlone(worker int, form Form, c, a, b, from Matrix[float32]) {
	check(form, c, a, b, from)
	k := inner(form, a)
	if k == 0 {
		(*plain[float32])(nil).multiplyAlone(worker, form, c, a, b, from)
		return
	}
	panels := tiles(c.Cols, s.columns)
	s.alone[worker] = grow(s.alone[worker], panels*s.columns*k)
	packed := s.alone[worker]
	for p := range panels {
		s.packB(packed[p*k*s.columns:], form, b, 0, k, p*s.columns, min(s.columns, c.Cols-p*s.columns))
	}
	for i := 0; i < c.Rows; i += s.rows {
		rows := min(s.rows, c.Rows-i)
		at, arow, astep := i*a.Stride, 4*a.Stride, 4
		if form == TN {
			at, arow, astep = i, 4, 4*a.Stride
		}
		var f *float32
		if from.Data != nil {
			f = &from.Data[i*from.Stride]
		}
		s.product[rows](k, &a.Data[at], arow, astep, &packed[0], &c.Data[i*c.Stride], 4*c.Stride, f, 4*from.Stride, c.Cols)
	}
}

func (s *simd) reserve(rows, columns int) {
	for i := range s.alone {
		s.alone[i] = grow(s.alone[i], roundUp(rows, s.columns)*roundUp(columns, s.columns))
	}
}

func (s *simd) transpose(worker int, dst, src Matrix[float32]) {
	s.transposed(worker, dst, src, func(dst, column []float32) { copy(dst, column) })
}

func (s *simd) addTransposed(worker int, dst, src Matrix[float32]) {
	s.transposed(worker, dst, src, func(dst, column []float32) { s.add(dst, dst, column) })
}

// transposed calls f for parts of each row of dst, with the elements of srcᵀ in the same place.
func (s *simd) transposed(worker int, dst, src Matrix[float32], f func(dst, column []float32)) {
	if dst.Rows != src.Cols || dst.Cols != src.Rows {
		panic(fmt.Sprintf("kernel: the transpose of [%d, %d] is not [%d, %d]", src.Rows, src.Cols, dst.Rows, dst.Cols))
	}
	dst.check()
	src.check()
	s.alone[worker] = grow(s.alone[worker], s.columns*src.Cols)
	packed := s.alone[worker]
	for from := 0; from < src.Rows; from += s.columns {
		width := min(s.columns, src.Rows-from)
		s.packB(packed, NT, src, 0, src.Cols, from, width)
		for i := range dst.Rows {
			f(dst.Row(i)[from:from+width], packed[i*s.columns:i*s.columns+width])
		}
	}
}
