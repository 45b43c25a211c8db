// Package facility ranks examples by how well they represent the others: greedily by facility location, the sum over all
// examples of their similarity to the nearest selected one,
//
//	f(S) = Σ_i max_{j∈S} s(i, j),  s(i, j) = max(0, cosine of the vectors of i and j).
//
// f is submodular, so any prefix of the greedy order reaches at least 1 - 1/e of the best set of its size (Nemhauser et al.,
// 1978). Similarities count only within a class, and within blocks of it drawn at random, so time and memory grow with the
// number of examples instead of its square (partitions as in INGENIOUS, Renduchintala et al., 2023).
//
// All arithmetic after the unit vectors is exact: see block. Results have the same bits on every processor, for any number of
// threads.
//
// It imports internal/parallel alone. Begin with Rank; block holds the algorithm.
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

	"ftft/internal/parallel"
)

// Input is what Rank ranks. A vector of zeros has similarity 1 to itself and 0 to others.
type Input struct {
	Vectors []float32 // [N, Width] row-major, finite; of any length
	Width   int
	Classes []int32  // [N]
	GUIDs   []string // [N] distinct
}

// Largest is the greatest number of examples in a block. Its similarities take 67 MB, and two blocks are in memory at a time.
const Largest = 4096

// Rank returns a key for every example, [N]. In ascending order of the keys, ties by guid, any prefix is a selection.
//
// A class is cut into blocks of nearly equal size, by a random draw that depends on the seed and the example's guid alone, not
// on the order of the data. Within a block the order is greedy, equal gains by guid. The key is (place + 0.5) / size of the
// block, so a prefix takes from blocks, and thus from classes, in proportion.
//
// If progress is not nil, it receives the number of ranked examples; its calls do not overlap. Inconsistent shapes, values that
// are not finite and duplicate guids in a class are errors.
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
	var caught parallel.Catcher
	var report sync.Mutex
	todo, done := make(chan []int32), 0
	for range min(2, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			defer func() {
				for range todo { // another goroutine waits until all is taken
				}
			}()
			defer caught.Catch()
			var b block // its memory is reused
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
	caught.Repeat()
	return keys, nil
}

func (in *Input) check() error {
	n := len(in.GUIDs)
	if len(in.Classes) != n {
		return fmt.Errorf("%d guids but %d classes: they describe different data", n, len(in.Classes))
	}
	if in.Width < 1 || len(in.Vectors)%in.Width != 0 || len(in.Vectors)/in.Width != n {
		return fmt.Errorf("the vectors hold %d values; %d examples of width %d need %d: they describe different data",
			len(in.Vectors), n, in.Width, n*in.Width)
	}
	for i, v := range in.Vectors {
		if v := float64(v); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("guid %s: value %d of its vector is %v; check the model's weights, or the program that made the vectors",
				in.GUIDs[i/in.Width], i%in.Width, v)
		}
	}
	return nil
}

func (in *Input) vector(i int32) []float32 {
	return in.Vectors[int(i)*in.Width : (int(i)+1)*in.Width]
}

// byClass returns the examples of each class, in ascending order of the classes.
func (in *Input) byClass() [][]int32 {
	members := map[int32][]int32{}
	for i, class := range in.Classes {
		members[class] = append(members[class], int32(i))
	}
	var classes [][]int32
	for _, class := range slices.Sorted(maps.Keys(members)) {
		classes = append(classes, members[class])
	}
	return classes
}

// blocks cuts each class into parts that differ in size by at most one: its examples in the order of their draws, the SHA-256
// of "SEED\nGUID". The examples of a block are in the order of their guids.
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
				return nil, fmt.Errorf("guid %s occurs twice", guid)
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

// Objective returns f of the chosen examples, given by index: the sum over all examples of the similarity to the nearest chosen
// one of their class, regardless of blocks. Its time grows with N times the number of chosen examples.
func Objective(in Input, chosen []int32) float64 {
	selected := make([]bool, len(in.Classes))
	for _, i := range chosen {
		selected[i] = true
	}
	total := int64(0)
	for _, members := range in.byClass() {
		var own []int32
		for _, i := range members {
			if selected[i] {
				own = append(own, i)
			}
		}
		total += coverage(&in, members, own, selected)
	}
	return float64(total) / one
}

// coverage returns the sum over a class of the similarity to the nearest selected example, where own lists the selected ones of
// the class.
func coverage(in *Input, members, own []int32, selected []bool) (total int64) {
	if len(own) == 0 {
		return 0
	}
	facilities, products := units(nil, in, own), make([]float64, strip*len(own))
	for rows := range slices.Chunk(members, strip) {
		multiply(products, units(nil, in, rows), facilities, in.Width)
		for r, i := range rows {
			best := fixed(slices.Max(products[r*len(own) : (r+1)*len(own)]))
			if selected[i] {
				best = one
			}
			total += int64(best)
		}
	}
	return total
}
