package tokenizer

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"ftft/internal/fault"
)

// A scoredPiece is an element of a Unigram's vocabulary: a list of a piece and its score.
type scoredPiece struct {
	text  string
	score float64
}

func (p *scoredPiece) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	var number json.Number
	if json.Unmarshal(text, &parts) != nil || len(parts) != 2 || parts[0][0] != '"' || strings.IndexByte("-0123456789", parts[1][0]) < 0 ||
		json.Unmarshal(parts[0], &p.text) != nil || json.Unmarshal(parts[1], &number) != nil {
		return fault.At("", 0, "vocab: each element must be a list of a piece and its score")
	}
	score, ok := parseScore(number.String())
	if !ok {
		return fault.At("", 0, "vocab: the score "+clip(number.String())+" is too large")
	}
	p.score = score
	return nil
}

func (p scoredPiece) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(p.text)
	if err != nil {
		return nil, err
	}
	return []byte("[" + string(text) + "," + formatScore(p.score) + "]"), nil
}

// clip returns the start of a text for a message.
func clip(text string) string { return strconv.Quote(text[:min(len(text), 40)]) }

// parseScore returns the value of a number in JSON as the library tokenizers reads it: its JSON reader rounds the digits and then their
// product with a power of ten, so that the last bit of a score may differ from that of the nearest float64. Among divisions of a text
// with almost equal sums, that bit decides.
func parseScore(text string) (score float64, ok bool) {
	text, negative := strings.CutPrefix(text, "-")
	mantissa, power := text, "0"
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, power = text[:i], text[i+1:]
	}
	exponent, err := strconv.Atoi(power)
	if err != nil || exponent > math.MaxInt32 || exponent < math.MinInt32 {
		exponent = math.MaxInt32
		if power[0] == '-' {
			exponent = math.MinInt32
		}
	}
	digits, fraction, full := uint64(0), false, false
	for _, c := range []byte(mantissa) {
		if c == '.' {
			fraction = true
			continue
		}
		d := uint64(c - '0')
		if full = full || digits > (math.MaxUint64-d)/10; !full { // the digits after the first 19 or 20 do not count
			digits = 10*digits + d
		}
		switch {
		case fraction && !full:
			exponent--
		case !fraction && full:
			exponent++
		}
	}
	score = float64(digits)
	for ; exponent < -308 && score != 0; exponent += 308 {
		score /= 1e308
	}
	switch {
	case score == 0:
	case exponent > 308:
		return 0, false
	case exponent < 0:
		score /= powers[-exponent]
	default:
		score *= powers[exponent]
	}
	if negative {
		score = -score
	}
	return score, !math.IsInf(score, 0)
}

// powers are the powers of ten.
var powers = func() (p [309]float64) {
	for i := range p {
		p[i], _ = strconv.ParseFloat("1e"+strconv.Itoa(i), 64)
	}
	return p
}()

// formatScore returns a number in JSON that parseScore reads as the given score. For about one score in a thousand there is none: then
// the number is read as a neighbour of the score.
func formatScore(score float64) string {
	shortest := strconv.FormatFloat(score, 'g', -1, 64)
	if got, ok := parseScore(shortest); ok && got == score {
		return shortest
	}
	for precision := 17; precision <= 19; precision++ {
		text := strconv.FormatFloat(math.Abs(score), 'e', precision-1, 64)
		mantissa, power, _ := strings.Cut(text, "e")
		digits, _ := strconv.ParseUint(strings.Replace(mantissa, ".", "", 1), 10, 64)
		exponent, _ := strconv.Atoi(power)
		for _, rounded := range []float64{
			float64(digits), math.Nextafter(float64(digits), 0), math.Nextafter(float64(digits), math.MaxFloat64),
		} {
			text := strconv.FormatUint(uint64(rounded), 10) + "e" + strconv.Itoa(exponent-precision+1)
			if score < 0 {
				text = "-" + text
			}
			if got, ok := parseScore(text); ok && got == score {
				return text
			}
		}
	}
	return shortest
}
