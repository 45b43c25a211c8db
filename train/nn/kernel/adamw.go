package kernel

// An AdamState is a parameter with its gradient and its two moments, which have the same size. If Touched is not nil, Grad
// is zero except in the rows that it lists, of Width elements each.
type AdamState[T Float] struct {
	Data, Grad, First, Second []T
	Width                     int
	Touched                   []int32
	marks                     []bool // by row: whether Touched lists it; all false between steps
}

// An AdamStep holds the numbers of one step t of AdamW (Loshchilov and Hutter, 2019, algorithm 2). With g the gradient times
// Factor, m the first moment and v the second, a step computes
//
//	m = Beta1 m + (1-Beta1) g
//	v = Beta2 v + (1-Beta2) g²
//	data = Keep data - Move m / (√v Root + Epsilon)
//
// where Root = 1/√(1-Beta2ᵗ), Move = rate/(1-Beta1ᵗ) and Keep = 1 - rate * decay.
type AdamStep struct{ Factor, Beta1, Beta2, Root, Epsilon, Move, Keep float64 }

// elementTile is the number of elements in a tile of kernels that divide a parameter by elements.
const elementTile = 1 << 15

// update is the task of AdamW. A tile is some elements or, for a sparse gradient, some rows.
type update[T Float] struct {
	arithmetic[T]
	p *AdamState[T]
	c [9]T // the numbers of the step, as arithmetic.adamw reads them
}

// AdamW updates a parameter and its moments.
func (e *Engine[T]) AdamW(p *AdamState[T], s AdamStep) {
	t := &e.update
	t.arithmetic, t.p = e.arithmetic, p
	for i, v := range [9]float64{s.Factor, s.Beta1, 1 - s.Beta1, s.Beta2, 1 - s.Beta2, s.Root, s.Epsilon, s.Move, s.Keep} {
		t.c[i] = T(v)
	}
	if p.Touched == nil {
		e.Run(tiles(len(p.Data), elementTile), t)
		return
	}
	rows := len(p.Data) / p.Width
	if p.marks == nil {
		p.marks = make([]bool, rows)
	}
	for _, r := range p.Touched {
		p.marks[r] = true
	}
	e.Run(tiles(rows, t.rows()), t)
	for _, r := range p.Touched {
		p.marks[r] = false
	}
}

// rows returns the number of rows in a tile.
func (t *update[T]) rows() int { return max(1, elementTile/t.p.Width) }

func (t *update[T]) Tile(_, index int) {
	p := t.p
	if p.Touched == nil {
		from := index * elementTile
		to := min(len(p.Data), from+elementTile)
		t.adamw(p.Data[from:to], p.Grad[from:to], p.First[from:to], p.Second[from:to], &t.c)
		return
	}
	// Neighbouring rows are updated together if all or none of them have a gradient. A gradient of zeros is not read.
	end := min(len(p.marks), (index+1)*t.rows())
	for row := index * t.rows(); row < end; {
		next := row + 1
		for next < end && p.marks[next] == p.marks[row] {
			next++
		}
		from, to := row*p.Width, next*p.Width
		var grad []T
		if p.marks[row] {
			grad = p.Grad[from:to]
		}
		t.adamw(p.Data[from:to], grad, p.First[from:to], p.Second[from:to], &t.c)
		row = next
	}
}

// squares is the task of Squares. A tile is some elements.
type squares[T Float] struct {
	arithmetic[T]
	x     []T
	parts []float64 // by tile
}

// Squares returns the sum of the squares of a parameter's gradient, computed in float64. If Touched is not nil, it reads only
// the rows listed there.
func (e *Engine[T]) Squares(p *AdamState[T]) float64 {
	total := 0.0
	if p.Touched != nil {
		for _, r := range p.Touched {
			total += e.arithmetic.squares(p.Grad[int(r)*p.Width : (int(r)+1)*p.Width])
		}
		return total
	}
	t, n := &e.squares, tiles(len(p.Grad), elementTile)
	if len(t.parts) < n {
		t.parts = make([]float64, n)
	}
	t.arithmetic, t.x = e.arithmetic, p.Grad
	e.Run(n, t)
	for _, v := range t.parts[:n] {
		total += v
	}
	return total
}

func (t *squares[T]) Tile(_, index int) {
	from := index * elementTile
	t.parts[index] = t.arithmetic.squares(t.x[from:min(len(t.x), from+elementTile)])
}
