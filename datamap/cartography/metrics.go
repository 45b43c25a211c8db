package cartography

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"

	"ftft/datamap"
)

// neverLearnt is what cartography writes as the forgetfulness of an example that is correct in no epoch.
const neverLearnt = 1000

// WriteMetrics writes a map as cartography's td_metrics.jsonl: a JSON object a line with the keys guid, index (the row),
// threshold_closeness, confidence, variability, correctness and forgetfulness. numbers: the guids are JSON numbers.
func WriteMetrics(w io.Writer, m *datamap.Map, numbers bool) error {
	out := bufio.NewWriterSize(w, 1<<20)
	var line []byte
	for i, guid := range m.GUIDs {
		line = append(line[:0], `{"guid": `...)
		if numbers {
			line = append(line, guid...)
		} else {
			quoted, err := json.Marshal(guid)
			if err != nil {
				return err
			}
			line = append(line, quoted...)
		}
		name := func(key string) { line = append(append(append(line, `, "`...), key...), `": `...) }
		number := func(key string, v float64) { name(key); line = strconv.AppendFloat(line, v, 'g', -1, 64) }
		integer := func(key string, v int) { name(key); line = strconv.AppendInt(line, int64(v), 10) }
		forgetfulness := int(m.Forgetfulness[i])
		if m.NeverLearnt[i] {
			forgetfulness = neverLearnt
		}
		integer("index", int(m.Rows[i]))
		number("threshold_closeness", m.Confidence[i]*(1-m.Confidence[i]))
		number("confidence", m.Confidence[i])
		number("variability", m.Variability[i])
		integer("correctness", int(m.Correctness[i]))
		integer("forgetfulness", forgetfulness)
		if _, err := out.Write(append(line, "}\n"...)); err != nil {
			return err
		}
	}
	return out.Flush()
}
