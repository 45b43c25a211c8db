package table

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/x448/float16"
)

// The forms of values are those of Python's str, of nanoseconds those of pandas. Whole numbers have no point.
func TestValuesAreWrittenAsPythonWritesThem(t *testing.T) {
	whole := func(v int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(v)) }
	double := func(v float64) []byte { return whole(int64(math.Float64bits(v))) }
	half := func(bits uint16) []byte { return binary.LittleEndian.AppendUint16(nil, bits) }
	const day = 24 * 60 * 60
	for _, c := range []struct {
		kind typed
		raw  []byte
		want string
	}{
		{timestampType(1e3, false), whole(1577934245120), "2020-01-02 03:04:05.120000"},
		{timestampType(1e6, true), whole(1577934245000000), "2020-01-02 03:04:05+00:00"},
		{timestampType(1e6, true), whole(-1), "1969-12-31 23:59:59.999999+00:00"},
		{timestampType(1e9, false), whole(-1), "1969-12-31 23:59:59.999999999"},
		{timestampType(1e9, false), whole(1500000000), "1970-01-01 00:00:01.500000"},
		{timestampType(1, false), whole(-62135596800), "0001-01-01 00:00:00"},
		{timeType(1e3), whole(3723500), "01:02:03.500000"},
		{timeType(1e9), whole(1), "00:00:00.000000001"},
		{timeType(1e6), whole(0), "00:00:00"},
		{dateType(false), whole(-1)[:4], "1969-12-31"},
		{dateType(true), whole(1577923200000), "2020-01-02"},
		{julianType(), append(whole(500000000), whole(2440588 - 1)[:4]...), "1969-12-31 00:00:00.500000"},
		{julianType(), append(whole((day-1)*1e9), whole(2440588)[:4]...), "1970-01-01 23:59:59"},
		{floatType(16), half(0x2e66), "0.0999755859375"},
		{floatType(16), half(0x0001), "5.960464477539063e-08"},
		{floatType(16), half(0x3555), "0.333251953125"},
		{floatType(16), half(0xc100), "-2.5"},
		{floatType(16), half(0x7bff), "65504"},
		{floatType(32), binary.LittleEndian.AppendUint32(nil, math.Float32bits(0.1)), "0.1"},
		{floatType(64), double(1 << 53), "9007199254740992"},
		{floatType(64), double(1e16), "1e+16"},
		{floatType(64), double(0.00001), "1e-05"},
		{decimalType(10, 8, false), whole(-3), "-0.0000000003"},
		{decimalType(0, 8, false), whole(70), "70"},
	} {
		if got := c.kind.read(c.raw).Text; got != c.want {
			t.Errorf("% x is %q, want %q", c.raw, got, c.want)
		}
	}
	for bits := range 1 << 16 { // each number of 16 bits is read again as itself
		raw := half(uint16(bits))
		value := floatType(16).read(raw)
		if f := float16.Frombits(uint16(bits)); f.IsNaN() || f.IsInf(0) {
			continue
		}
		if again, err := floatType(16).write(value.Text); err != nil || again[0] != raw[0] || again[1] != raw[1] {
			t.Fatalf("%#x is %q, which is % x", bits, value.Text, again)
		}
	}
}
