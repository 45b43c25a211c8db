// Package datamap turns training dynamics, the logits of every training example in every epoch, into a data map:
// per example the confidence, variability, correctness and forgetfulness of Swayamdipta et al. (2020, Dataset
// Cartography), and from these the regions, the selections and the health figures of FTFT (Du, Gatt and Nguyen,
// 2023). It is pure: slices in, slices out.
package datamap

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"ftft/internal/parallel"
)

// Input is what a map is made from. Rows are those of the full training set; an example not trained on holds NaN.
type Input struct {
	GUIDs   []string    // [N]
	Gold    []int32     // [N], class indices
	Labels  []string    // [C] the classes' names; nil where nobody knows them
	Classes int         // C
	Epochs  [][]float32 // [E][N*C] logits, row-major, of complete epochs; NaN = not seen
}

// Options choose among the forms in use.
type Options struct {
	Sample bool // the sample form of the standard deviation (FTFT's code), not the population's (cartography's)
}

// Map holds one column a measure; index i of each is the same example. Rows not seen in one of the epochs are left
// out, so i counts the examples that are on the map: Rows gives their rows in the input.
type Map struct {
	Epochs, Classes int
	First           int      // the epoch of the dynamics, from 0, that the map's first is: see Between
	Rows            []int32  // ascending
	GUIDs           []string // distinct
	Gold            []int32
	Labels          []string    // [C] the classes' names; nil where nobody knows them
	Confidence      []float64   // mean over the epochs of the gold label's probability
	Variability     []float64   // its standard deviation; 0 of a single epoch, where there is none
	Correctness     []int32     // epochs predicted correctly
	Forgetfulness   []int32     // transitions from correct to incorrect
	NeverLearnt     []bool      // correct in no epoch
	PGold           [][]float32 // [E][n] the gold label's probability
	Accuracy        []float64   // [E] share predicted correctly, in training

	input                 Input // without epochs: see NewGiven
	options               Options
	most                  int32           // that Correctness can be
	ambiguous, hard, easy func() *Ranking // each sorted when first asked for
}

// New computes a map. Shapes that disagree, gold labels out of range and infinite logits are errors.
func New(in Input, o Options) (*Map, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	m := &Map{input: in, options: o, Epochs: len(in.Epochs), Classes: in.Classes, Labels: in.Labels, Rows: in.seen()}
	n := len(m.Rows)
	m.GUIDs, m.Gold = make([]string, n), make([]int32, n)
	m.Confidence, m.Variability = make([]float64, n), make([]float64, n)
	m.Correctness, m.Forgetfulness, m.NeverLearnt = make([]int32, n), make([]int32, n), make([]bool, n)
	m.PGold, m.Accuracy = make([][]float32, m.Epochs), make([]float64, m.Epochs)
	for e := range m.PGold {
		m.PGold[e] = make([]float32, n)
	}
	counts, faults := make([][]int, parallel.Blocks(n, blockSize)), make([]error, parallel.Blocks(n, blockSize))
	parallel.InBlocks(n, blockSize, func(block, from, to int) { counts[block], faults[block] = m.measure(&in, from, to, o.Sample) })
	for block, right := range counts {
		if faults[block] != nil {
			return nil, faults[block]
		}
		for e, count := range right {
			m.Accuracy[e] += float64(count)
		}
	}
	for e := range m.Accuracy {
		m.Accuracy[e] /= float64(max(n, 1))
	}
	m.prepare()
	return m, nil
}

// prepare sees to the orders that regions are made of.
func (m *Map) prepare() {
	if m.most = int32(m.Epochs); m.most == 0 {
		m.most = max(1, slices.Max(append([]int32{0}, m.Correctness...)))
	}
	m.ambiguous = sync.OnceValue(func() *Ranking { return rank(m, negated(m.Variability)) })
	m.hard = sync.OnceValue(func() *Ranking { return rank(m, m.Confidence) })
	m.easy = sync.OnceValue(func() *Ranking { return rank(m, negated(m.Confidence)) })
}

// Between is the map of the epochs from one, counted from 0, up to but without another; -1 stands for the end.
func (m *Map) Between(from, to int) (*Map, error) {
	if !m.HasLogits() {
		return nil, errors.New("the source holds measures over all epochs, and not the logits of each")
	}
	if to < 0 {
		to = m.Epochs
	}
	if from < 0 || from >= to || to > m.Epochs {
		return nil, &NoEpoch{from, to, m.Epochs}
	}
	in := m.input
	in.Epochs = in.Epochs[from:to]
	part, err := New(in, m.options)
	if err == nil {
		part.First = m.First + from
	}
	return part, err
}

// NoEpoch is a range of epochs that holds none, or more than there are.
type NoEpoch struct{ From, To, Count int }

func (e *NoEpoch) Error() string {
	return fmt.Sprintf("there is no epoch from %d on, before %d: there are %d, counted from 0", e.From, e.To, e.Count)
}

// Sample says whether Variability is the sample form.
func (m *Map) Sample() bool { return m.options.Sample }

// measure fills the columns of the examples from one on up to another, and counts those predicted correctly by epoch.
func (m *Map) measure(in *Input, from, to int, sample bool) (right []int, err error) {
	probabilities, right := make([]float64, m.Epochs), make([]int, m.Epochs)
	for i := from; i < to; i++ {
		row := m.Rows[i]
		m.GUIDs[i], m.Gold[i] = in.GUIDs[row], in.Gold[row]
		wasCorrect := false
		for e := range in.Epochs {
			logits := in.logits(e, row)
			probabilities[e] = Probability(logits, m.Gold[i])
			if math.IsNaN(probabilities[e]) {
				return nil, fmt.Errorf("example %q (row %d), epoch %d: the logits %v are not finite: the run diverged; try a smaller learning rate", m.GUIDs[i], row, e, logits)
			}
			m.PGold[e][i] = float32(probabilities[e])
			correct := Predicted(logits) == m.Gold[i]
			switch {
			case correct:
				m.Correctness[i]++
				right[e]++
			case wasCorrect:
				m.Forgetfulness[i]++
			}
			wasCorrect = correct
		}
		m.NeverLearnt[i] = m.Correctness[i] == 0
		m.Confidence[i], m.Variability[i] = spread(probabilities, sample)
	}
	return right, nil
}

// blockSize is the number of examples that are worked on at a time, beside others.
const blockSize = 1 << 11

// Predicted is the label that each example was predicted to have in the last epoch, on a map with logits.
func (m *Map) Predicted() []int32 {
	predicted := make([]int32, m.Len())
	for i, row := range m.Rows {
		predicted[i] = Predicted(m.input.logits(m.Epochs-1, row))
	}
	return predicted
}

// Total is the number of rows that the map was made of, those left out included.
func (m *Map) Total() int {
	if !m.HasLogits() {
		return m.Len()
	}
	return len(m.input.GUIDs)
}

// Logits are an epoch's, [Total, Classes], row-major, as they were given; NaN = not seen.
func (m *Map) Logits(epoch int) []float32 { return m.input.Epochs[epoch] }

// Len is the number of examples on the map.
func (m *Map) Len() int { return len(m.Rows) }

// Blank marks a row as not seen, which leaves it out of the map, and overwrites its logits in every epoch.
func (in *Input) Blank(row int) {
	for e := range in.Epochs {
		logits := in.logits(e, int32(row))
		for c := range logits {
			logits[c] = float32(math.NaN())
		}
	}
}

func (in *Input) check() error {
	n := len(in.GUIDs)
	if len(in.Gold) != n {
		return fmt.Errorf("%d guids and %d gold labels: they are of different data", n, len(in.Gold))
	}
	if in.Labels != nil && len(in.Labels) != in.Classes {
		return fmt.Errorf("%d names for %d classes", len(in.Labels), in.Classes)
	}
	if in.Classes < 2 {
		return fmt.Errorf("%d classes, where a map needs at least two", in.Classes)
	}
	if len(in.Epochs) == 0 {
		return fmt.Errorf("no complete epoch: a map needs one, and variability two")
	}
	for e, logits := range in.Epochs {
		if len(logits) != n*in.Classes {
			return fmt.Errorf("epoch %d holds %d logits, where %d examples of %d classes have %d", e, len(logits), n, in.Classes, n*in.Classes)
		}
	}
	for row, gold := range in.Gold {
		if gold < 0 || int(gold) >= in.Classes {
			return fmt.Errorf("example %q (row %d): gold label %d, where the classes are 0 to %d", in.GUIDs[row], row, gold, in.Classes-1)
		}
	}
	return nil
}

// seen gives the rows that hold logits in every epoch.
func (in *Input) seen() []int32 {
	parts := make([][]int32, parallel.Blocks(len(in.GUIDs), blockSize))
	parallel.InBlocks(len(in.GUIDs), blockSize, func(block, from, to int) {
		rows := make([]int32, 0, to-from)
		for row := int32(from); row < int32(to); row++ {
			everywhere := true
			for e := range in.Epochs {
				everywhere = everywhere && Seen(in.logits(e, row))
			}
			if everywhere {
				rows = append(rows, row)
			}
		}
		parts[block] = rows
	})
	return slices.Concat(parts...)
}

func (in *Input) logits(epoch int, row int32) []float32 {
	return in.Epochs[epoch][int(row)*in.Classes : (int(row)+1)*in.Classes]
}

// Seen says whether an example's logits, [C], have been written: none is NaN.
func Seen(logits []float32) bool {
	for _, logit := range logits {
		if logit != logit {
			return false
		}
	}
	return true
}

// Probability is the softmax of logits, [C], at one class, in float64; NaN if a logit is infinite.
func Probability(logits []float32, class int32) float64 {
	top := math.Inf(-1)
	for _, logit := range logits {
		if math.IsInf(float64(logit), 0) {
			return math.NaN()
		}
		top = max(top, float64(logit))
	}
	sum, own := 0.0, 0.0
	for c, logit := range logits {
		e := math.Exp(float64(logit) - top)
		sum += e
		if c == int(class) {
			own = e
		}
	}
	return own / sum
}

// Predicted is the class of the greatest logit, the first of equals.
func Predicted(logits []float32) int32 {
	best := 0
	for class, logit := range logits {
		if logit > logits[best] {
			best = class
		}
	}
	return int32(best)
}

// After returns the confidence and variability of example i over the first epochs of the map, from PGold.
func (m *Map) After(epochs, i int) (confidence, variability float64) {
	probabilities := make([]float64, epochs)
	for e := range probabilities {
		probabilities[e] = float64(m.PGold[e][i])
	}
	return spread(probabilities, m.options.Sample)
}

// spread gives the mean and the standard deviation of values.
func spread(values []float64, sample bool) (mean, deviation float64) {
	n := float64(len(values))
	for _, value := range values {
		mean += value / n
	}
	if len(values) == 1 {
		return values[0], 0
	}
	sum := 0.0
	for _, value := range values {
		sum += (value - mean) * (value - mean)
	}
	if sample {
		n--
	}
	return mean, math.Sqrt(sum / n)
}
