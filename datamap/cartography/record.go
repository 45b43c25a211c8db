package cartography

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"ftft/datamap/packed"

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
	rows    []int32 // by guid, -1 = none known
	lines   int32   // that the chunk spans, as far as it was parsed
	places  []int32 // of the records among these, from 1; nil where no line is bad: the i-th is on line i + 1
	bad     []badLine
	stopped bool // at the first bad line
}

// badLine is a line that holds no record, counted from 1 in its chunk.
type badLine struct {
	line    int32
	message string
}

// line is the place of a record in its chunk.
func (c *chunk) line(i int) int {
	if c.places == nil {
		return i + 1
	}
	return int(c.places[i])
}

func (c *chunk) guid(i int) []byte {
	from := int32(0)
	if i > 0 {
		from = c.ends[i-1]
	}
	return c.names[from:c.ends[i]]
}

// parseFile parses a file's lines in parallel; chunks are in their order. One ends at the first line that is no record,
// unless lenient.
func parseFile(path string, epoch, classes int, rows map[string]int32, lenient bool) ([]chunk, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimRight(bytes.TrimPrefix(text, []byte("\ufeff")), "\r\n")
	parts := split(text, 4*runtime.GOMAXPROCS(0))
	chunks := make([]chunk, len(parts))
	key := fmt.Sprintf("logits_epoch_%d", epoch)
	if lenient && classes == 0 {
		classes = firstClasses(text, key)
	}
	var wait sync.WaitGroup
	for i, part := range parts {
		wait.Go(func() {
			if lenient { // or else a ragged record would make the rest of its chunk look so
				chunks[i].classes = classes
			}
			chunks[i].parse(part, key, rows, lenient)
		})
	}
	wait.Wait()
	return chunks, nil
}

// firstClasses is the number of logits that the first record of a text has, 0 without one.
func firstClasses(text []byte, key string) int {
	var parser fastjson.Parser
	for line := range bytes.Lines(text) {
		var c chunk
		if c.record(&parser, bytes.TrimRight(line, "\n"), key) == "" {
			return c.classes
		}
	}
	return 0
}

// read gives a file's text, unpacked where it is packed.
func read(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil || !packed.Is(text) {
		return text, err
	}
	unpacked, err := packed.Unpack(path, string(text))
	return []byte(unpacked), err
}

// split cuts a text behind line ends into about so many parts.
func split(text []byte, count int) [][]byte {
	var parts [][]byte
	size := len(text)/count + 1
	for len(text) > 0 {
		end := len(text)
		if size < end {
			if at := bytes.IndexByte(text[size:], '\n'); at >= 0 {
				end = size + at + 1
			}
		}
		parts = append(parts, text[:end])
		text = text[end:]
	}
	return parts
}

func (c *chunk) parse(text []byte, key string, rows map[string]int32, lenient bool) {
	var parser fastjson.Parser
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		c.lines++
		if wrong := c.record(&parser, line, key); wrong != "" {
			c.bad = append(c.bad, badLine{c.lines, wrong})
			if c.stopped = !lenient; c.stopped {
				return
			}
			if c.places == nil {
				c.places = make([]int32, len(c.rows), len(c.rows)+1)
				for i := range c.places {
					c.places[i] = int32(i + 1)
				}
			}
			continue
		}
		if c.places != nil {
			c.places = append(c.places, c.lines)
		}
		row, ok := rows[string(c.guid(len(c.gold)-1))]
		if !ok {
			row = -1
		}
		c.rows = append(c.rows, row)
	}
}

// record adds a line's record; what is wrong with it is its result.
func (c *chunk) record(parser *fastjson.Parser, line []byte, key string) (wrong string) {
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
	label, err := gold.Int()
	if err != nil || label < 0 || label > math.MaxInt32 {
		return fmt.Sprintf("guid %s has the gold label %s, which is no class index", name, short(gold))
	}
	if logits == nil {
		return fmt.Sprintf("guid %s has no %q: is the file of another epoch?", name, key)
	}
	list, err := logits.Array()
	if err != nil {
		return fmt.Sprintf("guid %s: %q is %s, where a list of logits belongs", name, key, short(logits))
	}
	if c.classes == 0 {
		c.classes = len(list)
	}
	if len(list) < 2 {
		return fmt.Sprintf("guid %s has %d logits, and a map takes two classes: write z of one output as [0, z]", name, len(list))
	}
	if len(list) != c.classes {
		return fmt.Sprintf("guid %s has %d logits, where others have %d", name, len(list), c.classes)
	}
	for _, logit := range list {
		x, err := logit.Float64()
		if err != nil || math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
			c.logits = c.logits[:len(c.gold)*c.classes]
			return fmt.Sprintf("guid %s has the logit %s, which is no finite number", name, short(logit))
		}
		c.logits = append(c.logits, float32(x))
	}
	c.names, c.ends = names, append(c.ends, int32(len(names)))
	c.gold, c.numbers = append(c.gold, int32(label)), append(c.numbers, guid.Type() == fastjson.TypeNumber)
	return ""
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
