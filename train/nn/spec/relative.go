package spec

import "math"

// Relative describes how attention depends on the distances of tokens. The zero Relative is attention that does not.
type Relative struct {
	Kind string // NoRelative, Biased or Disentangled

	// Buckets is the number of rows of a Biased table. A Disentangled one has two rows for each bucket, for distances to the left and
	// to the right; 0 buckets stand for one row for each distance up to Span.
	Buckets int
	Span    int // the distance from which on all have the same bucket

	// Of a Disentangled table.
	Norm                                 bool // whether it has a layer-norm
	ContentToPosition, PositionToContent bool // whether the scores have the term of a query, of a key
}

// The kinds of relative attention.
const (
	NoRelative   = ""
	Biased       = "biased"       // a bias of the scores by head and distance (Raffel et al., 2020, section 2.1), in MPNet
	Disentangled = "disentangled" // terms of the scores by queries, keys and embeddings of distances (He et al., 2021), in DeBERTa
)

// Rows returns the number of rows of the table.
func (r Relative) Rows() int {
	switch {
	case r.Kind != Disentangled:
		return r.Buckets
	case r.Buckets > 0:
		return 2 * r.Buckets
	}
	return 2 * r.Span
}

// Row returns the row of a distance: the key's position less the query's for a Biased table, the opposite for a Disentangled one. It
// computes in float32, as transformers does, whose rounding decides about the bucket of some distances.
func (r Relative) Row(distance int) int {
	if r.Kind == Biased {
		return r.biasedRow(distance)
	}
	half, bucket := r.Rows()/2, distance
	if r.Buckets > 0 {
		bucket = r.disentangledBucket(distance)
	}
	return min(max(half+bucket, 0), 2*half-1)
}

// biasedRow returns the row of a distance in T5's order: half of the rows are for keys to the right. Of each half, one part has a row
// for each distance, and the other's rows are for distances in the ratio of a power.
func (r Relative) biasedRow(distance int) int {
	half, row := r.Buckets/2, 0
	if distance > 0 {
		row = half
	}
	size := max(distance, -distance)
	exact := half / 2
	if size < exact {
		return row + size
	}
	power := log32(float32(size)/float32(exact)) / float32(math.Log(float64(r.Span)/float64(exact))) * float32(half-exact)
	return row + min(exact+int(power), half-1)
}

// disentangledBucket returns the bucket of a distance, negative for a key to the right. The nearer half of the buckets have one
// distance each, the others distances in the ratio of a power.
func (r Relative) disentangledBucket(distance int) int {
	size, exact := max(distance, -distance), r.Buckets/2
	if size <= exact {
		return distance
	}
	ratio := log32(float32(size)/float32(exact)) / log32(float32(float64(r.Span-1)/float64(exact)))
	bucket := int(math.Ceil(float64(ratio*float32(exact-1)))) + exact
	if distance < 0 {
		return -bucket
	}
	return bucket
}

// log32 returns the natural logarithm of x, rounded to float32.
func log32(x float32) float32 { return float32(math.Log(float64(x))) }
