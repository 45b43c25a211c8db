package view

import (
	"strings"
	"testing"
)

// Texts of a run without a hash of its data are shown with a word that they are not checked, wherever an example is shown.
func TestUncheckedTextsAreSaidToBe(t *testing.T) {
	theme := &Theme{}
	for _, unchecked := range []bool{true, false} {
		e := &Example{Theme: theme, GUID: "a", Text: &Text{First: "some text", Unchecked: unchecked}}
		for name, lines := range map[string][]string{
			"example": e.Draw(60, 12),
			"reading": (&Reading{Theme: theme, Example: e, Labels: []string{"x", "y"}}).Draw(100, 12),
		} {
			text := strings.Join(lines, "\n")
			if !strings.Contains(text, "some text") || strings.Contains(text, "not checked") != unchecked {
				t.Errorf("%s, unchecked %t:\n%s", name, unchecked, text)
			}
		}
	}
}
