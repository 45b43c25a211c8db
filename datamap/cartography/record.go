package cartography

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// chunk is what some lines of a file hold, up to the first that is no record.
type chunk struct {
	names   []byte  // the guids one after another
	ends    []int32 // where in names each ends
	numbers []bool  // the guid is a number
	gold    []int32
	logits  []float32 // [records, classes]
	classes int
	rows    []int32 // by guid, -1 = none known; none in the first epoch
	lines   int32   // that the chunk spans, as far as it was parsed
	places  []int32 // of the records among these, from 1; nil where no line is bad: the i-th is on line i + 1
	bad     []badLine
	stopped bool // at the first bad line

	reason string // why record refused a line: see the reasons of a lenient reader
	whose  []byte // the guid of that line, as far as it has one
}

// badLine is a line that holds no record, counted from 1 in its chunk.
type badLine struct {
	line    int32
	reason  string
	message string
	guid    string // "" where it has none
}

// line is the place of a record in its chunk.
func (c *chunk) line(i int) int {
	if c.places == nil {
		return i + 1
	}
	return int(c.places[i])
}

func (c *chunk) guid(i int) []byte {
	from, to := c.span(i)
	return c.names[from:to]
}

// span is where a guid stands in names.
func (c *chunk) span(i int) (from, to int32) {
	if i > 0 {
		from = c.ends[i-1]
	}
	return from, c.ends[i]
}

// reset empties a chunk, whose slices are used again.
func (c *chunk) reset(classes int) {
	*c = chunk{
		names: c.names[:0], ends: c.ends[:0], numbers: c.numbers[:0], gold: c.gold[:0], logits: c.logits[:0], rows: c.rows[:0],
		classes: classes,
	}
}

// parse takes the records of some lines.
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
				c.bad = append(c.bad, badLine{c.lines, c.reason, wrong, string(c.whose)})
				if c.stopped = !lenient; c.stopped {
					break
				}
				c.place()
				text = text[next:]
				continue
			}
		}
		if c.places != nil {
			c.places = append(c.places, c.lines)
		}
		text = text[next:]
	}
	if rows != nil {
		rows.find(c)
	}
}

// place notes the lines of the records that there are, before the first bad line.
func (c *chunk) place() {
	if c.places != nil {
		return
	}
	c.places = make([]int32, len(c.gold), len(c.gold)+1)
	for i := range c.places {
		c.places[i] = int32(i + 1)
	}
}

// record adds a line's record; what is wrong with it is its result.
func (c *chunk) record(parser *fastjson.Parser, line []byte, key string) (wrong string) {
	c.reason, c.whose = noRecord, nil
	if !utf8.Valid(line) {
		return "not UTF-8"
	}
	v, err := parser.ParseBytes(line)
	if err != nil {
		if len(bytes.TrimSpace(line)) == 0 {
			return "an empty line"
		}
		return "not a JSON object, or one cut off: " + firstLine(err)
	}
	object, err := v.Object()
	if err != nil {
		return "not a JSON object: " + firstLine(err)
	}
	guid, gold, logits := object.Get("guid"), object.Get("gold"), object.Get(key)
	names := c.names
	switch {
	case guid == nil || gold == nil:
		return `no "guid", or no "gold"`
	case object.Len() > 3 && twice(object, "guid", "gold", key) != "": // the three are there: of three keys none is twice
		return fmt.Sprintf("the key %q is there twice", twice(object, "guid", "gold", key))
	case guid.Type() == fastjson.TypeString:
		names = append(names, guid.GetStringBytes()...)
	case guid.Type() == fastjson.TypeNumber:
		names = guid.MarshalTo(names)
		if !isInteger(names[len(c.names):]) {
			return fmt.Sprintf("the guid %s is neither a string nor an integer", short(guid))
		}
	default:
		return fmt.Sprintf("the guid %s is neither a string nor an integer", short(guid))
	}
	name := names[len(c.names):]
	c.reason, c.whose = noClass, name
	label, err := gold.Int()
	if err != nil || label < 0 || label > math.MaxInt32 {
		return fmt.Sprintf("guid %s has the gold label %s, which is no class index", name, short(gold))
	}
	c.reason = noLogits
	if logits == nil {
		return fmt.Sprintf("guid %s has no %q: is the file of another epoch?", name, key)
	}
	list, err := logits.Array()
	if err != nil {
		return fmt.Sprintf("guid %s: %q is %s, where a list of logits belongs", name, key, short(logits))
	}
	c.reason = otherClass
	if c.classes == 0 {
		c.classes = len(list)
	}
	if len(list) < 2 {
		return fmt.Sprintf("guid %s has %d logits, and a map takes two classes: write z of one output as [0, z]", name, len(list))
	}
	if len(list) != c.classes {
		return fmt.Sprintf("guid %s has %d logits, where others have %d", name, len(list), c.classes)
	}
	c.reason = notFinite
	for _, logit := range list {
		x, err := float(logit)
		if err != nil || math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
			c.logits = c.logits[:len(c.gold)*c.classes]
			return fmt.Sprintf("guid %s has the logit %s, which is no finite number", name, short(logit))
		}
		c.logits = append(c.logits, float32(x))
	}
	c.names, c.ends = names, append(c.ends, int32(len(names)))
	c.gold, c.numbers = append(c.gold, int32(label)), append(c.numbers, guid.Type() == fastjson.TypeNumber)
	c.reason, c.whose = "", nil
	return ""
}

// float gives a number as the nearest float64, which Float64 is only nearly where there are many digits or an exponent.
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

// twice gives one of the keys that an object has more than once.
func twice(object *fastjson.Object, keys ...string) (found string) {
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

// isInteger says whether a number is written as JSON writes whole ones.
func isInteger(number []byte) bool {
	digits := bytes.TrimPrefix(number, []byte("-"))
	if len(digits) == 0 || digits[0] == '0' && len(number) > 1 {
		return false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return false
		}
	}
	return true
}

// short is a value as far as a message should quote it.
func short(v *fastjson.Value) string {
	const most = 60
	text := v.String()
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// firstLine leaves the rest of the text out that the parser quotes.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "; unparsed tail")
	return text
}
