package cartography

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"ftft/datamap"
	"ftft/internal/fault"
	"ftft/internal/input"
)

// Measures is the content of td_metrics.jsonl or of a file with the coordinates of a data map.
type Measures struct {
	datamap.Measures
	Numbers bool   // the guids are JSON numbers; GUIDs holds their digits
	Skipped []Skip // lines that a lenient reader skipped
}

// IsMeasures reports whether one of the first lines of a file, packed or not, is a JSON object with guid, confidence and
// variability.
func IsMeasures(path string) bool {
	file, err := input.Stream(path)
	if err != nil {
		return strings.Contains(path, ".jsonl") && !errors.Is(err, fs.ErrNotExist) // ReadMeasures reports what is wrong
	}
	defer file.Close()
	start := make([]byte, 1<<16)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && err != io.ErrUnexpectedEOF {
		return strings.Contains(path, ".jsonl")
	}
	if start = start[:n]; bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")) {
		text, err := input.Text(path, string(start[:n&^1]))
		if err != nil {
			return false
		}
		start = []byte(text)
	}
	seen := 0
	for line := range bytes.Lines(bytes.TrimPrefix(start, []byte("\ufeff"))) {
		v, err := parse(new(fastjson.Parser), line)
		if err == nil && v.Type() == fastjson.TypeObject && v.Exists("guid") && v.Exists("confidence") && v.Exists("variability") {
			return true
		}
		if seen++; seen == 20 {
			break
		}
	}
	return false
}

// ReadMeasures reads a file of metrics, one JSON object per line. Each has guid (a string or an integer), confidence and
// variability. Either all or none have correctness (a number of epochs, or their share) and forgetfulness. Other keys are
// ignored. Shares become numbers of epochs, with the fewest epochs up to 100 that suit all of them; numbers leave the count of
// epochs unknown. A malformed line is a *fault.Bad or, if lenient is set, skipped.
func ReadMeasures(path string, lenient bool) (*Measures, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	text = strings.TrimRight(text, "\r\n")
	if len(text) == 0 {
		return nil, fault.At(path, 0, "the file is empty")
	}
	r := measuresReader{path: path, at: map[string]int{}}
	var problems fault.Collector
	line := 0
	for record := range strings.Lines(text) {
		line++
		wrong := r.add([]byte(strings.TrimRight(record, "\r\n")), line)
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
		return nil, fault.At(path, 0, "no record is valid: "+r.Skipped[0].First.String())
	}
	return &r.Measures, r.count()
}

// measuresReader accumulates the lines.
type measuresReader struct {
	Measures
	path    string
	parser  fastjson.Parser
	at      map[string]int // the line of each guid
	correct []float64      // correctness as written in the file
}

// add reads a line and returns what is wrong with it, or "".
func (r *measuresReader) add(line []byte, number int) string {
	if !utf8.Valid(line) {
		return "not UTF-8"
	}
	v, err := parse(&r.parser, line)
	if err != nil {
		return notObject(line)
	}
	object, err := v.Object()
	if err != nil {
		return notObject(line)
	}
	if key := duplicate(object, "guid", "confidence", "variability", "correctness", "forgetfulness"); key != "" {
		return fmt.Sprintf("the key %q occurs twice", key)
	}
	name, isNumber, wrong := guidOf(object.Get("guid"))
	if wrong != "" {
		return wrong
	}
	if len(r.GUIDs) > 0 && isNumber != r.Numbers {
		return fmt.Sprintf("guid %s: some guids are numbers, some are strings", name)
	}
	if first, twice := r.at[name]; twice {
		return fmt.Sprintf("guid %s already occurs on line %d", name, first)
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
			return fmt.Sprintf("guid %s has the %s %s, which is out of range", name, key, valueOf(value))
		}
		values[i] = x
	}
	switch {
	case !has[0] || !has[1]:
		return fmt.Sprintf("guid %s lacks confidence or variability", name)
	case len(r.GUIDs) > 0 && (has[2] != (r.correct != nil) || has[3] != (r.Forgetful != nil)):
		return fmt.Sprintf("guid %s differs from other lines in having correctness or forgetfulness; all lines or none must have it", name)
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
		r.Skipped = []Skip{{Reason: "not a record of metrics", First: p}}
	}
	r.Skipped[0].Count++
}

// count converts correctness to numbers of epochs.
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
			return fault.At(r.path, 0, "correctness is neither a number of epochs nor a share of up to 100 epochs")
		}
		r.Epochs = epochs
	}
	r.Correctness = make([]int32, len(r.correct))
	for i, c := range r.correct {
		r.Correctness[i] = int32(math.Round(c * float64(epochs)))
	}
	return nil
}

// commonEpochs returns the least number of epochs of which all shares are whole multiples, or 0 if that exceeds 100. It also
// recognises shares rounded to two digits.
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
