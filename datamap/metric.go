package datamap

import (
	"fmt"
	"math"
	"strings"

	"ftft/internal/parallel"
)

// A Metric is one number computed from an example's training dynamics.
type Metric struct {
	Name    string
	Formula string // p: the gold label's probability, z: the logits, y: the gold label, E: the number of epochs
	Source  string // the paper that defines it
	Epochs  int    // the fewest epochs that it needs
	HardLow bool   // whether the hardest examples have the lowest values; otherwise the highest
	Whole   bool   // whether the values are integers: counts or epochs
	Never   string // the words for the value of an example that no epoch predicts correctly; "" = it is a number like any other

	// A metric with logits is computed by value or, if that is nil, as the mean of term over the epochs. A metric may have
	// both: value is then the more exact one, and term explains it.
	term  func(t *trace, e int) float64
	value func(t *trace) float64
	// fromMap returns the values, [n], of a map without logits, nil if that lacks them. Without the function the metric needs logits.
	fromMap func(m *Map) []float64
}

// NeverLearnt is the forgetfulness of an example that no epoch predicts correctly, as cartography's files write it.
const NeverLearnt = 1000

// trace is one example over the epochs.
type trace struct {
	first     int // the number of the first epoch
	gold      int32
	logits    [][]float32 // [E][C]
	p         []float64   // [E] the gold label's probability
	predicted []int32     // [E] the predicted label
}

// Metrics lists all metrics in the order of reports. A new metric is one more entry.
var Metrics = []Metric{
	{
		Name: "confidence", Formula: "mean over epochs of p", Source: "Swayamdipta et al., 2020", HardLow: true,
		term:    func(t *trace, e int) float64 { return t.p[e] },
		value:   func(t *trace) float64 { mean, _ := spread(t.p, false); return mean },
		fromMap: func(m *Map) []float64 { return m.Confidence },
	},
	{
		Name: "variability", Formula: "√(mean (p - confidence)²)", Source: "Swayamdipta et al., 2020", Epochs: 2,
		value:   func(t *trace) float64 { _, v := spread(t.p, false); return v },
		fromMap: func(m *Map) []float64 { return m.Variability },
	},
	{
		Name: "variability_sample", Formula: "√(Σ (p - confidence)² / (E - 1))", Source: "Du et al., 2023 (code)", Epochs: 2,
		value: func(t *trace) float64 { _, v := spread(t.p, true); return v },
	},
	{
		Name: "variability_ci", Formula: "√(v + v² / (E - 1)), v = variability²", Source: "Swayamdipta et al., 2020 (code)", Epochs: 2,
		value: func(t *trace) float64 {
			_, deviation := spread(t.p, false)
			v := deviation * deviation
			return math.Sqrt(v + v*v/float64(max(1, len(t.p)-1)))
		},
	},
	{
		Name: "correctness", Formula: "number of epochs that predict y", Source: "Swayamdipta et al., 2020", HardLow: true, Whole: true,
		value:   func(t *trace) float64 { return t.count(t.correct) },
		fromMap: func(m *Map) []float64 { return numbers(m.Correctness) },
	},
	{
		Name: "forgetfulness", Formula: "number of times an epoch that predicts y is followed by one that does not; 1000 if none predicts y",
		Source: "Toneva et al., 2019; Swayamdipta et al., 2020 (code)", Whole: true, Never: "never learnt",
		value: func(t *trace) float64 {
			if t.count(t.correct) == 0 {
				return NeverLearnt
			}
			return t.count(func(e int) bool { return e > 0 && t.correct(e-1) && !t.correct(e) })
		},
		fromMap: func(m *Map) []float64 {
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
		value: func(t *trace) float64 { mean, _ := spread(t.p, false); return mean * (1 - mean) },
		fromMap: func(m *Map) []float64 {
			values := make([]float64, m.Len())
			for i, c := range m.Confidence {
				values[i] = c * (1 - c)
			}
			return values
		},
	},
	{
		Name: "aum", Formula: "mean over epochs of z[y] - max z[c], c ≠ y (area under the margin)",
		Source: "Pleiss et al., 2020", HardLow: true,
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
		Name: "el2n", Formula: "mean over epochs of ‖softmax(z) - onehot(y)‖₂",
		Source: "Paul et al., 2021 (one early epoch, averaged over initialisations)",
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
		term: func(t *trace, e int) float64 { return 0 - logProbability(t.logits[e], t.gold) }, // 0, not -0
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
		Name: "first_learnt", Formula: "first epoch that predicts y, counted from 0; one past the last epoch if none does",
		Source: "Toneva et al., 2019", Whole: true, Never: "not yet",
		value: func(t *trace) float64 {
			for e := range t.p {
				if t.correct(e) {
					return float64(t.first + e)
				}
			}
			return float64(t.first + len(t.p))
		},
	},
	{
		Name: "last_correct", Formula: "last epoch that predicts y, counted from 0; -1 if none does", HardLow: true, Whole: true,
		Never: "never",
		value: func(t *trace) float64 {
			for e := len(t.p) - 1; e >= 0; e-- {
				if t.correct(e) {
					return float64(t.first + e)
				}
			}
			return -1
		},
	},
	{
		Name: "flips", Formula: "number of changes of the predicted label between consecutive epochs", Whole: true,
		value: func(t *trace) float64 {
			return t.count(func(e int) bool { return e > 0 && t.predicted[e] != t.predicted[e-1] })
		},
	},
}

// compute returns the metric of one example.
func (metric *Metric) compute(t *trace) float64 {
	if metric.value != nil {
		return metric.value(t)
	}
	sum := 0.0
	for e := range t.p {
		sum += metric.term(t, e)
	}
	return sum / float64(len(t.p))
}

// numbers converts integers to the values of a metric. It keeps nil.
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

// correct reports whether epoch e predicts the gold label.
func (t *trace) correct(e int) bool { return t.predicted[e] == t.gold }

// count returns the number of epochs for which holds is true.
func (t *trace) count(holds func(e int) bool) (n float64) {
	for e := range t.p {
		if holds(e) {
			n++
		}
	}
	return n
}

// logProbability returns the logarithm of the softmax of logits, [C], at one class. It is exact even where the softmax underflows.
func logProbability(logits []float32, class int32) float64 {
	top := float64(logits[Predicted(logits)])
	sum := 0.0
	for _, z := range logits {
		sum += math.Exp(float64(z) - top)
	}
	return float64(logits[class]) - top - math.Log(sum)
}

// Words returns the words for a metric's value that stands for "never" on this map; "" for a value that is a number. Tables and screens
// show the words; files and rules have the value.
func (m *Map) Words(metric Metric, value float64) string {
	never := map[string]float64{"forgetfulness": NeverLearnt, "first_learnt": float64(m.First + m.Epochs), "last_correct": -1}
	if at, ok := never[metric.Name]; ok && value == at {
		return metric.Never
	}
	return ""
}

// FindMetric returns the metric of a name, or an error that lists the names.
func FindMetric(name string) (Metric, error) {
	var names []string
	for _, metric := range Metrics {
		if metric.Name == name {
			return metric, nil
		}
		names = append(names, metric.Name)
	}
	return Metric{}, fmt.Errorf("unknown metric %q; available: %s", name, strings.Join(names, ", "))
}

// Check returns an error unless the map has the epochs, logits or columns that a metric needs.
func (m *Map) Check(metric Metric) error {
	if !m.HasLogits() {
		if metric.fromMap == nil {
			return fmt.Errorf("%s needs logits, and this source has only summaries", metric.Name)
		}
		if metric.fromMap(m) == nil {
			return fmt.Errorf("this source has neither %s nor the logits to compute it", metric.Name)
		}
		return nil
	}
	if m.Epochs < metric.Epochs {
		return fmt.Errorf("%s needs %d epochs, and there is %d", metric.Name, metric.Epochs, m.Epochs)
	}
	return nil
}

// Values returns a metric of every example on the map, [n]. Check must accept the metric.
func (m *Map) Values(metric Metric) []float64 {
	if !m.HasLogits() {
		return metric.fromMap(m)
	}
	values := make([]float64, m.Len())
	parallel.InBlocks(m.Len(), blockSize, func(_, from, to int) {
		t := m.newTrace()
		for i := from; i < to; i++ {
			m.trace(t, i)
			values[i] = metric.compute(t)
		}
	})
	return values
}

// Explanation holds the numbers from which a metric of one example is computed. Without logits only Metric, GUID and Value
// are set.
type Explanation struct {
	Metric    Metric
	GUID      string
	Gold      int32
	Logits    [][]float32 // [E][C]
	PGold     []float64   // [E]
	Predicted []int32     // [E]
	Terms     []float64   // [E] the metric is their mean; nil if it is no mean over the epochs
	Value     float64
}

// Explain returns the numbers from which a metric of example i is computed. Check must accept the metric.
func (m *Map) Explain(metric Metric, i int) Explanation {
	if !m.HasLogits() {
		return Explanation{Metric: metric, GUID: m.GUIDs[i], Value: metric.fromMap(m)[i]}
	}
	t := m.newTrace()
	m.trace(t, i)
	x := Explanation{
		Metric: metric, GUID: m.GUIDs[i], Gold: t.gold, Logits: t.logits, PGold: t.p, Predicted: t.predicted, Value: metric.compute(t),
	}
	for e := range t.p {
		if metric.term != nil {
			x.Terms = append(x.Terms, metric.term(t, e))
		}
	}
	return x
}

// newTrace returns a trace that m.trace can fill again and again.
func (m *Map) newTrace() *trace {
	return &trace{first: m.First, logits: make([][]float32, m.Epochs), p: make([]float64, m.Epochs), predicted: make([]int32, m.Epochs)}
}

// trace fills t with example i.
func (m *Map) trace(t *trace, i int) {
	t.gold = m.Gold[i]
	for e := range m.Epochs {
		t.logits[e] = m.input.logits(e, m.Rows[i])
		t.p[e] = m.input.probability(e, m.Rows[i], t.gold)
		t.predicted[e] = Predicted(t.logits[e])
	}
}
