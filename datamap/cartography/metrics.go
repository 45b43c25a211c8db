package cartography

import (
	"io"
	"strconv"

	"ftft/datamap"
)

// WriteMetrics writes a map as cartography's td_metrics.jsonl: one JSON object per line with the keys guid, index (the row),
// threshold_closeness, confidence, variability (the population form), correctness and forgetfulness. If numbers is set, guids
// are written as JSON numbers.
func WriteMetrics(w io.Writer, m *datamap.Map, numbers bool) error {
	variability := m.Variability
	if m.Sample() {
		metric, err := datamap.FindMetric("variability")
		if err != nil {
			return err
		}
		variability = m.Values(metric)
	}
	const block = 1 << 12
	var err error
	inOrder((m.Len()+block-1)/block, func(i int, text *[]byte) {
		*text = (*text)[:0]
		for i, end := i*block, min(m.Len(), (i+1)*block); i < end; i++ {
			*text = appendMetrics(*text, m, i, variability[i], numbers)
		}
	}, func(text *[]byte) bool {
		_, err = w.Write(*text)
		return err == nil
	})
	return err
}

func appendMetrics(line []byte, m *datamap.Map, i int, variability float64, numbers bool) []byte {
	line = appendGUID(append(line, `{"guid": `...), m.GUIDs[i], numbers)
	name := func(key string) { line = append(append(append(line, `, "`...), key...), `": `...) }
	number := func(key string, v float64) { name(key); line = strconv.AppendFloat(line, v, 'g', -1, 64) }
	integer := func(key string, v int) { name(key); line = strconv.AppendInt(line, int64(v), 10) }
	integer("index", int(m.Rows[i]))
	number("threshold_closeness", m.Confidence[i]*(1-m.Confidence[i]))
	number("confidence", m.Confidence[i])
	number("variability", variability)
	if m.Correctness != nil {
		integer("correctness", int(m.Correctness[i]))
	}
	if m.Forgetfulness != nil {
		forgetfulness := int(m.Forgetfulness[i])
		if m.NeverLearnt[i] {
			forgetfulness = datamap.NeverLearnt
		}
		integer("forgetfulness", forgetfulness)
	}
	return append(line, "}\n"...)
}
