package datamap

import (
	"math"
	"testing"
)

// Fractions that differ, if only in the last bit, have different names.
func TestPercentIsExact(t *testing.T) {
	for fraction, want := range map[float64]string{
		0.33: "33 %", 1: "100 %", 0: "0 %", 0.01: "1 %", 0.005: "0.5 %", 0.3333: "33.33 %", 0.330889: "33.0889 %", 0.07: "7 %", 1.0 / 8: "12.5 %",
		0.57: "57 %", 0.29: "29 %", 1e-7: "0.00001 %", 12: "1200 %", -0.5: "-50 %",
	} {
		if got := Percent(fraction); got != want {
			t.Errorf("%v: got %q, want %q", fraction, got, want)
		}
	}
	for thousandth := range 1001 {
		fraction := float64(thousandth) / 1000
		if next := math.Nextafter(fraction, 2); Percent(next) == Percent(fraction) {
			t.Errorf("%v and %v are both %s", fraction, next, Percent(fraction))
		}
	}
}
