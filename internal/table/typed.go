package table

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/x448/float16"

	"ftft/internal/scalar"
)

// typed is the type of a column of a binary format.
type typed struct {
	// read converts the bytes of a value, which are little-endian numbers, the bytes of a text, or as the type says.
	read func(raw []byte) scalar.Value
	// write converts a text to the bytes of a value. It is nil for types whose values cannot be edited.
	write func(text string) ([]byte, error)
}

// textType is a text in UTF-8.
func textType() typed {
	return typed{
		func(raw []byte) scalar.Value { return scalar.OfText(unsafe.String(unsafe.SliceData(raw), len(raw))) }, // it is never written
		func(text string) ([]byte, error) { return []byte(text), nil },
	}
}

// booleanType is a byte, 0 or 1.
func booleanType() typed {
	return typed{
		func(raw []byte) scalar.Value {
			return scalar.Value{Kind: scalar.Boolean, Text: strconv.FormatBool(raw[0] != 0)}
		},
		func(text string) ([]byte, error) {
			switch value, err := strconv.ParseBool(text); {
			case err != nil:
				return nil, fmt.Errorf("is not a boolean, true or false")
			case value:
				return []byte{1}, nil
			}
			return []byte{0}, nil
		},
	}
}

// integerType is an integer of some bits that is stored in width bytes.
func integerType(bits, width int, unsigned bool) typed {
	return typed{
		func(raw []byte) scalar.Value {
			text := ""
			if unsigned {
				text = strconv.FormatUint(uint64(little(raw))&(math.MaxUint64>>(64-8*width)), 10)
			} else {
				text = strconv.FormatInt(little(raw), 10)
			}
			return scalar.Value{Kind: scalar.Number, Text: text}
		},
		func(text string) ([]byte, error) {
			text = scalar.ID(text)
			if unsigned {
				value, err := strconv.ParseUint(text, 10, bits)
				if err != nil {
					return nil, fmt.Errorf("is not an unsigned integer of %d bits", bits)
				}
				return binary.LittleEndian.AppendUint64(nil, value)[:width], nil
			}
			value, err := strconv.ParseInt(text, 10, bits)
			if err != nil {
				return nil, fmt.Errorf("is not an integer of %d bits", bits)
			}
			return binary.LittleEndian.AppendUint64(nil, uint64(value))[:width], nil
		},
	}
}

// little decodes a signed little-endian integer of at most 8 bytes.
func little(raw []byte) int64 {
	var value uint64
	for i, b := range raw {
		value |= uint64(b) << (8 * i)
	}
	shift := 64 - 8*len(raw)
	return int64(value<<shift) >> shift
}

// floatType is a floating-point number of 16, 32 or 64 bits.
func floatType(bits int) typed {
	return typed{
		func(raw []byte) scalar.Value {
			var value float64
			switch bits {
			case 16:
				value = float64(float16.Frombits(binary.LittleEndian.Uint16(raw)).Float32())
			case 32:
				value = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw)))
			default:
				value = math.Float64frombits(binary.LittleEndian.Uint64(raw))
			}
			return floatValue(value, bits)
		},
		func(text string) ([]byte, error) {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, fmt.Errorf("is not a number")
			}
			switch bits {
			case 16:
				return binary.LittleEndian.AppendUint16(nil, float16.Fromfloat32(float32(value)).Bits()), nil
			case 32:
				return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(value))), nil
			}
			return binary.LittleEndian.AppendUint64(nil, math.Float64bits(value)), nil
		},
	}
}

// floatValue returns the shortest text that parses to the same number of 32 or 64 bits, and one of 16 bits with all its digits, as
// pyarrow does. Whole numbers have no decimal point.
func floatValue(v float64, bits int) scalar.Value {
	if bits == 16 {
		bits = 64
	}
	switch {
	case math.IsNaN(v):
		return scalar.Value{Kind: scalar.NotFinite, Text: "NaN"}
	case math.IsInf(v, 0):
		return scalar.Value{Kind: scalar.NotFinite, Text: strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "Inf", "Infinity", 1)}
	case v == math.Trunc(v) && math.Abs(v) < 1e16:
		return scalar.Value{Kind: scalar.Number, Text: strconv.FormatFloat(v, 'f', -1, bits)}
	}
	return scalar.Value{Kind: scalar.Number, Text: strconv.FormatFloat(v, 'g', -1, bits)}
}

// decimalType is an integer in two's complement, divided by a power of ten.
func decimalType(scale, width int, bigEndian bool) typed {
	return typed{
		func(raw []byte) scalar.Value {
			ordered := slices.Clone(raw)
			if !bigEndian {
				slices.Reverse(ordered)
			}
			value := new(big.Int).SetBytes(ordered)
			if len(ordered) > 0 && ordered[0]&0x80 != 0 {
				value.Sub(value, new(big.Int).Lsh(big.NewInt(1), uint(8*len(ordered))))
			}
			digits := new(big.Int).Abs(value).String()
			if missing := scale + 1 - len(digits); missing > 0 {
				digits = strings.Repeat("0", missing) + digits
			}
			if scale > 0 {
				digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
			}
			if value.Sign() < 0 {
				digits = "-" + digits
			}
			return scalar.Value{Kind: scalar.Number, Text: digits}
		},
		func(text string) ([]byte, error) {
			wrong := fmt.Errorf("is not a decimal number with %d digits after the point", scale)
			whole, fraction, _ := strings.Cut(text, ".")
			if len(fraction) > scale || strings.Trim(strings.TrimPrefix(whole, "-")+fraction, "0123456789") != "" || width == 0 {
				return nil, wrong
			}
			value, ok := new(big.Int).SetString(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10)
			if !ok || value.BitLen() > 8*width-1 {
				return nil, wrong
			}
			if value.Sign() < 0 {
				value.Add(value, new(big.Int).Lsh(big.NewInt(1), uint(8*width)))
			}
			raw := value.FillBytes(make([]byte, width))
			if !bigEndian {
				slices.Reverse(raw)
			}
			return raw, nil
		},
	}
}

// dateType counts days, or milliseconds, since 1970.
func dateType(milliseconds bool) typed {
	return typed{read: func(raw []byte) scalar.Value {
		seconds := little(raw) * 24 * 60 * 60
		if milliseconds {
			seconds = little(raw) / 1000
		}
		return scalar.OfText(time.Unix(seconds, 0).UTC().Format(time.DateOnly))
	}}
}

// clockText returns a date and a time in a layout, with the fraction of its second behind it. As Python and pandas print it, there is no
// fraction, or one of 6 digits, or of 9 where it has nanoseconds.
func clockText(seconds, nanoseconds int64, layout string) string {
	t := time.Unix(seconds, nanoseconds).UTC()
	switch {
	case t.Nanosecond()%1000 != 0:
		layout += ".000000000"
	case t.Nanosecond() != 0:
		layout += ".000000"
	}
	return t.Format(layout)
}

// timestampType counts units since 1970, per second. zoned values are instants, which are shown in UTC.
func timestampType(perSecond int64, zoned bool) typed {
	zone := ""
	if zoned {
		zone = "+00:00"
	}
	return typed{read: func(raw []byte) scalar.Value {
		count := little(raw)
		return scalar.OfText(clockText(count/perSecond, count%perSecond*(1e9/perSecond), time.DateTime) + zone)
	}}
}

// timeType counts units since midnight, per second.
func timeType(perSecond int64) typed {
	return typed{read: func(raw []byte) scalar.Value {
		count := little(raw)
		return scalar.OfText(clockText(count/perSecond, count%perSecond*(1e9/perSecond), time.TimeOnly))
	}}
}

// julianType is the timestamp of 12 bytes that Spark and Impala wrote: nanoseconds of a day, and the number of the day.
func julianType() typed {
	const epoch = 2440588 // the Julian day of 1970-01-01
	return typed{read: func(raw []byte) scalar.Value {
		day := int64(binary.LittleEndian.Uint32(raw[8:])) - epoch
		return scalar.OfText(clockText(day*24*60*60, int64(binary.LittleEndian.Uint64(raw)), time.DateTime))
	}}
}

// uuidType is a UUID of 16 bytes.
func uuidType() typed {
	return typed{read: func(raw []byte) scalar.Value {
		digits := hex.EncodeToString(raw)
		return scalar.OfText(strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-"))
	}}
}
