package datamap

import (
	"fmt"
	"math"
	"strings"

	"ftft/internal/parallel"
)

// A Metric is a number of an example's training dynamics.
type Metric struct {
	Name    string
	Formula string // with p the gold label's probability, z the logits, y the gold label, E the number of epochs
	Source  string
	Epochs  int  // the fewest that it takes
	HardLow bool // the lowest values are those of the hardest examples; else the highest
	Whole   bool // the values are integers: counts or epochs

	term  func(t *trace, e int) float64 // one epoch's part, where the metric is the mean of these
	of    func(t *trace) float64        // all of it, where it is not, or where that is exact
	given func(m *Map) []float64        // of a map without logits; nil = it takes logits
}

// NeverLearnt is the forgetfulness, in cartography's files, of an example that no epoch predicts correctly.
const NeverLearnt = 1000

// trace is one example over the epochs.
type trace struct {
	first  int // the epoch that the others are counted from
	gold   int32
	logits [][]float32 // [E][C]
	p      []float64   // [E] the gold label's probability
	guess  []int32     // [E] the label predicted
}

// Metrics lists what there is, in the order of reports.
var Metrics = []Metric{
	{
		Name: "confidence", Formula: "mean p over epochs", Source: "Swayamdipta et al., 2020", HardLow: true,
		term:  func(t *trace, e int) float64 { return t.p[e] },
		of:    func(t *trace) float64 { mean, _ := spread(t.p, false); return mean },
		given: func(m *Map) []float64 { return m.Confidence },
	},
	{
		Name: "variability", Formula: "√(mean (p - confidence)²)", Source: "Swayamdipta et al., 2020", Epochs: 2,
		of:    func(t *trace) float64 { _, v := spread(t.p, false); return v },
		given: func(m *Map) []float64 { return m.Variability },
	},
	{
		Name: "variability_sample", Formula: "√(Σ (p - confidence)² / (E - 1))", Source: "Du et al., 2023 (code)", Epochs: 2,
		of: func(t *trace) float64 { _, v := spread(t.p, true); return v },
	},
	{
		Name: "variability_ci", Formula: "√(v + v² / (E - 1)), v = variability²", Source: "Swayamdipta et al., 2020 (code)", Epochs: 2,
		of: func(t *trace) float64 {
			_, deviation := spread(t.p, false)
			v := deviation * deviation
			return math.Sqrt(v + v*v/float64(max(1, len(t.p)-1)))
		},
	},
	{
		Name: "correctness", Formula: "epochs in which y is predicted", Source: "Swayamdipta et al., 2020", HardLow: true, Whole: true,
		of:    func(t *trace) float64 { return t.count(t.right) },
		given: func(m *Map) []float64 { return numbers(m.Correctness) },
	},
	{
		Name: "forgetfulness", Formula: "epochs that predict y followed by one that does not; 1000 if none predicts y", Source: "Toneva et al., 2019; Swayamdipta et al., 2020 (code)", Whole: true,
		of: func(t *trace) float64 {
			if t.count(t.right) == 0 {
				return NeverLearnt
			}
			return t.count(func(e int) bool { return e > 0 && t.right(e-1) && !t.right(e) })
		},
		given: func(m *Map) []float64 {
			values := numbers(m.Forgetfulness)
			for i, never := range m.NeverLearnt {
				if never {
					values[i] = NeverLearnt
				}
			}
			return values
		},
	},
	{
		Name: "threshold_closeness", Formula: "confidence (1 - confidence)", Source: "Swayamdipta et al., 2020",
		of: func(t *trace) float64 { mean, _ := spread(t.p, false); return mean * (1 - mean) },
		given: func(m *Map) []float64 {
			values := make([]float64, m.Len())
			for i, c := range m.Confidence {
				values[i] = c * (1 - c)
			}
			return values
		},
	},
	{
		Name: "aum", Formula: "mean over epochs of z[y] - max z[c], c ≠ y (area under the margin)", Source: "Pleiss et al., 2020", HardLow: true,
		term: func(t *trace, e int) float64 {
			other := math.Inf(-1)
			for c, z := range t.logits[e] {
				if int32(c) != t.gold {
					other = max(other, float64(z))
				}
			}
			return float64(t.logits[e][t.gold]) - other
		},
	},
	{
		Name: "el2n", Formula: "mean over epochs of ‖softmax(z) - onehot(y)‖₂", Source: "Paul et al., 2021 (of one early epoch, over initialisations)",
		term: func(t *trace, e int) float64 {
			sum := 0.0
			for c := range t.logits[e] {
				d := Probability(t.logits[e], int32(c))
				if int32(c) == t.gold {
					d--
				}
				sum += d * d
			}
			return math.Sqrt(sum)
		},
	},
	{
		Name: "loss", Formula: "mean over epochs of -log p", Source: "cross-entropy",
		term: func(t *trace, e int) float64 { return -logProbability(t.logits[e], t.gold) },
	},
	{
		Name: "entropy", Formula: "mean over epochs of -Σ softmax(z) log softmax(z)", Source: "Shannon, 1948",
		term: func(t *trace, e int) float64 {
			sum := 0.0
			for c := range t.logits[e] {
				log := logProbability(t.logits[e], int32(c))
				sum -= math.Exp(log) * log
			}
			return sum
		},
	},
	{
		Name: "first_learnt", Formula: "the first epoch, counted from 0, that predicts y; the one after the last if none does", Source: "Toneva et al., 2019", Whole: true,
		of: func(t *trace) float64 {
			for e := range t.p {
				if t.right(e) {
					return float64(t.first + e)
				}
			}
			return float64(t.first + len(t.p))
		},
	},
	{
		Name: "last_correct", Formula: "the last epoch, counted from 0, that predicts y; -1 if none does", HardLow: true, Whole: true,
		of: func(t *trace) float64 {
			for e := len(t.p) - 1; e >= 0; e-- {
				if t.right(e) {
					return float64(t.first + e)
				}
			}
			return -1
		},
	},
	{
		Name: "flips", Formula: "changes of the predicted label from one epoch to the next", Whole: true,
		of: func(t *trace) float64 {
			return t.count(func(e int) bool { return e > 0 && t.guess[e] != t.guess[e-1] })
		},
	},
}

// value is the metric of an example: the mean of its terms unless it is made otherwise.
func (metric *Metric) value(t *trace) float64 {
	if metric.of != nil {
		return metric.of(t)
	}
	sum := 0.0
	for e := range t.p {
		sum += metric.term(t, e)
	}
	return sum / float64(len(t.p))
}

// numbers are integers as the values of a metric, nil where there are none.
func numbers(integers []int32) []float64 {
	if integers == nil {
		return nil
	}
	values := make([]float64, len(integers))
	for i, v := range integers {
		values[i] = float64(v)
	}
	return values
}

func (t *trace) right(e int) bool { return t.guess[e] == t.gold }

func (t *trace) count(is func(e int) bool) (n float64) {
	for e := range t.p {
		if is(e) {
			n++
		}
	}
	return n
}

// logProbability is the logarithm of the softmax of logits, [C], at one class, exact where the softmax underflows.
func logProbability(logits []float32, class int32) float64 {
	top := float64(logits[Predicted(logits)])
	sum := 0.0
	for _, z := range logits {
		sum += math.Exp(float64(z) - top)
	}
	return float64(logits[class]) - top - math.Log(sum)
}

// FindMetric gives the metric of a name.
func FindMetric(name string) (Metric, error) {
	var names []string
	for _, metric := range Metrics {
		if metric.Name == name {
			return metric, nil
		}
		names = append(names, metric.Name)
	}
	return Metric{}, fmt.Errorf("no such metric: %q; there are %s", name, strings.Join(names, ", "))
}

// Check says whether the map has what a metric takes.
func (m *Map) Check(metric Metric) error {
	if !m.HasLogits() {
		if metric.given == nil {
			return fmt.Errorf("the source holds measures and no logits, which %s is computed from", metric.Name)
		}
		if metric.given(m) == nil {
			return fmt.Errorf("the source holds no %s, and no logits to compute it from", metric.Name)
		}
		return nil
	}
	if m.Epochs < metric.Epochs {
		return fmt.Errorf("%s takes %d epochs, and there is %d", metric.Name, metric.Epochs, m.Epochs)
	}
	return nil
}

// Values is a metric of every example on the map, which must have what it takes: see Check.
func (m *Map) Values(metric Metric) []float64 {
	if !m.HasLogits() {
		return metric.given(m)
	}
	values := make([]float64, m.Len())
	parallel.InBlocks(m.Len(), blockSize, func(_, from, to int) {
		t := m.newTrace()
		for i := from; i < to; i++ {
			m.trace(t, i)
			values[i] = metric.value(t)
		}
	})
	return values
}

// Explanation is what a metric of one example is computed from.
type Explanation struct {
	Metric    Metric
	GUID      string
	Gold      int32       // as the following, without logits there is none
	Logits    [][]float32 // [E][C]
	PGold     []float64   // [E]
	Predicted []int32     // [E]
	Terms     []float64   // [E] of which the metric is the mean; nil where it is made otherwise
	Value     float64
}

// Explain shows the numbers that a metric of example i is made of, on a map that has them: see Check.
func (m *Map) Explain(metric Metric, i int) Explanation {
	if !m.HasLogits() {
		return Explanation{Metric: metric, GUID: m.GUIDs[i], Value: metric.given(m)[i]}
	}
	t := m.newTrace()
	m.trace(t, i)
	x := Explanation{Metric: metric, GUID: m.GUIDs[i], Gold: t.gold, Logits: t.logits, PGold: t.p, Predicted: t.guess, Value: metric.value(t)}
	for e := range t.p {
		if metric.term != nil {
			x.Terms = append(x.Terms, metric.term(t, e))
		}
	}
	return x
}

func (m *Map) newTrace() *trace {
	return &trace{first: m.First, logits: make([][]float32, m.Epochs), p: make([]float64, m.Epochs), guess: make([]int32, m.Epochs)}
}

func (m *Map) trace(t *trace, i int) {
	t.gold = m.Gold[i]
	for e := range m.Epochs {
		t.logits[e] = m.input.logits(e, m.Rows[i])
		t.p[e] = Probability(t.logits[e], t.gold)
		t.guess[e] = Predicted(t.logits[e])
	}
}
