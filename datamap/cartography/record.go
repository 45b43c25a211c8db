package cartography

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"

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
	fault   string  // of the line after the last record
}

func (c *chunk) guid(i int) []byte {
	from := int32(0)
	if i > 0 {
		from = c.ends[i-1]
	}
	return c.names[from:c.ends[i]]
}

// parseFile parses a file's lines in parallel; chunks are in their order.
func parseFile(path string, epoch int, rows map[string]int32) ([]chunk, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	parts := split(text, 4*runtime.GOMAXPROCS(0))
	chunks := make([]chunk, len(parts))
	var wait sync.WaitGroup
	for i, part := range parts {
		wait.Go(func() { chunks[i].parse(part, fmt.Sprintf("logits_epoch_%d", epoch), rows) })
	}
	wait.Wait()
	return chunks, nil
}

// read gives a file's text, unpacked where its name ends in .gz.
func read(path string) ([]byte, error) {
	if !strings.HasSuffix(path, ".gz") {
		return os.ReadFile(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
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

func (c *chunk) parse(text []byte, key string, rows map[string]int32) {
	var parser fastjson.Parser
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		if c.fault = c.record(&parser, line, key); c.fault != "" {
			return
		}
		row, ok := rows[string(c.guid(len(c.gold)-1))]
		if !ok {
			row = -1
		}
		c.rows = append(c.rows, row)
	}
}

// record adds a line's record; what is wrong with it is its result.
func (c *chunk) record(parser *fastjson.Parser, line []byte, key string) (fault string) {
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
	case guid.Type() == fastjson.TypeString:
		names = append(names, guid.GetStringBytes()...)
	case guid.Type() == fastjson.TypeNumber:
		names = guid.MarshalTo(names)
	default:
		return fmt.Sprintf("the guid %s is neither a string nor a number", guid)
	}
	name := names[len(c.names):]
	label, err := gold.Int()
	if err != nil || label < 0 || label > math.MaxInt32 {
		return fmt.Sprintf("guid %s has the gold label %s, which is no class index", name, gold)
	}
	if logits == nil {
		return fmt.Sprintf("guid %s has no %q: is the file of another epoch?", name, key)
	}
	list, err := logits.Array()
	if err != nil {
		return fmt.Sprintf("guid %s: %q is %s, where a list of logits belongs", name, key, logits)
	}
	if c.classes == 0 {
		c.classes = len(list)
	}
	if len(list) != c.classes || len(list) < 2 {
		return fmt.Sprintf("guid %s has %d logits, where others have %d", name, len(list), max(2, c.classes))
	}
	for _, logit := range list {
		x, err := logit.Float64()
		if err != nil || math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
			c.logits = c.logits[:len(c.gold)*c.classes]
			return fmt.Sprintf("guid %s has the logit %s, which is no finite number", name, logit)
		}
		c.logits = append(c.logits, float32(x))
	}
	c.names, c.ends = names, append(c.ends, int32(len(names)))
	c.gold, c.numbers = append(c.gold, int32(label)), append(c.numbers, guid.Type() == fastjson.TypeNumber)
	return ""
}

// firstLine leaves the rest of the text out that the parser quotes.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "; unparsed tail")
	return text
}
