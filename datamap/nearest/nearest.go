// Package nearest finds the examples whose embeddings are most similar to that of a given example. The search is exact: it compares
// the example with all others, reading the embeddings from their file in parts.
//
// It may import datamap, the packages below it and internal packages. Begin with Find.
package nearest

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"ftft/datamap/dynamics"
	"ftft/internal/fault"
	"ftft/internal/parallel"
)

// A Neighbour is an example near another one.
type Neighbour struct {
	Row        int     // of the array of embeddings
	Similarity float64 // the cosine of the two vectors, -1 to 1; 0 for a vector of zeros
}

// Duplicate is the similarity from which two examples are near-duplicates.
const Duplicate = 0.995

// before reports whether a is nearer than b. Of equally near ones, the first row is.
func (a Neighbour) before(b Neighbour) bool {
	return a.Similarity > b.Similarity || a.Similarity == b.Similarity && a.Row < b.Row
}

// blockRows is the number of vectors that one piece of parallel work covers.
const blockRows = 1 << 9

// Find returns the count rows of the array of embeddings at path, [rows, width], whose vectors are most similar to that of a row, the
// nearest first. among reports, for each row, whether it may be a neighbour; nil = all may. The row itself is none. Vectors that are
// not finite are left out. Without the file the error is fs.ErrNotExist, and an array of another number of rows is an error, as is a row
// whose vector is not finite.
func Find(path string, rows, row, count int, among []bool) ([]Neighbour, error) {
	vectors, err := dynamics.OpenVectors(path)
	if err != nil {
		return nil, err
	}
	defer vectors.Close()
	if vectors.Len != rows {
		return nil, fault.At(path, 0, fmt.Sprintf("%d embeddings for %d examples: they describe different data", vectors.Len, rows))
	}
	s := search{vectors: vectors, row: row, count: count, among: among}
	if err := s.load(path); err != nil {
		return nil, err
	}
	parallel.InBlocks(rows, blockRows, s.block)
	return s.found, s.err
}

// A search is one call of Find.
type search struct {
	vectors    *dynamics.Vectors
	row, count int
	among      []bool
	target     []float64 // the vector of the row
	length     float64   // of target

	parts sync.Pool // of *part
	mutex sync.Mutex
	found []Neighbour // sorted, at most count
	err   error
}

// part is the memory of a block.
type part struct {
	dynamics.Part
	found []Neighbour
}

// load reads the vector of the row.
func (s *search) load(path string) error {
	var p dynamics.Part
	if err := s.vectors.Read(&p, s.row, s.row+1); err != nil {
		return explain(err)
	}
	s.target = make([]float64, len(p.Values))
	for i, v := range p.Values {
		s.target[i] = float64(v)
	}
	_, square := dot(s.target, p.Values)
	if s.length = math.Sqrt(square); math.IsNaN(square) || math.IsInf(square, 0) {
		return fault.At(path, 0, fmt.Sprintf("the embedding of row %d is not finite; check the program that made it", s.row))
	}
	return nil
}

// block compares the rows from..to-1.
func (s *search) block(_, from, to int) {
	p, _ := s.parts.Get().(*part)
	if p == nil {
		p = &part{}
	}
	defer s.parts.Put(p)
	if err := s.vectors.Read(&p.Part, from, to); err != nil {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.err = errors.Join(s.err, explain(err))
		return
	}
	p.found = p.found[:0]
	width := s.vectors.Width
	for row := from; row < to; row++ {
		if row == s.row || s.among != nil && !s.among[row] {
			continue
		}
		product, square := dot(s.target, p.Values[(row-from)*width:(row-from+1)*width])
		if math.IsNaN(square) || math.IsInf(square, 0) {
			continue
		}
		p.found = insert(p.found, Neighbour{row, cosine(product, s.length*math.Sqrt(square))}, s.count)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, one := range p.found {
		s.found = insert(s.found, one, s.count)
	}
}

// insert adds a neighbour to a sorted list of at most count.
func insert(list []Neighbour, one Neighbour, count int) []Neighbour {
	if len(list) < count {
		list = append(list, one)
	} else if count == 0 || !one.before(list[count-1]) {
		return list
	}
	at := len(list) - 1
	for ; at > 0 && one.before(list[at-1]); at-- {
		list[at] = list[at-1]
	}
	list[at] = one
	return list
}

// cosine returns a product divided by the product of two lengths, 0 if that is 0.
func cosine(product, lengths float64) float64 {
	if lengths == 0 {
		return 0
	}
	return min(max(product/lengths, -1), 1)
}

// dot returns the product of two vectors and the square of the length of b. Four sums at a time do not wait for each other.
func dot(a []float64, b []float32) (product, square float64) {
	a = a[:len(b)]
	var p0, p1, p2, p3, s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(b); i += 4 {
		x0, x1, x2, x3 := float64(b[i]), float64(b[i+1]), float64(b[i+2]), float64(b[i+3])
		p0 += float64(a[i] * x0)
		p1 += float64(a[i+1] * x1)
		p2 += float64(a[i+2] * x2)
		p3 += float64(a[i+3] * x3)
		s0 += float64(x0 * x0)
		s1 += float64(x1 * x1)
		s2 += float64(x2 * x2)
		s3 += float64(x3 * x3)
	}
	for ; i < len(b); i++ {
		x := float64(b[i])
		p0 += float64(a[i] * x)
		s0 += float64(x * x)
	}
	return p0 + p1 + (p2 + p3), s0 + s1 + (s2 + s3)
}

// explain replaces an unexpected end of the file, which another program has made shorter.
func explain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file of embeddings has become shorter; compute them again")
	}
	return err
}
