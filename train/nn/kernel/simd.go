package kernel

// simd is the arithmetic of float32 in assembly.
type simd struct {
	*routines
	packedA, packedB []float32
	alone            [][]float32 // by worker; memory of multiplyAlone
	multiplication   multiplication
	packing          packing
}

// first returns the address of a row. It panics if the row has fewer than n elements: the assembly does not check.
func first(row []float32, n int) *float32 {
	_ = row[n-1]
	return &row[0]
}

func (s *simd) add(dst, a, b []float32) {
	if n := len(dst); n > 0 {
		s.routines.add(&dst[0], first(a, n), first(b, n), n)
	}
}

func (s *simd) times(dst, a, b []float32) {
	if n := len(dst); n > 0 {
		s.routines.multiply(&dst[0], first(a, n), first(b, n), n)
	}
}

func (s *simd) activate(kind Activation, y, slope, z []float32) {
	n := len(z)
	if n == 0 {
		return
	}
	f := s.gelu
	switch kind {
	case GELUTanh:
		f = s.geluTanh
	case ReLU:
		f = s.relu
	case Tanh:
		f = s.tanh
	}
	f(first(y, n), first(slope, n), &z[0], n)
}

func (s *simd) rotate(a, b, cos, sin []float32) {
	if n := len(a); n > 0 {
		s.routines.rotate(&a[0], first(b, n), first(cos, n), first(sin, n), n)
	}
}

func (s *simd) softmax(row []float32, scale float32) { s.routines.softmax(&row[0], len(row), scale) }

func (s *simd) softmaxBack(d, p []float32, scale float32) {
	n := len(p)
	s.routines.softmaxBack(first(d, n), &p[0], n, scale)
}

func (s *simd) drop(dst, src []float32, low, high, threshold uint32, scale float32) {
	if n := len(src); n > 0 {
		s.routines.drop(first(dst, n), &src[0], n, low, high, threshold, scale)
	}
}

func (s *simd) sum(x []float32) float32 {
	if len(x) == 0 {
		return 0
	}
	return s.routines.sum(&x[0], len(x))
}

func (s *simd) center(x []float32, mean float32) float32 {
	if len(x) == 0 {
		return 0
	}
	return s.routines.center(&x[0], len(x), mean)
}

func (s *simd) affine(y, unit, scale, shift []float32, inverse float32) {
	if n := len(y); n > 0 {
		s.routines.affine(&y[0], first(unit, n), first(scale, n), first(shift, n), n, inverse)
	}
}

func (s *simd) slopes(dx, dy, scale, unit []float32) (sum, dot float32) {
	n := len(dy)
	if n == 0 {
		return 0, 0
	}
	return s.routines.slopes(first(dx, n), &dy[0], first(scale, n), first(unit, n), n)
}

func (s *simd) normBack(dx, unit []float32, inverse, mean, slope float32) {
	if n := len(unit); n > 0 {
		s.routines.normBack(first(dx, n), &unit[0], n, inverse, mean, slope)
	}
}

func (s *simd) columnSums(dst []float32, x Matrix[float32]) {
	if x.Rows == 0 {
		return
	}
	for j := 0; j < len(dst); j += lanes {
		s.routines.columnSums(&dst[j], min(lanes, len(dst)-j), x.Rows, &x.Data[j], 4*x.Stride)
	}
}

func (s *simd) columnDots(dst []float32, x, y Matrix[float32]) {
	if x.Rows == 0 {
		return
	}
	for j := 0; j < len(dst); j += lanes {
		s.routines.columnDots(&dst[j], min(lanes, len(dst)-j), x.Rows, &x.Data[j], 4*x.Stride, &y.Data[j], 4*y.Stride)
	}
}

func (s *simd) adamw(data, grad, m, v []float32, c *[9]float32) {
	n := len(data)
	if n == 0 {
		return
	}
	var g *float32
	if grad != nil {
		g = first(grad, n)
	}
	s.routines.adamw(&data[0], g, first(m, n), first(v, n), n, c)
}

func (s *simd) squares(x []float32) float64 {
	if len(x) == 0 {
		return 0
	}
	return s.routines.squares(&x[0], len(x))
}
