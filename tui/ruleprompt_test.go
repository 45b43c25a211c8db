package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"ftft/datamap"
	"ftft/tui/session"
)

func TestARuleIsTheSelection(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		b := finishedReference(t, size[0], size[1])
		b.press(":")
		b.typeText("variability > 0.2 && confidence < 0.7")
		n := b.countIf(func(m *datamap.Map, i int) bool { return m.Variability[i] > 0.2 && m.Confidence[i] < 0.7 })
		b.shows(fmt.Sprintf("%d of 1,000 examples · enter selects them", n))
		b.golden(fmt.Sprintf("rule-prompt-%dx%d", size[0], size[1]))
		b.press("enter")
		if b.sel.Count != n || len(b.sel.List) != n {
			t.Fatalf("%d selected, %d listed, want %d", b.sel.Count, len(b.sel.List), n)
		}
		b.golden(fmt.Sprintf("rule-%dx%d", size[0], size[1]))
		b.press("enter", "enter", "1")
		if len(b.actions.requests) != 1 || !strings.HasPrefix(b.actions.requests[0], `rows demo demo-reference rule "variability > 0.2 && confidence < 0.7" [`) {
			t.Fatalf("asked %.200q", b.actions.requests)
		}
		selection := b.record(b.runs()[0])
		if selection.Count != n || selection.Check() != nil || selection.Hash == "" {
			t.Errorf("the selection: %+v", selection)
		}
		for _, row := range selection.Rows {
			if m := b.seen().Map; m.Variability[row] <= 0.2 || m.Confidence[row] >= 0.7 {
				t.Errorf("row %d is trained on", row)
			}
		}
		b.press("s") // a third of what the rule matches, by the strategy
		if want := datamap.Count(n, 0.33); b.sel.Count != want {
			t.Errorf("%d of the rule's, want %d", b.sel.Count, want)
		}
		b.press("u", "u")
		if b.sel.Count != 330 || b.sel.Rule != "" {
			t.Errorf("undone: %d by %q", b.sel.Count, b.sel.Rule)
		}
		b.ctrl('r')
		if b.sel.Count != n {
			t.Errorf("redone: %d", b.sel.Count)
		}
		b.press("esc")
		if b.sel.Count != 330 {
			t.Errorf("esc: %d", b.sel.Count)
		}
	}
}

// All that a rule matches is the selection until it is made less; the fraction before comes back when the rule is left.
func TestTheFractionOfARule(t *testing.T) {
	b := finishedReference(t, 120, 40)
	b.press("]", "]", ":")
	b.typeText("variability > 0.2 && confidence < 0.7")
	b.press("enter")
	n := b.sel.Count
	b.press("]")
	b.shows("Everything that the rule matches is selected", "all that match the rule")
	b.press("{", "[")
	b.shows(fmt.Sprintf("94 %% of the %d that match", n))
	if want := datamap.Count(n, 0.94); b.sel.Count != want {
		t.Errorf("%d selected, want %d", b.sel.Count, want)
	}
	b.press("esc")
	if b.sel.Count != 350 || b.sel.Rule != "" {
		t.Errorf("without the rule %d by %q", b.sel.Count, b.sel.Rule)
	}
	b.press(":")
	b.typeText("variability > 9")
	b.shows("No example matches.")
	b.press("enter")
	if b.prompt() == nil || b.sel.Rule != "" {
		t.Error("a rule that nothing fulfils is taken")
	}
}

func TestARuleIsTyped(t *testing.T) {
	b := finishedReference(t, 80, 24)
	b.press(":")
	b.typeText("variability > 0.2 && confdence < 1")
	lines := strings.Split(b.shown(), "\n")
	caret := strings.Index(lines[23], "^")
	if at := strings.Index(lines[22], "confdence"); caret < 0 || at != caret && !strings.HasSuffix(strings.TrimSpace(lines[23]), "^") || !strings.Contains(lines[23], "did you mean confidence?") {
		t.Errorf("the error is not under its place:\n%s\n%s", lines[22], lines[23])
	}
	b.press("enter") // is not taken
	if b.prompt() == nil || b.sel.Rule != "" {
		t.Error("a wrong rule is taken")
	}
	b.ctrl('u')
	b.typeText("confi")
	b.press("tab")
	b.typeText(" < 0.3")
	if got := b.prompt().line.String(); got != "confidence < 0.3" {
		t.Errorf("completed: %q", got)
	}
	b.press("enter", ":")
	b.ctrl('u')
	b.typeText("flips > 1")
	b.press("enter", ":")
	b.ctrl('u')
	b.press("up", "up")
	if got := b.prompt().line.String(); got != "confidence < 0.3" {
		t.Errorf("two rules back: %q", got)
	}
	b.press("down")
	if got := b.prompt().line.String(); got != "flips > 1" {
		t.Errorf("one rule back: %q", got)
	}
	b.press("esc")
	if past, err := session.OpenHistory(b.options.Root, session.Rules).Read(); err != nil || !slices.Equal(past, []string{"confidence < 0.3", "flips > 1"}) {
		t.Errorf("kept: %q, %v", past, err)
	}
	b.press(":")
	b.send(tea.PasteMsg{Content: "\x1b[31m\x00é"})
	b.shows("é")
	if strings.ContainsAny(b.prompt().line.String(), "\x1b\x00") {
		t.Error("what is pasted reaches the terminal")
	}
}
