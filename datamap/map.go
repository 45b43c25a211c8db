// Package datamap turns training dynamics, the logits of every training example in every epoch, into a data map. For each
// example it computes the confidence, variability, correctness and forgetfulness of Swayamdipta et al. (2020, Dataset
// Cartography), and from these the regions, the selections and the health figures of FTFT (Du, Gatt and Nguyen, 2023).
//
// The package is pure: slices in, slices out, no input or output. Of the project it may import only internal/parallel.
// Begin with Input, New and Map; Metrics, Strategies and Triages are the tables to extend.
package datamap

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"ftft/internal/parallel"
)

// Input is what New computes a map from. Rows are those of the full training set; the logits of an example that an epoch did
// not see are NaN.
type Input struct {
	GUIDs   []string    // [N]
	Gold    []int32     // [N] class indices
	Labels  []string    // [C] the class names; nil = unknown
	Classes int         // C
	Epochs  [][]float32 // [E][N*C] logits of complete epochs, row-major; NaN = not seen

	probabilities [][]float32 // [E][N*C] of ReadAsProbabilities; nil = the softmax of Epochs
}

// Options select between the forms of a metric.
type Options struct {
	Sample bool // the sample standard deviation (FTFT's code) instead of the population's (cartography's)
}

// Map holds one column per metric; index i of every column is the same example. A row that some epoch did not see is not on
// the map, so n may be less than the N of the input: Rows holds the row of each example.
type Map struct {
	Epochs, Classes int
	First           int         // the number of the map's first epoch in the training dynamics, from 0; see Between
	Rows            []int32     // [n] ascending
	GUIDs           []string    // [n] distinct
	Gold            []int32     // [n]
	Labels          []string    // [C] the class names; nil = unknown
	Confidence      []float64   // [n] mean over the epochs of the gold label's probability
	Variability     []float64   // [n] its standard deviation; 0 for a single epoch, which has none
	Correctness     []int32     // [n] number of epochs that predict the gold label
	Forgetfulness   []int32     // [n] number of transitions from a correct prediction to an incorrect one
	NeverLearnt     []bool      // [n] whether no epoch predicts the gold label
	PGold           [][]float32 // [E][n] the gold label's probability
	Accuracy        []float64   // [E] share of the examples predicted correctly, in training

	input                 Input // without epochs if the map is made from Measures
	options               Options
	maxCorrectness        int32
	ambiguous, hard, easy func() *Ranking // each sorted on its first use
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

// prepare sets up the rankings that regions are made from.
func (m *Map) prepare() {
	if m.maxCorrectness = int32(m.Epochs); m.maxCorrectness == 0 {
		m.maxCorrectness = max(1, slices.Max(append([]int32{0}, m.Correctness...)))
	}
	m.ambiguous = sync.OnceValue(func() *Ranking { return rank(m, negated(m.Variability)) })
	m.hard = sync.OnceValue(func() *Ranking { return rank(m, m.Confidence) })
	m.easy = sync.OnceValue(func() *Ranking { return rank(m, negated(m.Confidence)) })
}

// Between returns the map of the epochs from..to-1, counted from 0; a to of -1 stands for the end. It fails without logits,
// and with a *NoEpoch if the range is empty or exceeds the epochs.
func (m *Map) Between(from, to int) (*Map, error) {
	if !m.HasLogits() {
		return nil, errors.New("this source has only summaries; per-epoch maps are unavailable")
	}
	if to < 0 {
		to = m.Epochs
	}
	if from < 0 || from >= to || to > m.Epochs {
		return nil, &NoEpoch{from, to, m.Epochs}
	}
	in := m.input
	in.Epochs = in.Epochs[from:to]
	if in.probabilities != nil {
		in.probabilities = in.probabilities[from:to]
	}
	part, err := New(in, m.options)
	if err == nil {
		part.First = m.First + from
	}
	return part, err
}

// NoEpoch is the error for a range of epochs [From, To) that is empty or exceeds the Count that exist.
type NoEpoch struct{ From, To, Count int }

func (e *NoEpoch) Error() string {
	return fmt.Sprintf("epochs %d:%d are empty or out of range: there are %d, counted from 0", e.From, e.To, e.Count)
}

// Sample reports whether Variability is the sample standard deviation.
func (m *Map) Sample() bool { return m.options.Sample }

// measure fills the columns of the examples from..to-1 and counts the correct predictions of each epoch, [E].
func (m *Map) measure(in *Input, from, to int, sample bool) (right []int, err error) {
	probabilities, right := make([]float64, m.Epochs), make([]int, m.Epochs)
	for i := from; i < to; i++ {
		row := m.Rows[i]
		m.GUIDs[i], m.Gold[i] = in.GUIDs[row], in.Gold[row]
		wasCorrect := false
		for e := range in.Epochs {
			logits := in.logits(e, row)
			probabilities[e] = in.probability(e, row, m.Gold[i])
			if math.IsNaN(probabilities[e]) {
				return nil, fmt.Errorf("example %q (row %d), epoch %d: the logits %s are not finite: the run diverged; try a smaller learning rate",
					m.GUIDs[i], row, e, numberList(logits))
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

// blockSize is the number of examples that one piece of parallel work covers.
const blockSize = 1 << 11

// Predicted returns the label predicted for each example, [n], in the last epoch. The map must have logits.
func (m *Map) Predicted() []int32 {
	predicted := make([]int32, m.Len())
	for i, row := range m.Rows {
		predicted[i] = Predicted(m.input.logits(m.Epochs-1, row))
	}
	return predicted
}

// Total is the number of rows that the map was made from, including those that are not on it.
func (m *Map) Total() int {
	if !m.HasLogits() {
		return m.Len()
	}
	return len(m.input.GUIDs)
}

// Logits returns an epoch's logits as they were given, [Total, Classes], row-major; NaN = not seen.
func (m *Map) Logits(epoch int) []float32 { return m.input.Epochs[epoch] }

// Index returns the index of the example in a row. ok is false if the row is not on the map.
func (m *Map) Index(row int32) (index int32, ok bool) {
	i, ok := slices.BinarySearch(m.Rows, row)
	return int32(i), ok
}

// Len is the number of examples on the map.
func (m *Map) Len() int { return len(m.Rows) }

// Blank marks a row as not seen: it overwrites the row's logits in every epoch with NaN, which keeps it off the map.
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
		return fmt.Errorf("%d guids but %d gold labels: they describe different data", n, len(in.Gold))
	}
	if in.Labels != nil && len(in.Labels) != in.Classes {
		return fmt.Errorf("%d label names for %d classes", len(in.Labels), in.Classes)
	}
	if in.Classes < 2 {
		return fmt.Errorf("%d classes: a map needs at least two", in.Classes)
	}
	if len(in.Epochs) == 0 {
		return fmt.Errorf("no complete epoch: a map needs one, variability two")
	}
	for e, logits := range in.Epochs {
		if len(logits) != n*in.Classes {
			return fmt.Errorf("epoch %d holds %d logits; %d examples of %d classes need %d", e, len(logits), n, in.Classes, n*in.Classes)
		}
	}
	for row, gold := range in.Gold {
		if gold < 0 || int(gold) >= in.Classes {
			return fmt.Errorf("example %q (row %d) has gold label %d; classes are 0 to %d", in.GUIDs[row], row, gold, in.Classes-1)
		}
	}
	return nil
}

// seen returns the rows that every epoch has seen, ascending.
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

// Seen reports whether an example's logits, [C], have been written: none of them is NaN.
func Seen(logits []float32) bool {
	for _, logit := range logits {
		if logit != logit {
			return false
		}
	}
	return true
}

// Probability returns the softmax of logits, [C], at one class, in float64. It is NaN if a logit is infinite.
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

// Predicted returns the class of the greatest of logits, [C], and the first such class if several are equal.
func Predicted(logits []float32) int32 {
	best := 0
	for class, logit := range logits {
		if logit > logits[best] {
			best = class
		}
	}
	return int32(best)
}

// After returns the confidence and variability of example i over the map's first epochs (at least 1), computed from PGold.
func (m *Map) After(epochs, i int) (confidence, variability float64) {
	probabilities := make([]float64, epochs)
	for e := range probabilities {
		probabilities[e] = float64(m.PGold[e][i])
	}
	return spread(probabilities, m.options.Sample)
}

// spread returns the mean and the standard deviation of values.
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
