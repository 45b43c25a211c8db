package view

import (
	"slices"
	"strings"
	"testing"
)

// What matters most is cut last: the bar is left out first, then the state; then the name is cut, before a score is.
func TestShareByRank(t *testing.T) {
	parts := []Part{
		{Text: "a-long-name", Least: 6}, {Text: "OOD 0.682"}, {Text: "complete", Rank: 1}, {Text: "████████", Rank: 2},
	}
	for _, test := range []struct {
		w    int
		want []int
	}{
		{50, []int{11, 9, 8, 8}}, {39, []int{11, 9, 8, 8}}, {38, []int{11, 9, 8, -1}}, {30, []int{11, 9, 8, -1}}, {29, []int{11, 9, -1, -1}},
		{21, []int{11, 9, -1, -1}}, {20, []int{10, 9, -1, -1}}, {16, []int{6, 9, -1, -1}}, {15, []int{11, -1, -1, -1}},
		{5, []int{-1, -1, -1, -1}},
	} {
		if got := Share(parts, 1, test.w); !slices.Equal(got, test.want) {
			t.Errorf("%d cells: got the widths %v, want %v", test.w, got, test.want)
		}
		if line := Line(parts, " ", test.w); Width(line) > test.w || strings.Contains(line, "█") && !strings.Contains(line, "OOD 0.682") {
			t.Errorf("%d cells: got %q", test.w, line)
		}
	}
	if got, want := Line(parts, " ", 18), "a-long-… OOD 0.682"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A legend never breaks between a swatch and its name, nor within a name of several words.
func TestFlowBreaksBetweenEntries(t *testing.T) {
	entries := []string{"━ ftft 33 % seed 1", "━ random 33 %", "━ erm", "● best ■ stopped early"}
	for w := range 60 {
		lines := Flow(entries, w)
		if w >= 22 && strings.Join(lines, "  ") != strings.Join(entries, "  ") {
			t.Errorf("%d cells: got %q", w, lines)
		}
		for _, line := range lines {
			for entry := range strings.SplitSeq(line, "  ") {
				if Width(line) > w || w >= 22 && !slices.Contains(entries, entry) {
					t.Errorf("%d cells: got the line %q", w, line)
				}
			}
		}
	}
}

// In a narrow terminal the selection's line leaves out the shares of labels, one whole share after the other. Only names are cut.
func TestSelectionLineKeepsCounts(t *testing.T) {
	s := Selection{
		Theme: &Theme{}, Strategy: "ambiguous", Fraction: 0.33, Count: 330, Total: 1000,
		Labels: []string{"entailment", "neutral", "contradiction"}, Chosen: []int{109, 128, 93},
	}
	for w := 31; w < 120; w++ {
		line := s.Line(w)
		cut := strings.Contains(strings.ReplaceAll(line, "… ", ""), "…")
		if Width(line) > w || cut || !strings.HasPrefix(line, "ambiguous 33 %: 330 of 1,000") {
			t.Errorf("%d cells: got %q", w, line)
		}
		if shares := strings.Count(line, " · "); strings.Count(line, "%") != 1+shares {
			t.Errorf("%d cells: a label has no share: %q", w, line)
		}
	}
}
