package kernel

import (
	"fmt"
	"strings"
)

// A Path is an instruction set that the float32 kernels can use. All paths give the same bits.
type Path uint8

// The paths.
const (
	Best   Path = iota // the fastest that the processor has
	Plain              // Go alone
	AVX2               // AVX2 and FMA
	AVX512             // AVX-512 F, DQ, BW and VL, and BMI2
)

func (p Path) String() string {
	switch p {
	case Best:
		return "best"
	case Plain:
		return "plain"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return fmt.Sprintf("kernel.Path(%d)", uint8(p))
}

// ParsePath returns the path of a name. "best" is the fastest that the processor has.
func ParsePath(name string) (Path, error) {
	if name == "best" {
		return Fastest(), nil
	}
	names := []string{"best"}
	for _, p := range Paths() {
		if p.String() == name {
			return p, nil
		}
		names = append(names, p.String())
	}
	return 0, fmt.Errorf("no kernels %q on this processor: it has %s", name, strings.Join(names, ", "))
}

// Paths returns the paths that this processor has, the fastest last.
func Paths() []Path {
	paths := []Path{Plain}
	for _, p := range []Path{AVX2, AVX512} {
		if routinesOf(p) != nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// Fastest returns the path that Best stands for.
func Fastest() Path {
	paths := Paths()
	return paths[len(paths)-1]
}

// resolve returns the path that p stands for. It panics if the processor lacks it.
func resolve(p Path) Path {
	if p == Best {
		return Fastest()
	}
	if p != Plain && routinesOf(p) == nil {
		panic(fmt.Sprintf("kernel: this processor has no %v", p))
	}
	return p
}

// routines are the assembly functions of one path. Steps and strides are in bytes, other sizes in elements. The comments in
// simd_amd64.go describe what each computes.
type routines struct {
	rows    int // in the largest tile of a product
	columns int // in a panel

	product     []productFunc // by the number of rows in the tile
	packRows    func(n int, src *float32, stride int, dst *float32)
	packColumns func(rows, n int, src *float32, stride int, dst *float32)
	packTile    func(n int, src *float32, stride int, dst *float32, columns int)
	peak        func(n int)

	add, multiply              func(dst, a, b *float32, n int)
	gelu, geluTanh, relu, tanh func(y, slope, z *float32, n int)
	rotate                     func(a, b, cos, sin *float32, n int)
	softmax                    func(row *float32, n int, scale float32)
	softmaxBack                func(d, p *float32, n int, scale float32)
	drop                       func(dst, src *float32, n int, low, high, threshold uint32, scale float32)
	sum                        func(x *float32, n int) float32
	center                     func(x *float32, n int, mean float32) float32
	affine                     func(y, unit, scale, shift *float32, n int, inverse float32)
	slopes                     func(dx, dy, scale, unit *float32, n int) (sum, dot float32)
	normBack                   func(dx, unit *float32, n int, inverse, mean, slope float32)
	columnSums                 func(dst *float32, n, rows int, x *float32, xstride int)
	columnDots                 func(dst *float32, n, rows int, x *float32, xstride int, y *float32, ystride int)
	adamw                      func(data, grad, first, second *float32, n int, c *[9]float32)
	squares                    func(x *float32, n int) float64
}

type productFunc func(k int, a *float32, arow, astep int, b, c *float32, crow int, from *float32, fromrow, n int)
