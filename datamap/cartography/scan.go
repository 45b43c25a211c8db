package cartography

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"
)

// scan is the fast path of record. It adds the record of the text's first line and returns where the next line begins, if the
// line is as cartography writes it: an object of the three keys, in any order, without escapes. In any other case it adds
// nothing and returns 0.
func (c *chunk) scan(text []byte, key string) (next int) {
	names, logits := len(c.names), len(c.logits)
	s := scanner{text: text}
	number, label := false, int32(0)
	guid, gold, list := false, false, false // seen so far
	s.expect('{')
	for !s.failed {
		s.expect('"')
		switch {
		case !guid && s.key("guid"):
			guid = true
			c.names, number = s.guid(c.names)
		case !list && s.key(key):
			list = true
			c.logits = s.list(c.logits)
		case !gold && s.key("gold"):
			gold, label = true, s.label()
		default:
			s.failed = true
		}
		if s.peek() != ',' {
			break
		}
		s.at++
	}
	s.expect('}')
	s.endLine()
	classes := len(c.logits) - logits
	if s.failed || !guid || !gold || !list || classes < 2 || c.classes != 0 && c.classes != classes {
		c.names, c.logits = c.names[:names], c.logits[:logits]
		return 0
	}
	c.classes = classes
	c.ends, c.numbers, c.gold = append(c.ends, int32(len(c.names))), append(c.numbers, number), append(c.gold, label)
	return s.at
}

// scanner reads a line. Anything unexpected sets failed.
type scanner struct {
	text   []byte
	at     int
	failed bool
}

// peek skips spaces and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		b := s.text[s.at]
		if b != ' ' && b != '\t' {
			return b
		}
		s.at++
	}
	return 0
}

// expect skips a byte that must be next.
func (s *scanner) expect(b byte) bool {
	if s.peek() != b {
		s.failed = true
		return false
	}
	s.at++
	return true
}

// key skips a key after its opening quote, and the colon, if that key is next. It reports whether it was.
func (s *scanner) key(key string) bool {
	end := s.at + len(key)
	if end >= len(s.text) || s.text[end] != '"' || string(s.text[s.at:end]) != key {
		return false
	}
	s.at = end + 1
	return s.expect(':')
}

// endLine skips the end of the line or of the text.
func (s *scanner) endLine() {
	b := s.peek()
	if b == '\r' {
		s.at++
		b = s.peek()
	}
	switch {
	case b == '\n':
		s.at++
	case s.at < len(s.text):
		s.failed = true
	}
}

// quoted returns the text before the next quote and skips both.
func (s *scanner) quoted() []byte {
	from, ascii := s.at, byte(0)
	for ; s.at < len(s.text); s.at++ {
		b := s.text[s.at]
		if b == '"' {
			text := s.text[from:s.at]
			s.at++
			s.failed = s.failed || ascii >= utf8.RuneSelf && !utf8.Valid(text)
			return text
		}
		if b == '\\' || b < ' ' {
			break
		}
		ascii |= b
	}
	s.failed = true
	return nil
}

// digits skips digits and returns number with them appended. The result may overflow from 20 digits on.
func (s *scanner) digits(number uint64) uint64 {
	for s.at+8 <= len(s.text) {
		eight, ok := eightDigits(binary.LittleEndian.Uint64(s.text[s.at:]))
		if !ok {
			break
		}
		number = number*1e8 + eight
		s.at += 8
	}
	for s.at < len(s.text) {
		d := s.text[s.at] - '0'
		if d > 9 {
			break
		}
		number = number*10 + uint64(d)
		s.at++
	}
	return number
}

// eightDigits returns the number that eight digits represent, the first in the lowest byte. ok is false unless all bytes are
// digits. It joins neighbours to numbers of two, four and eight digits (D. Lemire, Parsing eight digits, 2018).
func eightDigits(b uint64) (number uint64, ok bool) {
	const ones = 0x0101010101010101
	if b&(0xf0*ones)|(b+6*ones)&(0xf0*ones)>>4 != 0x33*ones {
		return 0, false
	}
	b -= '0' * ones
	b = b*10 + b>>8
	const pairs = 0x000000ff000000ff
	return (b&pairs*(100+1000000<<32) + b>>16&pairs*(1+10000<<32)) >> 32, true
}

// integer reads an integer without leading zeros.
func (s *scanner) integer() uint64 {
	from := s.at
	number := s.digits(0)
	s.failed = s.failed || s.at == from || s.at > from+1 && s.text[from] == '0'
	return number
}

// guid appends a guid to names. number reports whether it is a JSON number.
func (s *scanner) guid(names []byte) (all []byte, number bool) {
	if s.peek() == '"' {
		s.at++
		text := s.quoted()
		s.failed = s.failed || len(text) == 0 || isDecimal(text)
		return append(names, text...), false
	}
	from := s.at
	if s.peek() == '-' {
		s.at++
		s.failed = s.failed || s.at < len(s.text) && s.text[s.at] == '0' // -0 is not a guid
	}
	s.integer()
	return append(names, s.text[from:s.at]...), true
}

// isDecimal reports whether a guid may be a number that scalar.ID changes, such as 7.0. It is also true for a few other texts.
func isDecimal(guid []byte) bool {
	first, last := guid[0], guid[len(guid)-1]
	return (first == '-' || first-'0' <= 9) && (last == '.' || last-'0' <= 9) && bytes.ContainsAny(guid, ".+")
}

// label reads a class index of at most nine digits.
func (s *scanner) label() int32 {
	s.peek()
	from := s.at
	label := s.integer()
	s.failed = s.failed || s.at-from > 9
	return int32(label)
}

// list appends a list of numbers.
func (s *scanner) list(logits []float32) []float32 {
	s.expect('[')
	for !s.failed {
		s.peek()
		logits = append(logits, s.float())
		if s.peek() != ',' {
			break
		}
		s.at++
	}
	s.expect(']')
	return logits
}

// float reads a number. It rounds to float64 and then to float32, as Python does.
func (s *scanner) float() float32 {
	from := s.at
	negative := from < len(s.text) && s.text[from] == '-'
	if negative {
		s.at++
	}
	start := s.at
	mantissa := s.integer()
	count, fraction := s.at-start, 0
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		point := s.at
		mantissa = s.digits(mantissa)
		fraction = s.at - point
		count += fraction
		s.failed = s.failed || fraction == 0
	}
	plain := true
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		plain = false
		s.exponent()
	}
	if s.failed {
		return 0
	}
	if plain && count <= 19 && fraction < len(powers) {
		if x, ok := quotient(mantissa, powers[fraction]); ok {
			if negative {
				x = -x
			}
			return x
		}
	}
	x, err := strconv.ParseFloat(string(s.text[from:s.at]), 64)
	s.failed = err != nil || math.Abs(x) > math.MaxFloat32
	return float32(x)
}

// exponent skips an exponent.
func (s *scanner) exponent() {
	s.at++
	if s.at < len(s.text) && (s.text[s.at] == '-' || s.text[s.at] == '+') {
		s.at++
	}
	from := s.at
	s.digits(0)
	s.failed = s.failed || s.at == from
}

// powers holds the powers of ten that are exact in float64.
var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// quotient returns a / b rounded to float64 and then to float32, where b is exact. Up to 2^53 a is exact too, and the division
// rounds once (Clinger, 1990). Beyond that, the conversion of a and the division are each off by at most 2^-53 of the value:
// unless all float64 within that distance round to the same float32, ok is false.
func quotient(a uint64, b float64) (x float32, ok bool) {
	const off = 1.0 / (1 << 50)
	f := float64(a) / b
	x = float32(f)
	return x, a <= 1<<53 || float32(f*(1-off)) == float32(f*(1+off))
}
