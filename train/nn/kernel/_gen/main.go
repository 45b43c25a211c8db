// Command _gen generates the assembly of package kernel for amd64. It writes each function once for AVX2 and once for
// AVX-512, from one description. "go generate" in the package above runs it; its output is committed.
//
// It uses avo (github.com/mmcloughlin/avo), whose functions emit instructions with operands in Go's order: sources first,
// destination last. Begin reading at set, then rows.go.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64")
	for _, s := range []set{avx2, avx512} {
		for rows := 1; rows <= s.productRows; rows++ {
			s.product(rows)
		}
		s.packRows()
		s.packColumns()
		s.packTile()
		s.peak()

		s.gelu()
		s.geluTanh()
		s.relu()
		s.tanh()
		s.rotate()
		s.softmax()
		s.softmaxBack()
		s.drop()
		s.multiply()
		s.add()
		s.sum()
		s.center()
		s.affine()
		s.slopes()
		s.normBack()
		s.columnSums()
		s.columnDots()
		s.adamw()
		s.squares()
	}
	Generate()
}
