package datamap

import (
	"strconv"
	"strings"
)

// Percent formats a fraction without rounding, such as "33 %" or "33.0889 %", so that different fractions have different names.
func Percent(fraction float64) string {
	digits := strconv.FormatFloat(fraction, 'f', -1, 64)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	whole, decimals, _ := strings.Cut(digits, ".")
	decimals += strings.Repeat("0", max(2-len(decimals), 0))
	whole, decimals = strings.TrimLeft(whole+decimals[:2], "0"), decimals[2:]
	if whole == "" {
		whole = "0"
	}
	if decimals != "" {
		decimals = "." + decimals
	}
	return sign + whole + decimals + " %"
}
