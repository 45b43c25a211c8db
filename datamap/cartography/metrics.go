package cartography

import (
	"io"
	"runtime"
	"strconv"
	"sync"

	"ftft/datamap"
)

// WriteMetrics writes a map as cartography's td_metrics.jsonl: a JSON object a line with the keys guid, index (the row),
// threshold_closeness, confidence, variability (of the population), correctness and forgetfulness. numbers: the guids are
// JSON numbers.
func WriteMetrics(w io.Writer, m *datamap.Map, numbers bool) error {
	variability := m.Variability
	if m.Sample() {
		metric, err := datamap.FindMetric("variability")
		if err != nil {
			return err
		}
		variability = m.Values(metric)
	}
	// Blocks of lines are made in parallel, a few at a time, and written in their order.
	const block = 1 << 13
	texts := make([][]byte, runtime.GOMAXPROCS(0))
	for start := 0; start < m.Len(); start += block * len(texts) {
		var wait sync.WaitGroup
		for k := range texts {
			wait.Go(func() {
				texts[k] = texts[k][:0]
				from := start + k*block
				for i := from; i < min(m.Len(), from+block); i++ {
					texts[k] = appendMetrics(texts[k], m, i, variability[i], numbers)
				}
			})
		}
		wait.Wait()
		for _, text := range texts {
			if _, err := w.Write(text); err != nil {
				return err
			}
		}
	}
	return nil
}

func appendMetrics(line []byte, m *datamap.Map, i int, variability float64, numbers bool) []byte {
	line = appendGUID(append(line, `{"guid": `...), m.GUIDs[i], numbers)
	name := func(key string) { line = append(append(append(line, `, "`...), key...), `": `...) }
	number := func(key string, v float64) { name(key); line = strconv.AppendFloat(line, v, 'g', -1, 64) }
	integer := func(key string, v int) { name(key); line = strconv.AppendInt(line, int64(v), 10) }
	forgetfulness := int(m.Forgetfulness[i])
	if m.NeverLearnt[i] {
		forgetfulness = datamap.NeverLearnt
	}
	integer("index", int(m.Rows[i]))
	number("threshold_closeness", m.Confidence[i]*(1-m.Confidence[i]))
	number("confidence", m.Confidence[i])
	number("variability", variability)
	integer("correctness", int(m.Correctness[i]))
	integer("forgetfulness", forgetfulness)
	return append(line, "}\n"...)
}
