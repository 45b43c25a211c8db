package cartography

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/internal/packed"
)

// Measures are what a file of them holds: td_metrics.jsonl, or the coordinates of a data map.
type Measures struct {
	datamap.Measures
	Numbers bool   // the guids are JSON numbers; GUIDs hold them as they are written
	Skipped []Skip // what was left out
}

// IsMeasures says whether a file, packed or not, has among its first lines a JSON object with guid, confidence and variability.
func IsMeasures(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	start := make([]byte, 1<<16)
	n, err := io.ReadFull(file, start)
	if start = start[:n]; n == 0 || err != nil && err != io.ErrUnexpectedEOF {
		return false
	}
	if packed.Is(start) {
		text, err := read(path)
		if err != nil {
			return strings.Contains(path, ".jsonl") // Read says what is wrong with it
		}
		start = text
	}
	seen := 0
	for line := range bytes.Lines(bytes.TrimPrefix(start, []byte("\ufeff"))) {
		v, err := fastjson.ParseBytes(line)
		if err == nil && v.Type() == fastjson.TypeObject && v.Exists("guid") && v.Exists("confidence") && v.Exists("variability") {
			return true
		}
		if seen++; seen == 20 {
			break
		}
	}
	return false
}

// ReadMeasures reads a file of measures, a JSON object a line: guid (a string or an integer), confidence and variability, and
// in all lines or in none correctness (a count of epochs, or their share) and forgetfulness; other keys are passed over.
// Shares become counts of the fewest epochs, up to 100, that they all fit; of counts nobody knows the number of epochs.
// lenient: lines with something wrong are left out, and counted.
func ReadMeasures(path string, lenient bool) (*Measures, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimRight(bytes.TrimPrefix(text, []byte("\ufeff")), "\r\n")
	if len(text) == 0 {
		return nil, fault.At(path, 0, "the file is empty")
	}
	r := measuresReader{path: path, at: map[string]int{}}
	var problems fault.Collector
	line := 0
	for record := range bytes.Lines(text) {
		line++
		wrong := r.add(bytes.TrimRight(record, "\r\n"), line)
		if wrong == "" {
			continue
		}
		if p := (fault.Problem{File: path, Line: line, Message: wrong}); lenient {
			r.skip(p)
		} else {
			problems.Add(p)
		}
	}
	if err := problems.Err(path); err != nil {
		return nil, err
	}
	if len(r.GUIDs) == 0 {
		return nil, fault.At(path, 0, "no record of it is right: "+r.Skipped[0].First.String())
	}
	return &r.Measures, r.count()
}

type measuresReader struct {
	Measures
	path    string
	parser  fastjson.Parser
	at      map[string]int // the line of each guid
	correct []float64      // as the file has it
}

// add takes a line; what is wrong with it is the result.
func (r *measuresReader) add(line []byte, number int) string {
	if !utf8.Valid(line) {
		return "not UTF-8"
	}
	v, err := r.parser.ParseBytes(line)
	if err != nil {
		return "not a JSON object, or one cut off: " + firstLine(err)
	}
	object, err := v.Object()
	if err != nil {
		return "not a JSON object: " + firstLine(err)
	}
	if key := twice(object, "guid", "confidence", "variability", "correctness", "forgetfulness"); key != "" {
		return fmt.Sprintf("the key %q is there twice", key)
	}
	name, isNumber, wrong := guidOf(object.Get("guid"))
	if wrong != "" {
		return wrong
	}
	if len(r.GUIDs) > 0 && isNumber != r.Numbers {
		return fmt.Sprintf("guid %s: some guids are numbers and some are strings", name)
	}
	if first, twice := r.at[name]; twice {
		return fmt.Sprintf("guid %s is line %d's already", name, first)
	}
	var values [4]float64
	has := [4]bool{}
	for i, key := range []string{"confidence", "variability", "correctness", "forgetfulness"} {
		value := object.Get(key)
		if has[i] = value != nil; !has[i] {
			continue
		}
		x, err := float(value)
		if err != nil || math.IsNaN(x) || x < 0 || i < 2 && x > 1 || i > 1 && x > math.MaxInt32 || i == 3 && x != math.Trunc(x) {
			return fmt.Sprintf("guid %s has the %s %s, which it cannot be", name, key, short(value))
		}
		values[i] = x
	}
	switch {
	case !has[0] || !has[1]:
		return fmt.Sprintf("guid %s has no confidence, or no variability", name)
	case len(r.GUIDs) > 0 && (has[2] != (r.correct != nil) || has[3] != (r.Forgetful != nil)):
		return fmt.Sprintf("guid %s has a correctness or forgetfulness where others have none, or none where they have", name)
	}
	r.Numbers, r.at[name] = isNumber, number
	r.GUIDs = append(r.GUIDs, name)
	r.Confidence, r.Variability = append(r.Confidence, values[0]), append(r.Variability, values[1])
	if has[2] {
		r.correct = append(r.correct, values[2])
	}
	if has[3] {
		r.Forgetful = append(r.Forgetful, int32(values[3]))
	}
	return ""
}

func (r *measuresReader) skip(p fault.Problem) {
	if r.Skipped == nil {
		r.Skipped = []Skip{{Reason: "a line that holds no measures", First: p}}
	}
	r.Skipped[0].Count++
}

// guidOf is a guid as it is written.
func guidOf(v *fastjson.Value) (name string, isNumber bool, wrong string) {
	switch {
	case v == nil:
		return "", false, `no "guid"`
	case v.Type() == fastjson.TypeString:
		return string(v.GetStringBytes()), false, ""
	case v.Type() == fastjson.TypeNumber:
		if name := v.String(); isInteger([]byte(name)) {
			return name, true, ""
		}
	}
	return "", false, fmt.Sprintf("the guid %s is neither a string nor an integer", short(v))
}

// count makes counts of what the file has as correctness.
func (r *measuresReader) count() error {
	if r.correct == nil {
		return nil
	}
	shares := false
	for _, c := range r.correct {
		shares = shares || c != math.Trunc(c)
	}
	epochs := 1
	if shares {
		if epochs = commonEpochs(r.correct); epochs == 0 {
			return fault.At(r.path, 0, "correctness is neither a count of epochs nor a share of up to 100 of them")
		}
		r.Epochs = epochs
	}
	r.Correctness = make([]int32, len(r.correct))
	for i, c := range r.correct {
		r.Correctness[i] = int32(math.Round(c * float64(epochs)))
	}
	return nil
}

// commonEpochs is the fewest epochs that all shares are a whole number of, 0 if that is more than 100. Shares that were
// rounded to two digits count.
func commonEpochs(shares []float64) int {
	distinct := map[float64]bool{}
	for _, s := range shares {
		distinct[s] = true
	}
	for epochs := 1; epochs <= 100; epochs++ {
		fits := true
		for s := range distinct {
			_, digits, _ := strings.Cut(strconv.FormatFloat(s, 'f', -1, 64), ".")
			slack := 1e-6
			if len(digits) == 2 {
				slack = 0.005 * float64(epochs)
			}
			x := s * float64(epochs)
			fits = fits && s <= 1 && math.Abs(x-math.Round(x)) <= min(slack, 0.05)
		}
		if fits {
			return epochs
		}
	}
	return 0
}
