package view

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

// Beside the texts every epoch is shown, in several tables if there are many; above the texts only the last ones that fit.
func TestEpochsOfReading(t *testing.T) {
	for _, c := range []struct {
		w, h, epochs int
		first        int // the first epoch that is shown
	}{{120, 40, 3, 1}, {120, 40, 8, 1}, {120, 40, 16, 1}, {120, 40, 30, 4}, {80, 24, 13, 1}, {80, 24, 20, 8}, {60, 20, 30, 22}} {
		theme := &Theme{Series: []lipgloss.Style{{}}}
		r := &Reading{Theme: theme, Example: &Example{Theme: theme, GUID: "a", Text: &Text{First: "text"}}, Labels: []string{"x", "y", "z"}}
		for range c.epochs {
			r.Classes = append(r.Classes, []float64{0.5, 0.25, 0.25})
		}
		shown := map[int]bool{}
		for _, line := range r.Draw(c.w, c.h) {
			if at := strings.Index(line, "epoch "); at >= 0 {
				for _, field := range strings.Fields(line[at+6:]) {
					var epoch int
					if _, err := fmt.Sscan(field, &epoch); err == nil {
						shown[epoch] = true
					}
				}
			}
		}
		for epoch := 1; epoch <= c.epochs; epoch++ {
			if shown[epoch] != (epoch >= c.first) {
				t.Errorf("%dx%d, %d epochs: epoch %d is shown: %v", c.w, c.h, c.epochs, epoch, shown[epoch])
			}
		}
	}
}
