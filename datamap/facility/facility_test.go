package facility

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// clustered returns n random vectors around centres, most of them near a few, in the given number of classes.
func clustered(n, width, centres, classes int) Input {
	r := rand.New(rand.NewPCG(1, 2))
	middle := make([]float64, centres*width)
	for i := range middle {
		middle[i] = r.NormFloat64()
	}
	in := Input{Width: width}
	for i := range n {
		c := int(float64(centres) * math.Pow(r.Float64(), 4))
		for k := range width {
			in.Vectors = append(in.Vectors, float32(middle[c*width+k]+0.3*r.NormFloat64()))
		}
		in.Classes = append(in.Classes, int32(i%classes))
		in.GUIDs = append(in.GUIDs, fmt.Sprintf("g%05d", (i*7919)%100_000))
	}
	return in
}

// permuted returns the same data in another order.
func permuted(in Input, order []int) Input {
	out := Input{Width: in.Width}
	for _, i := range order {
		out.Vectors = append(out.Vectors, in.vector(int32(i))...)
		out.Classes, out.GUIDs = append(out.Classes, in.Classes[i]), append(out.GUIDs, in.GUIDs[i])
	}
	return out
}

// part returns the examples from..to-1.
func part(in Input, from, to int) Input {
	return Input{in.Vectors[from*in.Width : to*in.Width], in.Width, in.Classes[from:to], in.GUIDs[from:to]}
}

func ranked(t testing.TB, in Input, seed int64) []float64 {
	keys, err := Rank(in, seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// prefix returns the indices of the first count examples by their keys, ties by guid.
func prefix(in Input, keys []float64, count int) []int32 {
	order := make([]int32, len(keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(keys[a], keys[b]), cmp.Compare(in.GUIDs[a], in.GUIDs[b]))
	})
	return order[:count]
}

// plain returns the greedy order of all examples as one block, by the definition: it recomputes all gains at every step.
func plain(in Input, count int) (order []int32) {
	n := len(in.GUIDs)
	length := make([]float64, n)
	for i := range n {
		for _, v := range in.vector(int32(i)) {
			length[i] += float64(v) * float64(v)
		}
	}
	similarity := make([][]float64, n)
	for i := range n {
		similarity[i] = make([]float64, n)
		for j := range n {
			dot := 0.0
			for k, v := range in.vector(int32(i)) {
				dot += float64(v) * float64(in.vector(int32(j))[k])
			}
			if dot > 0 {
				similarity[i][j] = dot / math.Sqrt(length[i]*length[j])
			}
		}
		similarity[i][i] = 1
	}
	best, taken := make([]float64, n), make([]bool, n)
	for range count {
		next, most := -1, 0.0
		for j := range n {
			if taken[j] {
				continue
			}
			gain := 0.0
			for i, s := range similarity[j] {
				gain += max(s-best[i], 0)
			}
			if next < 0 || gain > most || gain == most && in.GUIDs[j] < in.GUIDs[next] {
				next, most = j, gain
			}
		}
		order, taken[next] = append(order, int32(next)), true
		for i, s := range similarity[next] {
			best[i] = max(best[i], s)
		}
	}
	return order
}

func TestOneBlockIsInPlainGreedyOrder(t *testing.T) {
	for _, width := range []int{3, 40, 384} { // in few dimensions most are near many others
		in := clustered(500, width, 20, 1)
		if got, want := prefix(in, ranked(t, in, 1), 500), plain(in, 500); !slices.Equal(got, want) {
			t.Errorf("width %d: order %v, want %v", width, got, want)
		}
	}
}

func TestTiesAreBrokenByGuid(t *testing.T) {
	// Two pairs of equal directions, their opposites, and a vector of zeros, which is similar to itself alone.
	in := Input{Width: 2, Classes: make([]int32, 7), GUIDs: []string{"f", "b", "e", "a", "d", "c", "0"},
		Vectors: []float32{0, 1, 0, 3, 2, 0, 5, 0, -1, 0, 0, -1, 0, 0}}
	var order string
	for _, i := range prefix(in, ranked(t, in, 1), 7) {
		order += in.GUIDs[i]
	}
	if order != "ab0cdef" {
		t.Errorf("order %s", order)
	}
}

// Keys depend neither on the order of the data nor on the examples of other classes.
func TestKeysDoNotDependOnTheOrderOfTheData(t *testing.T) {
	in := clustered(9500, 4, 30, 2) // two blocks per class
	want := ranked(t, in, 3)
	order := rand.New(rand.NewPCG(3, 4)).Perm(len(want))
	for k, key := range ranked(t, permuted(in, order), 3) {
		if key != want[order[k]] {
			t.Fatalf("guid %s has the key %v, and %v in another order", in.GUIDs[order[k]], want[order[k]], key)
		}
	}
	first := slices.DeleteFunc(order, func(i int) bool { return in.Classes[i] == 1 })
	for k, key := range ranked(t, permuted(in, first), 3) {
		if key != want[first[k]] {
			t.Fatalf("guid %s has the key %v, and %v alone", in.GUIDs[first[k]], want[first[k]], key)
		}
	}
	if slices.Equal(want, ranked(t, in, 4)) {
		t.Error("another seed gives the same keys")
	}
}

// Any prefix takes from all classes and blocks in proportion, and the blocks of a class are equally large.
func TestPrefixesAreProportional(t *testing.T) {
	in := clustered(10_001, 2, 30, 2)
	for i := range in.Classes {
		in.Classes[i] = min(int32(i%5), 1) // 2,001 and 8,000 examples
	}
	blocks, err := in.blocks(1)
	if err != nil {
		t.Fatal(err)
	}
	keys := ranked(t, in, 1)
	if len(blocks) != 3 || len(blocks[0]) != 2001 || len(blocks[1]) != 4000 || len(blocks[2]) != 4000 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for _, count := range []int{1, 10, 333, 5000, 10_000} {
		taken := map[int32]bool{}
		for _, i := range prefix(in, keys, count) {
			taken[i] = true
		}
		for _, b := range blocks {
			own := 0
			for _, i := range b {
				if taken[i] {
					own++
				}
			}
			if share := float64(len(b)) * float64(count) / 10_001; math.Abs(float64(own)-share) > 1 {
				t.Errorf("of the first %d, %d are of a block of %d", count, own, len(b))
			}
		}
	}
}

// Blocks lose little of what greedy selection gains. Here they have a thousand examples each, as separate classes.
func TestBlocksAreNearlyAsGoodAsTheWhole(t *testing.T) {
	const n, size, count = 3000, 1000, 990
	in := clustered(n, 64, 400, 1)
	var blocks []int32
	for from := 0; from < n; from += size {
		p := part(in, from, from+size)
		for _, i := range prefix(p, ranked(t, p, 1), count/3) {
			blocks = append(blocks, i+int32(from))
		}
	}
	whole := prefix(in, ranked(t, in, 1), count)
	random := rand.New(rand.NewPCG(5, 6)).Perm(n)[:count]
	var drawn []int32
	for _, i := range random {
		drawn = append(drawn, int32(i))
	}
	best := Objective(in, whole)
	share := func(chosen []int32) float64 { return Objective(in, chosen) / best }
	t.Logf("of the whole's objective, %.1f of %d: blocks of %d have %.4f, a random selection %.4f", best, n, size, share(blocks), share(drawn))
	if share(blocks) < 0.98 || share(drawn) > 0.96 {
		t.Errorf("blocks have %v of the whole's objective, a random selection %v", share(blocks), share(drawn))
	}
}

func TestObjectiveFollowsTheDefinition(t *testing.T) {
	in := clustered(300, 7, 10, 3)
	copy(in.Vectors, make([]float32, 14)) // two vectors of zeros
	chosen := []int32{0, 3, 5, 7, 100, 200}
	want := 0.0
	for i := range int32(300) {
		best := 0.0
		for _, j := range chosen {
			if in.Classes[i] != in.Classes[j] {
				continue
			}
			var dot, a, b float64
			for k, v := range in.vector(i) {
				w := in.vector(j)[k]
				dot, a, b = dot+float64(v)*float64(w), a+float64(v)*float64(v), b+float64(w)*float64(w)
			}
			if i == j {
				best = 1
			} else if dot > 0 {
				best = max(best, dot/math.Sqrt(a*b))
			}
		}
		want += best
	}
	if got := Objective(in, chosen); math.Abs(got-want) > 1e-5 {
		t.Errorf("objective %v, want %v", got, want)
	}
	if got := Objective(in, nil); got != 0 {
		t.Errorf("the objective of nothing is %v", got)
	}
}

func TestBitsDoNotDependOnThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	in := clustered(9000, 16, 50, 2)
	var want []float64
	for _, threads := range []int{1, 2, 3} {
		runtime.GOMAXPROCS(threads)
		if keys := ranked(t, in, 1); want == nil {
			want = keys
		} else if !slices.Equal(keys, want) {
			t.Errorf("%d threads give other keys", threads)
		}
	}
}

func TestProgressCountsExamples(t *testing.T) {
	in := clustered(9000, 2, 50, 2)
	var seen []int
	if _, err := Rank(in, 1, func(done, total int) {
		if total != 9000 {
			t.Errorf("%d in all", total)
		}
		seen = append(seen, done)
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(seen, []int{2250, 4500, 6750, 9000}) {
		t.Errorf("progress %v", seen)
	}
}

func TestRankRefusesBadInput(t *testing.T) {
	for want, damage := range map[string]func(in *Input){
		"guid g07919: value 1 of its vector is NaN":  func(in *Input) { in.Vectors[5] = float32(math.NaN()) },
		"guid g15838: value 0 of its vector is -Inf": func(in *Input) { in.Vectors[8] = float32(math.Inf(-1)) },
		"guid g00000 occurs twice":                   func(in *Input) { in.GUIDs[2] = in.GUIDs[0] },
		"10 guids but 9 classes":                     func(in *Input) { in.Classes = in.Classes[:9] },
		"the vectors hold 39 values":                 func(in *Input) { in.Vectors = in.Vectors[:39] },
		"the vectors hold 40 values; 10 examples of": func(in *Input) { in.Width = 0 },
	} {
		in := clustered(10, 4, 2, 2)
		damage(&in)
		if _, err := Rank(in, 1, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if keys := ranked(t, Input{Width: 1}, 1); len(keys) != 0 {
		t.Errorf("keys of no examples: %v", keys)
	}
	in := clustered(10, 4, 2, 1)
	in.Vectors[3], in.Vectors[4] = math.MaxFloat32, math.SmallestNonzeroFloat32
	ranked(t, in, 1)
}

// BenchmarkRank ranks six blocks of vectors as wide as MiniLM's.
func BenchmarkRank(b *testing.B) {
	in := clustered(17_165, 384, 500, 3)
	for b.Loop() {
		ranked(b, in, 1)
	}
}
