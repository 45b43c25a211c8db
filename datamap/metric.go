package datamap

import (
	"fmt"
	"math"
	"strings"
)

// A Metric is a number of an example's training dynamics.
type Metric struct {
	Name    string
	Formula string // with p the gold label's probability, z the logits, y the gold label, E the number of epochs
	Source  string
	Epochs  int // the fewest that it takes
	of      func(t *trace) float64
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
	{"confidence", "mean p over epochs", "Swayamdipta et al., 2020", 1, func(t *trace) float64 { mean, _ := spread(t.p, false); return mean }},
	{"variability", "√(mean (p - confidence)²)", "Swayamdipta et al., 2020", 2, func(t *trace) float64 { _, v := spread(t.p, false); return v }},
	{"variability_sample", "√(Σ (p - confidence)² / (E - 1))", "Du et al., 2023 (code)", 2, func(t *trace) float64 { _, v := spread(t.p, true); return v }},
	{"variability_ci", "√(v + v² / (E - 1)), v = variability²", "Swayamdipta et al., 2020 (code)", 2, func(t *trace) float64 {
		_, deviation := spread(t.p, false)
		v := deviation * deviation
		return math.Sqrt(v + v*v/float64(max(1, len(t.p)-1)))
	}},
	{"correctness", "epochs in which y is predicted", "Swayamdipta et al., 2020", 1, func(t *trace) float64 {
		return t.count(t.right)
	}},
	{"forgetfulness", "epochs that predict y followed by one that does not; 1000 if none predicts y", "Toneva et al., 2019; Swayamdipta et al., 2020 (code)", 1, func(t *trace) float64 {
		if t.count(t.right) == 0 {
			return NeverLearnt
		}
		return t.count(func(e int) bool { return e > 0 && t.right(e-1) && !t.right(e) })
	}},
	{"threshold_closeness", "confidence (1 - confidence)", "Swayamdipta et al., 2020", 1, func(t *trace) float64 {
		mean, _ := spread(t.p, false)
		return mean * (1 - mean)
	}},
	{"aum", "mean over epochs of z[y] - max z[c], c ≠ y (area under the margin)", "Pleiss et al., 2020", 1, func(t *trace) float64 {
		return t.mean(func(e int) float64 {
			other := math.Inf(-1)
			for c, z := range t.logits[e] {
				if int32(c) != t.gold {
					other = max(other, float64(z))
				}
			}
			return float64(t.logits[e][t.gold]) - other
		})
	}},
	{"el2n", "mean over epochs of ‖softmax(z) - onehot(y)‖₂", "Paul et al., 2021 (of one early epoch, over initialisations)", 1, func(t *trace) float64 {
		return t.mean(func(e int) float64 {
			sum := 0.0
			for c := range t.logits[e] {
				d := Probability(t.logits[e], int32(c))
				if int32(c) == t.gold {
					d--
				}
				sum += d * d
			}
			return math.Sqrt(sum)
		})
	}},
	{"loss", "mean over epochs of -log p", "cross-entropy", 1, func(t *trace) float64 {
		return t.mean(func(e int) float64 { return -logProbability(t.logits[e], t.gold) })
	}},
	{"entropy", "mean over epochs of -Σ softmax(z) log softmax(z)", "Shannon, 1948", 1, func(t *trace) float64 {
		return t.mean(func(e int) float64 {
			sum := 0.0
			for c := range t.logits[e] {
				log := logProbability(t.logits[e], int32(c))
				sum -= math.Exp(log) * log
			}
			return sum
		})
	}},
	{"first_learnt", "the first epoch, counted from 0, that predicts y; the one after the last if none does", "Toneva et al., 2019", 1, func(t *trace) float64 {
		for e := range t.p {
			if t.right(e) {
				return float64(t.first + e)
			}
		}
		return float64(t.first + len(t.p))
	}},
	{"last_correct", "the last epoch, counted from 0, that predicts y; -1 if none does", "", 1, func(t *trace) float64 {
		for e := len(t.p) - 1; e >= 0; e-- {
			if t.right(e) {
				return float64(t.first + e)
			}
		}
		return -1
	}},
	{"flips", "changes of the predicted label from one epoch to the next", "", 1, func(t *trace) float64 {
		return t.count(func(e int) bool { return e > 0 && t.guess[e] != t.guess[e-1] })
	}},
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

func (t *trace) mean(of func(e int) float64) float64 {
	sum := 0.0
	for e := range t.p {
		sum += of(e)
	}
	return sum / float64(len(t.p))
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

// Check says whether the map has the epochs that a metric takes.
func (m *Map) Check(metric Metric) error {
	if m.Epochs < metric.Epochs {
		return fmt.Errorf("%s takes %d epochs, and there is %d", metric.Name, metric.Epochs, m.Epochs)
	}
	return nil
}

// Values is a metric of every example on the map, which must have the epochs that it takes.
func (m *Map) Values(metric Metric) []float64 {
	values := make([]float64, m.Len())
	inBlocks(m.Len(), func(_, from, to int) {
		t := m.newTrace()
		for i := from; i < to; i++ {
			m.trace(t, i)
			values[i] = metric.of(t)
		}
	})
	return values
}

// Explanation is what a metric of one example is computed from.
type Explanation struct {
	Metric    Metric
	GUID      string
	Gold      int32
	Logits    [][]float32 // [E][C]
	PGold     []float64   // [E]
	Predicted []int32     // [E]
	Value     float64
}

// Explain shows the numbers that a metric of example i is made of.
func (m *Map) Explain(metric Metric, i int) Explanation {
	t := m.newTrace()
	m.trace(t, i)
	return Explanation{metric, m.GUIDs[i], t.gold, t.logits, t.p, t.guess, metric.of(t)}
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
