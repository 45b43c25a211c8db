package view

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

func TestFit(t *testing.T) {
	for _, line := range []string{"", "plain", "\x1b[31mred and long enough to cut\x1b[m", "日本語のテキストです", "👩‍👩‍👧 family", "e\u0301te\u0301"} {
		for w := range 12 {
			if got := Fit([]string{line, line}, w, 3); len(got) != 3 || ansi.StringWidth(got[0]) != w || ansi.StringWidth(got[2]) != w {
				t.Errorf("%q in %d cells: %q", line, w, got)
			}
		}
	}
}

func TestClean(t *testing.T) {
	for given, want := range map[string]string{
		"a\x1b[31mb\x1b]0;title\x07c": "a [31mb ]0;title c",
		"two\nlines\tand a tab":       "two lines and a tab",
		"right\u202eto left":          "right to left",
		"bad \xff byte":               "bad byte",
		"C1 \u009b31m and BOM\ufeff":  "C1 31m and BOM",
		"family 👩‍👩‍👧 👍🏽 ❤️":          "family 👩👩👧 👍 ❤",
		"عربى \u200fmark":             "عربى mark",
		"می\u200cخواهم":               "می\u200cخواهم",
		"fine: é 日本 👍":                "fine: é 日本 👍",
	} {
		if got := Clean(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(1234567), "1,234,567"},
		{Percent(0.33), "33 %"}, {Percent(0.3333), "33.3 %"}, {Percent(1), "100 %"},
		{Duration(45 * time.Second), "45 s"}, {Duration(200 * time.Second), "3 min 20 s"},
		{Duration(2*time.Hour + 5*time.Minute), "2 h 5 min"}, {Duration(20 * time.Minute), "20 min"},
		{Bar(0.5, 4), "██░░"}, {Bar(2, 3), "███"}, {Bar(-1, 2), "░░"}, {Spark([]float32{0, 0.5, 1}), "▁▅█"},
		{ASCII("⠁⠀█ ½→é\x1b[m日"), "* # 2>e\x1b[m??"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestWrapKeepsHyphens(t *testing.T) {
	for text, want := range map[string][]string{
		"ftft run config.toml --set a=1": {"ftft run", "config.toml", "--set a=1"},
		"ood-validation ood-test":        {"ood-validati", "on ood-test"},
		"a - b":                          {"a - b"},
	} {
		if got := Wrap(text, 12); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// What does not fit is cut where it shows that it is.
func TestSelectionCutsLabels(t *testing.T) {
	s := Selection{Strategy: "ambiguous", Fraction: 0.33, Count: 330, Total: 1000, Labels: []string{"entailment", "contradiction"},
		Chosen: []int{200, 130}}
	got := s.Line(60)
	if !strings.Contains(got, "… 61 %") && !strings.Contains(got, "entailment 61 %") || !strings.Contains(got, "… 39 %") {
		t.Errorf("got %q, want the names cut with …", got)
	}
}

// Warnings that have no room leave a line that counts what is hidden.
func TestLaunchCountsHiddenLines(t *testing.T) {
	l := Launch{Theme: &Theme{}, Fields: []FormField{{Name: "launch"}, {
		Name: "ftft", Value: "[x]", Note: "the selection on the reference's map",
		State: "complete: launching reuses it"}}, Warnings: []Warning{{Text: "one"}, {Text: "two"}, {Text: "three"}, {Text: "four"}}}
	for h, want := range map[int]string{7: "four", 6: "… 2 lines more", 4: "… 4 lines more"} {
		if got := strings.Join(l.Draw(80, h), "\n"); !strings.Contains(got, want) {
			t.Errorf("%d lines: got\n%s\nwant %q", h, got, want)
		}
	}
	if got := strings.Join(l.Draw(80, 7), "\n"); !strings.Contains(got, "… complete: launching reuses it") {
		t.Errorf("got\n%s\nwant the note cut, and not the state", got)
	}
}

// While a rule holds, the panel says how to drop it.
func TestSelectionTellsHowToDropTheRule(t *testing.T) {
	for _, rule := range []string{"", "confidence < 0.5"} {
		s := Selection{Theme: &Theme{}, Strategy: "ambiguous", Rule: rule}
		if got := strings.Contains(strings.Join(s.Draw(45, 8), "\n"), "esc no rule"); got != (rule != "") {
			t.Errorf("rule %q: the panel names esc: %v", rule, got)
		}
	}
}
