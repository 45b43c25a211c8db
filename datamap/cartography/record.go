package cartography

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"ftft/internal/fault"
	"ftft/internal/scalar"
	"ftft/internal/table"
)

// chunk holds the records of some lines of a file, up to the first malformed line unless the reader is lenient.
type chunk struct {
	names      []byte  // the guids, concatenated
	ends       []int32 // where each guid ends in names
	numbers    []bool  // whether the guid is a JSON number
	gold       []int32
	logits     []float32 // [records, classes]
	classes    int
	rows       []int32 // the row of each guid, -1 = unknown; empty in the first epoch
	lines      int32   // number of lines that were parsed
	recordLine []int32 // the line of each record in the chunk, from 1; nil if no line is bad: record i is on line i + 1
	bad        []badLine
	stopped    bool     // parsing stopped at the first bad line
	labels     []string // the class names, or nil

	reason      string // why record refused a line: one of the reasons of a lenient reader
	refusedGUID []byte // the guid of that line, if it has one
}

// badLine is a line that holds no record. Lines count from 1 within the chunk.
type badLine struct {
	line    int32
	reason  string
	message string
	guid    string // "" if the line has none
}

// line returns the line of a record in its chunk.
func (c *chunk) line(i int) int {
	if c.recordLine == nil {
		return i + 1
	}
	return int(c.recordLine[i])
}

func (c *chunk) guid(i int) []byte {
	from, to := c.span(i)
	return c.names[from:to]
}

// span returns where a guid lies in names.
func (c *chunk) span(i int) (from, to int32) {
	if i > 0 {
		from = c.ends[i-1]
	}
	return from, c.ends[i]
}

// reset empties a chunk. It keeps the memory of the slices.
func (c *chunk) reset(classes int, labels []string) {
	*c = chunk{
		names: c.names[:0], ends: c.ends[:0], numbers: c.numbers[:0], gold: c.gold[:0], logits: c.logits[:0], rows: c.rows[:0],
		classes: classes, labels: labels,
	}
}

// parse adds the records of some lines and finds their rows.
func (c *chunk) parse(parser *fastjson.Parser, text []byte, key string, rows *index, lenient bool) {
	for len(text) > 0 {
		c.lines++
		next := c.scan(text, key)
		if next == 0 {
			line := text
			if end := bytes.IndexByte(text, '\n'); end >= 0 {
				line, next = text[:end], end+1
			} else {
				next = len(text)
			}
			if wrong := c.record(parser, line, key); wrong != "" {
				c.bad = append(c.bad, badLine{c.lines, c.reason, wrong, string(c.refusedGUID)})
				if c.stopped = !lenient; c.stopped {
					break
				}
				c.recordLines()
				text = text[next:]
				continue
			}
		}
		if c.recordLine != nil {
			c.recordLine = append(c.recordLine, c.lines)
		}
		text = text[next:]
	}
	if rows != nil {
		rows.findRows(c)
	}
}

// recordLines begins to record line numbers, before the first bad line is skipped.
func (c *chunk) recordLines() {
	if c.recordLine != nil {
		return
	}
	c.recordLine = make([]int32, len(c.gold), len(c.gold)+1)
	for i := range c.recordLine {
		c.recordLine[i] = int32(i + 1)
	}
}

// record adds a line's record and returns what is wrong with the line, or "". Unlike scan it accepts any valid JSON.
func (c *chunk) record(parser *fastjson.Parser, line []byte, key string) (wrong string) {
	c.reason, c.refusedGUID = noRecord, nil
	if !utf8.Valid(line) {
		return "not UTF-8"
	}
	v, err := parse(parser, line)
	if err != nil {
		if len(bytes.TrimSpace(line)) == 0 {
			return "the line is empty"
		}
		return notObject(line)
	}
	object, err := v.Object()
	if err != nil {
		return notObject(line)
	}
	guid, gold, logits := object.Get("guid"), object.Get("gold"), object.Get(key)
	switch {
	case guid == nil || gold == nil:
		return fmt.Sprintf("%s missing; there are %s", missing(object, "guid", "gold"), keysOf(object))
	case object.Len() > 3 && duplicate(object, "guid", "gold", key) != "": // an object of exactly the three keys has none twice
		return fmt.Sprintf("the key %q occurs twice", duplicate(object, "guid", "gold", key))
	}
	name, number, wrong := guidOf(guid)
	if wrong != "" {
		return wrong
	}
	names := append(c.names, name...)
	c.reason, c.refusedGUID = noClass, names[len(c.names):]
	label, wrong := classOf(gold, c.labels)
	if wrong != "" {
		return fmt.Sprintf("guid %s has the gold label %s", name, wrong)
	}
	c.reason = noLogits
	if logits == nil {
		return fmt.Sprintf("guid %s has no %q: does the file belong to another epoch? There are %s", name, key, keysOf(object))
	}
	list, err := logits.Array()
	if err != nil {
		return fmt.Sprintf("guid %s: %q is %s, not a list of logits", name, key, valueOf(logits))
	}
	c.reason = otherClass
	if c.classes == 0 {
		c.classes = len(list)
	}
	if len(list) == 1 && valueOf(list[0]).Kind == scalar.List {
		return fmt.Sprintf("guid %s has the logit %s", name, notLogit(valueOf(list[0])))
	}
	if len(list) < 2 {
		return fmt.Sprintf("guid %s has %d logits; a map needs two classes: write a single output z as [0, z]", name, len(list))
	}
	if len(list) != c.classes {
		return fmt.Sprintf("guid %s has %d logits, others have %d", name, len(list), c.classes)
	}
	c.reason = notFinite
	for _, logit := range list {
		x, err := float(logit)
		if err != nil || math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
			c.logits = c.logits[:len(c.gold)*c.classes]
			return fmt.Sprintf("guid %s has the logit %s", name, notLogit(valueOf(logit)))
		}
		c.logits = append(c.logits, float32(x))
	}
	c.names, c.ends = names, append(c.ends, int32(len(names)))
	c.gold, c.numbers = append(c.gold, label), append(c.numbers, number)
	c.reason, c.refusedGUID = "", nil
	return ""
}

// float returns the nearest float64 to a JSON number. Value.Float64 is not always the nearest if there are many digits or an
// exponent.
func float(v *fastjson.Value) (float64, error) {
	x, err := v.Float64()
	if err != nil {
		return 0, err
	}
	if nearest, err := strconv.ParseFloat(v.String(), 64); err == nil {
		x = nearest
	}
	return x, nil
}

// duplicate returns one of the keys that an object has more than once, or "".
func duplicate(object *fastjson.Object, keys ...string) (found string) {
	seen := map[string]bool{}
	object.Visit(func(name []byte, _ *fastjson.Value) {
		key := string(name)
		if seen[key] && slices.Contains(keys, key) {
			found = key
		}
		seen[key] = true
	})
	return found
}

// notObject describes why a line is not a JSON object, which the parser refuses.
func notObject(line []byte) string {
	if wrong := table.NotObject(string(line)); wrong != "" {
		return wrong
	}
	return "not a JSON object"
}

// missing returns those of the keys that an object lacks, as in "guid" and "gold".
func missing(object *fastjson.Object, keys ...string) string {
	return fault.Names(slices.DeleteFunc(keys, func(key string) bool { return object.Get(key) != nil }))
}

// keysOf returns the keys of an object for a message.
func keysOf(object *fastjson.Object) string {
	var keys []string
	object.Visit(func(key []byte, _ *fastjson.Value) { keys = append(keys, string(key)) })
	return fault.Names(keys)
}

// notLogit describes a value in a list of logits that is none.
func notLogit(v scalar.Value) string {
	switch v.Kind {
	case scalar.Number:
		return fmt.Sprintf("%s, whose size no number of 32 bits has", v)
	case scalar.Text:
		return fmt.Sprintf("%s, which is a text, not a number", v)
	case scalar.List, scalar.Object:
		return fmt.Sprintf("%s, not a number; each epoch of an example has one list of logits", v)
	}
	return fmt.Sprintf("%s, which is not a finite number", v)
}
