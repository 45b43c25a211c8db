// Package facility ranks examples by how well they represent the others: greedily by facility location, the sum over
// all examples of their similarity to the nearest that is taken,
//
//	f(S) = Σ_i max_{j∈S} s(i, j),  s(i, j) = max(0, cosine of the vectors of i and j),
//
// which is submodular, so that any prefix of the greedy order has at least 1 - 1/e of what the best set of its size has
// (Nemhauser et al., 1978). Similarities are those within a class, and within blocks of it drawn at random, so that time
// and memory grow with the examples and not with their square (partitions as in INGENIOUS, Renduchintala et al., 2023).
//
// All arithmetic behind the unit vectors is exact: see block. Results have the same bits on every processor, for any
// number of threads.
package facility

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
)

// Input is what a ranking is made from. A vector of zeros is similar to itself alone, by 1.
type Input struct {
	Vectors []float32 // [N, Width] row-major, finite; their lengths do not matter
	Width   int
	Classes []int32  // [N]
	GUIDs   []string // [N] distinct
}

// Largest is the number of examples that a block has at most. Its similarities take 67 MB, and two blocks are in memory
// at a time.
const Largest = 4096

// Rank gives every example a key, [N]: in ascending order of the keys, ties by guid, any prefix is a selection. A class
// is cut into blocks as equal as can be. A block's examples are those between two draws, and an example's draw depends
// on the seed and its guid alone; the order of the data has no say. In a block the order is the greedy one, equal gains
// by guid; the key is (place + 0.5) / the block's size, so that blocks, and classes with them, are taken from in
// proportion. progress, where it is not nil, is told how many examples are ranked, of all; its calls do not overlap.
// Shapes that disagree, values that are not finite and guids that are there twice in a class are errors.
func Rank(in Input, seed int64, progress func(done, total int)) (keys []float64, err error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	blocks, err := in.blocks(seed)
	if err != nil {
		return nil, err
	}
	keys = make([]float64, len(in.GUIDs))
	var wait sync.WaitGroup
	var report sync.Mutex
	todo, done := make(chan []int32), 0
	for range min(2, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			var b block // its memory serves one after another
			for members := range todo {
				b.load(&in, members)
				for place, i := range b.greedy() {
					keys[members[i]] = (float64(place) + 0.5) / float64(len(members))
				}
				report.Lock()
				done += len(members)
				if progress != nil {
					progress(done, len(keys))
				}
				report.Unlock()
			}
		})
	}
	for _, members := range blocks {
		todo <- members
	}
	close(todo)
	wait.Wait()
	return keys, nil
}

func (in *Input) check() error {
	n := len(in.GUIDs)
	if len(in.Classes) != n {
		return fmt.Errorf("%d guids and %d classes: they are of different data", n, len(in.Classes))
	}
	if in.Width < 1 || len(in.Vectors)%in.Width != 0 || len(in.Vectors)/in.Width != n {
		return fmt.Errorf("%d values of vectors, where %d examples of width %d have %d: they are of different data", len(in.Vectors), n, in.Width, n*in.Width)
	}
	for i, v := range in.Vectors {
		if v := float64(v); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("guid %s: value %d of its vector is %v: the model's weights, or what made the vectors, are at fault", in.GUIDs[i/in.Width], i%in.Width, v)
		}
	}
	return nil
}

func (in *Input) vector(i int32) []float32 {
	return in.Vectors[int(i)*in.Width : (int(i)+1)*in.Width]
}

// byClass gives the examples of each class, the classes in ascending order.
func (in *Input) byClass() [][]int32 {
	of := map[int32][]int32{}
	for i, class := range in.Classes {
		of[class] = append(of[class], int32(i))
	}
	var classes [][]int32
	for _, class := range slices.Sorted(maps.Keys(of)) {
		classes = append(classes, of[class])
	}
	return classes
}

// blocks cuts each class into blocks: its examples in the order of their draws, SHA-256 of "SEED\nGUID", in parts that
// differ by one example at most. A block is in the order of guids.
func (in *Input) blocks(seed int64) (blocks [][]int32, err error) {
	draws := make([][sha256.Size]byte, len(in.GUIDs))
	for i, guid := range in.GUIDs {
		draws[i] = sha256.Sum256(fmt.Appendf(nil, "%d\n%s", seed, guid))
	}
	for _, members := range in.byClass() {
		slices.SortFunc(members, func(a, b int32) int {
			return cmp.Or(bytes.Compare(draws[a][:], draws[b][:]), cmp.Compare(in.GUIDs[a], in.GUIDs[b]))
		})
		for k := 1; k < len(members); k++ {
			if guid := in.GUIDs[members[k]]; guid == in.GUIDs[members[k-1]] {
				return nil, fmt.Errorf("guid %s is there twice", guid)
			}
		}
		count := (len(members) + Largest - 1) / Largest
		for k := range count {
			part := members[k*len(members)/count : (k+1)*len(members)/count]
			slices.SortFunc(part, func(a, b int32) int { return cmp.Compare(in.GUIDs[a], in.GUIDs[b]) })
			blocks = append(blocks, part)
		}
	}
	return blocks, nil
}

// Objective is f of some examples, chosen by their indices, of an input that Rank takes: the sum over all examples of the
// similarity to the nearest chosen of their class, without blocks. Its time grows with N times the number chosen.
func Objective(in Input, chosen []int32) float64 {
	taken := make([]bool, len(in.Classes))
	for _, i := range chosen {
		taken[i] = true
	}
	total := int64(0)
	for _, members := range in.byClass() {
		var own []int32
		for _, i := range members {
			if taken[i] {
				own = append(own, i)
			}
		}
		total += covered(&in, members, own, taken)
	}
	return float64(total) / one
}

// covered is the sum of the similarities of a class to the nearest of its own that are taken.
func covered(in *Input, members, own []int32, taken []bool) (total int64) {
	if len(own) == 0 {
		return 0
	}
	facilities, products := units(nil, in, own), make([]float64, strip*len(own))
	for rows := range slices.Chunk(members, strip) {
		multiply(products, units(nil, in, rows), facilities, in.Width)
		for r, i := range rows {
			best := fixed(slices.Max(products[r*len(own) : (r+1)*len(own)]))
			if taken[i] {
				best = one
			}
			total += int64(best)
		}
	}
	return total
}
