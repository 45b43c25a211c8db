package kernel

import "golang.org/x/sys/cpu"

//go:generate go -C _gen run . -out ../simd_amd64.s -stubs ../simd_amd64.go -pkg kernel

// routinesOf returns the assembly functions of a path, or nil if there are none or the processor cannot run them.
func routinesOf(p Path) *routines {
	x := &cpu.X86
	switch {
	case p == AVX2 && x.HasAVX2 && x.HasFMA:
		return &routinesAVX2
	case p == AVX512 && x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX2 && x.HasFMA && x.HasBMI2:
		return &routinesAVX512
	}
	return nil
}

var routinesAVX2 = routines{
	rows: 6, columns: 16,
	product: []productFunc{nil, product1RowsAVX2, product2RowsAVX2, product3RowsAVX2, product4RowsAVX2, product5RowsAVX2,
		product6RowsAVX2},
	packRows: packRowsAVX2, packColumns: packColumnsAVX2, packTile: packTileAVX2,
	peak: peakAVX2,

	add:      addAVX2,
	multiply: multiplyAVX2,
	gelu:     geluAVX2, geluTanh: geluTanhAVX2, relu: reluAVX2, tanh: tanhAVX2,
	rotate:      rotateAVX2,
	softmax:     softmaxAVX2,
	softmaxBack: softmaxBackAVX2,
	drop:        dropAVX2,
	sum:         sumAVX2,
	center:      centerAVX2,
	affine:      affineAVX2,
	slopes:      slopesAVX2,
	normBack:    normBackAVX2,
	columnSums:  columnSumsAVX2,
	columnDots:  columnDotsAVX2,
	adamw:       adamwAVX2,
	squares:     squaresAVX2,
}

var routinesAVX512 = routines{
	rows: 12, columns: 32,
	product: []productFunc{nil, product1RowsAVX512, product2RowsAVX512, product3RowsAVX512, product4RowsAVX512,
		product5RowsAVX512, product6RowsAVX512, product7RowsAVX512, product8RowsAVX512, product9RowsAVX512,
		product10RowsAVX512, product11RowsAVX512, product12RowsAVX512},
	packRows: packRowsAVX512, packColumns: packColumnsAVX512, packTile: packTileAVX512,
	peak: peakAVX512,

	add:      addAVX512,
	multiply: multiplyAVX512,
	gelu:     geluAVX512, geluTanh: geluTanhAVX512, relu: reluAVX512, tanh: tanhAVX512,
	rotate:      rotateAVX512,
	softmax:     softmaxAVX512,
	softmaxBack: softmaxBackAVX512,
	drop:        dropAVX512,
	sum:         sumAVX512,
	center:      centerAVX512,
	affine:      affineAVX512,
	slopes:      slopesAVX512,
	normBack:    normBackAVX512,
	columnSums:  columnSumsAVX512,
	columnDots:  columnDotsAVX512,
	adamw:       adamwAVX512,
	squares:     squaresAVX512,
}
