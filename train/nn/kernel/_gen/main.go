// Command _gen writes the assembly of the kernels for amd64, in its AVX2 and its AVX-512 form from one description.
// "go generate" in the package above runs it; what it writes is committed.
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
